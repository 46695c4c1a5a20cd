package local

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"os"
)

// A shardFile is a shard that is being written to a file. It changes with what is written, and only one goroutine writes at a time.
type shardFile struct {
	file *os.File
	buf  *bufio.Writer
	done func(sum [sha256.Size]byte) error // after the file is complete and closed
}

const writeBuffer = 1 << 20 // bytes; blocks of small tensors join into one write

func createShard(path string, done func([sha256.Size]byte) error) (*shardFile, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return nil, err
	}
	return &shardFile{file: f, buf: bufio.NewWriterSize(f, writeBuffer), done: done}, nil
}

func (s *shardFile) Write(p []byte) (int, error) {
	n, err := s.buf.Write(p)
	return n, noRoom(err)
}

// Commit flushes and closes the file and hands it on.
func (s *shardFile) Commit(sum [sha256.Size]byte) error {
	if err := errors.Join(s.buf.Flush(), s.file.Close()); err != nil {
		return errors.Join(noRoom(err), os.Remove(s.file.Name()))
	}
	return s.done(sum)
}

// Abort closes and removes the file.
func (s *shardFile) Abort() error {
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}
