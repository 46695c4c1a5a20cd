package local

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
	"github.com/lazymerge/lazymerge/merge"
)

// A shardFile is a shard being written to a file. Only one goroutine writes at a time.
type shardFile struct {
	file    *os.File
	buf     *bufio.Writer
	done    func(sum [sha256.Size]byte) error // once the file is complete and closed
	every   int64                             // bytes after which what there is goes to disk, beside the writing; 0 leaves that to the system
	written atomic.Int64                      // bytes
	flushes errgroup.Group
}

const (
	writeBuffer = 64 << 10  // bytes; joins the writes of small tensors, and lets longer ones pass without a copy
	flushAfter  = 256 << 20 // bytes
)

func createShard(path string, every int64, done func([sha256.Size]byte) error) (*shardFile, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return nil, err
	}
	return &shardFile{file: f, buf: bufio.NewWriterSize(f, writeBuffer), every: every, done: done}, nil
}

func (s *shardFile) Write(p []byte) (int, error) {
	n, err := s.buf.Write(p)
	if after := s.written.Add(int64(n)); s.every > 0 && after/s.every > (after-int64(n))/s.every {
		s.flushes.Go(s.flush)
	}
	return n, noRoom(err)
}

// flush writes what there is to disk. A file that is closed meanwhile is flushed once more, or removed.
func (s *shardFile) flush() error {
	if err := s.file.Sync(); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// Commit flushes, closes and hands on the file.
func (s *shardFile) Commit(sum [sha256.Size]byte) error {
	if err := errors.Join(s.buf.Flush(), s.file.Close()); err != nil {
		return errors.Join(noRoom(err), s.remove())
	}
	return s.done(sum)
}

// Abort closes and removes the file.
func (s *shardFile) Abort() error { return errors.Join(s.file.Close(), s.remove()) }

// remove removes the closed file, which Windows does only when nothing has it open.
func (s *shardFile) remove() error {
	_ = s.flushes.Wait()
	return os.Remove(s.file.Name())
}

// A FolderSink writes shards into the work folder of a [Folder], and flushes what is written to disk while the rest is made.
type FolderSink struct {
	dir   string
	every int64 // bytes between flushes, in tests; 0 means flushAfter
	syncs errgroup.Group
}

// Create begins a shard.
func (s *FolderSink) Create(_ context.Context, name string, _ int64) (merge.ShardWriter, error) {
	path := filepath.Join(s.dir, name)
	var shard *shardFile
	shard, err := createShard(path, cmp.Or(s.every, flushAfter), func([sha256.Size]byte) error {
		s.syncs.Go(func() error { return noRoom(cmp.Or(shard.flushes.Wait(), file.Sync(path))) })
		return nil
	})
	if err != nil {
		return nil, err
	}
	return shard, nil
}

// Wait waits until all shards are on disk, and returns the first error.
func (s *FolderSink) Wait() error { return s.syncs.Wait() }
