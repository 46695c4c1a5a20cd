// Package depot keeps bytes under names, in memory or in a folder that survives a crash.
package depot

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

// A Depot keeps bytes under names. Names are slash-separated and made by this package alone,
// of hexadecimal ids and fixed words, so no text of a client reaches a file system. All
// methods may be called at the same time.
type Depot interface {
	// Write keeps data under name; a reader finds the old bytes or the new, never a mixture.
	Write(name string, data []byte) error
	// Content returns what name has; the error is fs.ErrNotExist where that is nothing.
	Content(name string) (Content, error)
	// Adopt keeps c under the name that name makes of its sha256, and returns the sha256.
	Adopt(c Content, name func(sha256 string) string) (string, error)
	// Spool begins bytes whose name is known only when they are complete.
	Spool() (Spool, error)
	// List returns the sorted last elements of the names below dir, one level deep.
	List(dir string) ([]string, error)
	// Remove forgets dir and all below it, or the one name dir.
	Remove(dir string) error
	Close() error
}

// A Spool takes bytes, in order or at offsets; then Keep gives them a name, or Drop forgets
// them. Drop after Keep does nothing. Writes at different offsets may happen at the same time.
type Spool interface {
	io.Writer
	io.WriterAt
	io.ReaderAt
	Keep(name string) error
	Drop()
}

// memory is a depot that ends with the process.
type memory struct {
	mu    sync.RWMutex
	files map[string]Content
}

// NewMemory makes a depot that ends with the process.
func NewMemory() Depot { return &memory{files: make(map[string]Content)} }

func (m *memory) Write(name string, data []byte) error {
	m.set(name, Bytes(slices.Clone(data)))
	return nil
}

func (m *memory) set(name string, c Content) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[name] = c
}

func (m *memory) Content(name string) (Content, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	c, ok := m.files[name]
	if !ok {
		return Content{}, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return c, nil
}

func (m *memory) Adopt(c Content, name func(string) string) (string, error) {
	sum := sha256.New()
	if err := c.copyTo(sum); err != nil {
		return "", err
	}
	oid := hex.EncodeToString(sum.Sum(nil))
	m.set(name(oid), c)
	return oid, nil
}

func (m *memory) Spool() (Spool, error) { return &memorySpool{to: m}, nil }

func (m *memory) List(dir string) ([]string, error) {
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

func (m *memory) Remove(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name := range m.files {
		if name == dir || strings.HasPrefix(name, dir+"/") {
			delete(m.files, name)
		}
	}
	return nil
}

func (m *memory) Close() error { return nil }

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

func (s *memorySpool) Keep(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to.set(name, Bytes(slices.Clip(s.data)))
	s.data = nil // a late write must not reach what is kept
	return nil
}

func (s *memorySpool) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data = nil
}
