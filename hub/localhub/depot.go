package localhub

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

// A depot keeps bytes under names. Names are slash-separated and made by this package alone,
// of hexadecimal ids and fixed words, so no text of a client reaches a file system. All
// methods may be called at the same time.
type depot interface {
	// write keeps data under name; a reader finds the old bytes or the new, never a mixture.
	write(name string, data []byte) error
	// content returns what name has; the error is fs.ErrNotExist where that is nothing.
	content(name string) (Content, error)
	// adopt keeps c under the name that name makes of its sha256, and returns the sha256.
	adopt(c Content, name func(sha256 string) string) (string, error)
	// spool begins bytes whose name is known only when they are complete.
	spool() (spool, error)
	// list returns the sorted last elements of the names below dir, one level deep.
	list(dir string) ([]string, error)
	// remove forgets dir and all below it, or the one name dir.
	remove(dir string) error
	close() error
}

// A spool takes bytes, in order or at offsets; then keep gives them a name, or drop forgets
// them. drop after keep does nothing. Writes at different offsets may happen at the same time.
type spool interface {
	io.Writer
	io.WriterAt
	io.ReaderAt
	keep(name string) error
	drop()
}

// memory is a depot that ends with the process.
type memory struct {
	mu    sync.RWMutex
	files map[string]Content
}

func newMemory() *memory { return &memory{files: make(map[string]Content)} }

func (m *memory) write(name string, data []byte) error {
	m.set(name, Bytes(slices.Clone(data)))
	return nil
}

func (m *memory) set(name string, c Content) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[name] = c
}

func (m *memory) content(name string) (Content, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	c, ok := m.files[name]
	if !ok {
		return Content{}, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return c, nil
}

func (m *memory) adopt(c Content, name func(string) string) (string, error) {
	sum := sha256.New()
	if err := c.copyTo(sum); err != nil {
		return "", err
	}
	oid := hex.EncodeToString(sum.Sum(nil))
	m.set(name(oid), c)
	return oid, nil
}

func (m *memory) spool() (spool, error) { return &memorySpool{to: m}, nil }

func (m *memory) list(dir string) ([]string, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var names []string
	for name := range m.files {
		if rest, ok := strings.CutPrefix(name, dir+"/"); ok {
			first, _, _ := strings.Cut(rest, "/")
			names = append(names, first)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func (m *memory) remove(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name := range m.files {
		if name == dir || strings.HasPrefix(name, dir+"/") {
			delete(m.files, name)
		}
	}
	return nil
}

func (m *memory) close() error { return nil }

type memorySpool struct {
	to *memory

	mu   sync.Mutex
	data []byte
}

func (s *memorySpool) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data = append(s.data, p...)
	return len(p), nil
}

func (s *memorySpool) WriteAt(p []byte, off int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if more := off + int64(len(p)) - int64(len(s.data)); more > 0 {
		s.data = append(s.data, make([]byte, more)...)
	}
	return copy(s.data[off:], p), nil
}

func (s *memorySpool) ReadAt(p []byte, off int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.NewReader(s.data).ReadAt(p, off)
}

func (s *memorySpool) keep(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to.set(name, Bytes(slices.Clip(s.data)))
	s.data = nil // a late write must not reach what is kept
	return nil
}

func (s *memorySpool) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data = nil
}
