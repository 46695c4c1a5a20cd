package local

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
	"github.com/lazymerge/lazymerge/merge"
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

// A FolderSink writes shards into the work folder of a [Folder]. While the next one is made it brings each to the disk, so it
// changes with every shard.
type FolderSink struct {
	dir   string
	syncs errgroup.Group
}

// Create begins a shard.
func (s *FolderSink) Create(_ context.Context, name string, _ int64) (merge.ShardWriter, error) {
	path := filepath.Join(s.dir, name)
	return createShard(path, func([sha256.Size]byte) error {
		s.syncs.Go(func() error { return noRoom(file.Sync(path)) })
		return nil
	})
}

// Wait returns when all shards are on the disk. The error is the first of one that is not.
func (s *FolderSink) Wait() error { return s.syncs.Wait() }
