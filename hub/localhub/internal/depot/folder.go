package depot

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// ErrLocked is a Root that another Server uses, in this process or in another one.
var ErrLocked = errors.New("the folder is in use by another local Hub")

const (
	folderFormat = 1
	formatFile   = "localhub.json"
	lockFile     = "lock"
	tempFolder   = "tmp"
)

// folder is a depot that survives restarts. Each file is written under a temporary name,
// synced, and renamed; a lock keeps other processes out.
type folder struct {
	root string
	lock *os.File

	mu     sync.RWMutex // held for writing by close alone
	closed bool         // what would still change the folder fails, for it may be another's now
}

var errClosed = errors.New("the local Hub is closed")

// OpenFolder opens or makes the depot at root. A folder that holds something else is refused,
// and what a killed process left half-written is swept out.
func OpenFolder(root string) (_ Depot, err error) {
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, err
	}
	if err := checkFormat(root); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(root, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lockExclusive(lock); err != nil {
		lock.Close()
		return nil, fmt.Errorf("%s: %w", root, err)
	}
	f := &folder{root: root, lock: lock}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	if err := os.RemoveAll(f.path(tempFolder)); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(f.path(tempFolder), 0o700); err != nil {
		return nil, err
	}
	format, err := json.Marshal(map[string]int{"format": folderFormat})
	if err != nil {
		return nil, err
	}
	return f, f.Write(formatFile, append(format, '\n'))
}

// checkFormat refuses a folder that is not ours or that a newer version wrote.
func checkFormat(root string) error {
	data, err := os.ReadFile(filepath.Join(root, formatFile))
	if errors.Is(err, fs.ErrNotExist) {
		entries, err := os.ReadDir(root)
		if err != nil {
			return err
		}
		for _, e := range entries {
			// Another process may be making the same folder just now.
			if e.Name() != lockFile && e.Name() != tempFolder {
				return fmt.Errorf("%s holds other files and is not the folder of a local Hub", root)
			}
		}
		return nil
	}
	if err != nil {
		return err
	}
	var format struct{ Format int }
	if err := json.Unmarshal(data, &format); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(root, formatFile), err)
	}
	if format.Format != folderFormat {
		return fmt.Errorf("%s has format %d; this version reads format %d", root, format.Format, folderFormat)
	}
	return nil
}

func (f *folder) path(name string) string { return filepath.Join(f.root, filepath.FromSlash(name)) }

func (f *folder) Write(name string, data []byte) error {
	s, err := f.Spool()
	if err != nil {
		return err
	}
	defer s.Drop()
	if _, err := s.Write(data); err != nil {
		return err
	}
	return s.Keep(name)
}

func (f *folder) Content(name string) (Content, error) { return File(f.path(name)) }

func (f *folder) Adopt(c Content, name func(string) string) (string, error) {
	s, err := f.Spool()
	if err != nil {
		return "", err
	}
	defer s.Drop()
	sum := sha256.New()
	if err := c.copyTo(io.MultiWriter(s, sum)); err != nil {
		return "", err
	}
	oid := hex.EncodeToString(sum.Sum(nil))
	return oid, s.Keep(name(oid))
}

func (f *folder) Spool() (Spool, error) {
	file, err := os.CreateTemp(f.path(tempFolder), "spool-*")
	if err != nil {
		return nil, err
	}
	return &fileSpool{File: file, to: f}, nil
}

func (f *folder) List(dir string) ([]string, error) {
	entries, err := os.ReadDir(f.path(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

func (f *folder) Remove(dir string) error {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.closed {
		return errClosed
	}
	return os.RemoveAll(f.path(dir))
}

// Close ends the lock, which the file's closing does on every system.
func (f *folder) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	f.closed = true
	return f.lock.Close()
}

// fileSpool is a temporary file until it is kept.
type fileSpool struct {
	*os.File
	to   *folder
	done bool
}

func (s *fileSpool) Keep(name string) error {
	if err := s.Sync(); err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	s.to.mu.RLock()
	defer s.to.mu.RUnlock()
	if s.to.closed {
		return errClosed
	}
	target := s.to.path(name)
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return err
	}
	if err := os.Rename(s.Name(), target); err != nil {
		return err
	}
	s.done = true
	return nil
}

func (s *fileSpool) Drop() {
	if s.done {
		return
	}
	s.done = true
	s.Close()
	os.Remove(s.Name())
}
