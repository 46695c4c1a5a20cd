package depot

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Content is the bytes of one file: held in memory, or read each time they are needed. The
// zero value is an empty file.
type Content struct {
	data []byte
	size int64
	open func() (io.ReadSeekCloser, error) // nil means data
}

// Bytes is content held in memory. b is not copied and must not change.
func Bytes(b []byte) Content { return Content{data: b, size: int64(len(b))} }

// Text is content held in memory.
func Text(s string) Content { return Bytes([]byte(s)) }

// File is the content of a file on disk, which must not change while it is in use. A Server
// in memory reads it where it is; a Server with a Root copies it.
func File(path string) (Content, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Content{}, err
	}
	if !info.Mode().IsRegular() {
		return Content{}, fmt.Errorf("%s is not a regular file", path)
	}
	return Opener(info.Size(), func() (io.ReadSeekCloser, error) { return os.Open(path) }), nil
}

// Folder is the content of every file below dir, by path with slashes, as [Server.PutRepo] takes it.
func Folder(dir string) (map[string]Content, error) {
	files := map[string]Content{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		files[filepath.ToSlash(name)], err = File(path)
		return err
	})
	if err != nil {
		return nil, err
	}
	return files, nil
}

// Opener is content of size bytes that open gives access to. open is called for each read,
// possibly at the same time from several goroutines, and must give the same bytes every time.
func Opener(size int64, open func() (io.ReadSeekCloser, error)) Content {
	return Content{size: size, open: open}
}

// Size is the number of bytes.
func (c Content) Size() int64 { return c.size }

// Open gives access to the bytes from the start. The caller closes the result.
func (c Content) Open() (io.ReadSeekCloser, error) {
	if c.open == nil {
		return memoryReader{bytes.NewReader(c.data)}, nil
	}
	return c.open()
}

// Read returns all bytes, for content that is known to be small.
func (c Content) Read() ([]byte, error) {
	if c.open == nil {
		return c.data, nil
	}
	r, err := c.open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data := make([]byte, c.size)
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, err
	}
	return data, nil
}

// copyTo writes the bytes to w and fails where they are not as many as promised.
func (c Content) copyTo(w io.Writer) error {
	r, err := c.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	n, err := io.Copy(w, r)
	if err != nil {
		return err
	}
	if n != c.size {
		return fmt.Errorf("content has %d bytes, not %d as announced", n, c.size)
	}
	return nil
}

// Head returns the first n bytes, or all where there are fewer.
func (c Content) Head(n int) ([]byte, error) {
	r, err := c.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, int64(n)))
}

type memoryReader struct{ *bytes.Reader }

func (memoryReader) Close() error { return nil }
