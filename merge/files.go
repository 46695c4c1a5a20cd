package merge

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/lazymerge/lazymerge/merge/plan"
)

// files are what a run reads from, each opened once.
type files struct {
	sources []Weights
	slots   chan struct{} // one for each read under way
	meter   *meter

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

func newFiles(sources []Weights, readers int, m *meter) *files {
	return &files{sources: sources, slots: make(chan struct{}, readers), meter: m, open: map[fileKey]*openFile{}}
}

// read fills dst with the bytes of r. Files outlive the read and the lane that asked first, so ctx is the run's.
func (f *files) read(ctx context.Context, r plan.Range, dst []byte) error {
	file, err := f.of(ctx, r.Source, r.File)
	if err != nil {
		return err
	}
	if n, err := file.ReadAt(dst, r.Off); n < len(dst) {
		return fmt.Errorf("%s: read %d of %d bytes at %d: %w", r.File, n, len(dst), r.Off, cmp.Or(err, io.ErrUnexpectedEOF))
	}
	f.meter.read(r.Len)
	return nil
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
