package local

import (
	"context"
	"crypto/sha256"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
	"github.com/lazymerge/lazymerge/merge"
)

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
