package target

import (
	"bytes"
	"context"
	"io"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/hub"
)

// PutSmall decides with the Hub how each small file goes up, sends those that go to storage, and returns what the commit has of them.
func (h Hub) PutSmall(ctx context.Context, t Target, known Modes, files []source.SmallFile) ([]hub.Op, error) {
	candidates := make([]hub.Candidate, len(files))
	for i, f := range files {
		candidates[i] = Candidate(f.Path, int64(len(f.Data)), f.Data)
	}
	modes, err := h.Modes(ctx, t, known, candidates)
	if err != nil {
		return nil, err
	}
	var ops []hub.Op
	var objects []hub.Object
	for i, f := range files {
		if !modes.Of(candidates[i]).LFS {
			ops = append(ops, hub.AddFile(f.Path, f.Data))
			continue
		}
		sum := lock.Sum(f.Data)
		ops = append(ops, hub.AddObject(f.Path, sum, int64(len(f.Data))))
		objects = append(objects, hub.Object{Path: f.Path, SHA256: sum, Size: int64(len(f.Data)),
			Open: func() (io.ReadSeekCloser, error) { return memoryFile{bytes.NewReader(f.Data)}, nil }})
	}
	if len(objects) > 0 {
		if err := h.Client.Upload(ctx, t.Repo, t.ContentRevision(), objects); err != nil {
			return nil, Fault(t.Repo, err, "")
		}
	}
	return ops, nil
}

type memoryFile struct{ *bytes.Reader }

func (memoryFile) Close() error { return nil }
