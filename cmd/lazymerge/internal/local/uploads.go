package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge"
)

// Uploads is a sink that keeps each shard in a file until it is in the target's storage. While one is uploaded, the next is
// made; a third waits.
type Uploads struct {
	dir    string
	send   func(hub.Object) error
	sent   func(n int64)
	spared func(n int64, there int)
	stored atomic.Int64 // shards in storage
	there  atomic.Int64 // those of them that were there already

	turn chan struct{} // held by the shard being uploaded
	wg   sync.WaitGroup
	mu   sync.Mutex
	err  error // the first
}

// NewUploads returns a sink that keeps its shards in dir, which the caller removes. It calls send with each shard, which may
// outlive the engine's context; sent with bytes as they go out; and spared with the bytes of a shard that was there already,
// and how many of those there are so far.
func NewUploads(dir string, send func(hub.Object) error, sent func(int64), spared func(int64, int)) *Uploads {
	return &Uploads{dir: dir, send: send, sent: sent, spared: spared, turn: make(chan struct{}, 1)}
}

// Create waits until no complete shard waits for its upload, so at most two are on disk.
func (u *Uploads) Create(ctx context.Context, name string, size int64) (merge.ShardWriter, error) {
	if err := u.failed(); err != nil {
		return nil, err
	}
	path := filepath.Join(u.dir, name)
	return createShard(path, 0, func(sum [sha256.Size]byte) error { return u.start(ctx, path, size, sum) })
}

// start begins the upload of a complete shard once the previous one is done.
func (u *Uploads) start(ctx context.Context, path string, size int64, sum [sha256.Size]byte) error {
	select {
	case u.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := u.failed(); err != nil {
		return err
	}
	u.wg.Go(func() {
		defer func() { <-u.turn }()
		var went atomic.Int64
		err := u.send(hub.Object{
			Path: filepath.Base(path), SHA256: hex.EncodeToString(sum[:]), Size: size, Sent: func(n int64) { went.Add(n); u.sent(n) },
			Open: func() (io.ReadSeekCloser, error) { return os.Open(path) },
		})
		if err == nil {
			u.stored.Add(1)
			if went.Load() == 0 {
				u.spared(size, int(u.there.Add(1)))
			}
			err = os.Remove(path)
		}
		if err != nil {
			u.mu.Lock()
			defer u.mu.Unlock()
			if u.err == nil {
				u.err = err
			}
		}
	})
	return nil
}

func (u *Uploads) failed() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.err
}

// Stored is how many shards are in storage so far.
func (u *Uploads) Stored() int { return int(u.stored.Load()) }

// There is how many of them were there already.
func (u *Uploads) There() int { return int(u.there.Load()) }

// Wait waits for the last upload, and returns the first error.
func (u *Uploads) Wait() error {
	u.wg.Wait()
	return u.failed()
}
