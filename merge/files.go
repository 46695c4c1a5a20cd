package merge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/lazymerge/lazymerge/merge/plan"
)

// files are what a run reads from, each opened once.
type files struct {
	sources []Weights
	slots   chan struct{} // one for each read under way

	mu   sync.Mutex
	open map[fileKey]*openFile
}

type fileKey struct {
	source int
	name   string
}

type openFile struct {
	once sync.Once
	r    io.ReaderAt
	err  error
}

func newFiles(sources []Weights, readers int) *files {
	return &files{sources: sources, slots: make(chan struct{}, readers), open: map[fileKey]*openFile{}}
}

// read fills dst with the bytes of r. Files outlive the read and the lane that asked first, so ctx is the run's.
func (f *files) read(ctx context.Context, r plan.Range, dst []byte) error {
	file, err := f.of(ctx, r.Source, r.File)
	if err != nil {
		return err
	}
	n, err := file.ReadAt(dst, r.Off)
	switch {
	case n == len(dst):
		return nil
	case err == nil || errors.Is(err, io.EOF):
		return &Shortened{Source: r.Source, File: r.File, End: r.Off + r.Len}
	}
	return fmt.Errorf("%s: read %d of %d bytes at %d: %w", r.File, n, len(dst), r.Off, err)
}

func (f *files) of(ctx context.Context, source int, name string) (io.ReaderAt, error) {
	f.mu.Lock()
	key := fileKey{source, name}
	file := f.open[key]
	if file == nil {
		file = &openFile{}
		f.open[key] = file
	}
	f.mu.Unlock()
	file.once.Do(func() { file.r, _, file.err = f.sources[source].Open(ctx, name) })
	if file.err != nil {
		return nil, fmt.Errorf("%s: %w", name, file.err)
	}
	return file.r, nil
}

// reading reads elements one after the other, for a look at a tensor that is never in memory.
type reading struct {
	ctx   context.Context
	files *files
	bytes []byte
	err   error // the first
}

// raw returns the bytes of elements lo to hi of l, which are valid until the next call, and any bytes after an error.
func (r *reading) raw(l *plan.Leaf, lo, hi int64) []byte {
	size := l.DType.Size()
	r.bytes = resize(r.bytes, int((hi-lo)*size))
	if r.err != nil {
		return r.bytes
	}
	select {
	case r.files.slots <- struct{}{}:
		defer func() { <-r.files.slots }()
		r.err = r.files.read(r.ctx, plan.Range{Source: l.Source, File: l.File, Off: l.Begin + lo*size, Len: int64(len(r.bytes))}, r.bytes)
	case <-r.ctx.Done():
		r.err = r.ctx.Err()
	}
	return r.bytes
}

// Shortened is the error for a weight file that has fewer bytes than when its header was read.
type Shortened struct {
	Source int // index into Plan.Sources
	File   string
	End    int64 // it ends before this byte
}

func (e *Shortened) Error() string {
	return fmt.Sprintf("%s has changed during the merge: it ends before byte %d now", e.File, e.End)
}

// Hint tells a person what to do.
func (e *Shortened) Hint() string { return "wait until nothing writes to the model, and merge again" }
