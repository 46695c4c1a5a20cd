package target

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/hub"
)

// Modes are how a Hub wants files, as far as it was asked. They never change: [Hub.Modes] returns new ones.
type Modes map[facet]hub.Mode

// A facet is what a Hub judges a file by.
type facet struct {
	path   string
	size   int64
	sample string // its first bytes
}

func facetOf(c hub.Candidate) facet { return facet{c.Path, c.Size, string(c.Sample)} }

const sampleSize = 512 // bytes of a file to show the Hub

// Candidate is a file to ask the Hub about; data may be only its beginning, or nothing if unknown.
func Candidate(path string, size int64, data []byte) hub.Candidate {
	return hub.Candidate{Path: path, Size: size, Sample: data[:min(len(data), sampleSize)]}
}

// Of is how the Hub wants a file.
func (m Modes) Of(c hub.Candidate) hub.Mode { return m[facetOf(c)] }

// Check asks how the target wants every file of a push, weights included, if there is a repo to ask. This refuses what could never
// be committed before the merge. A dry run whose token may not publish asks nothing.
func (h Hub) Check(ctx context.Context, t Target, known Modes, files []hub.Candidate) (Modes, error) {
	if !t.Exists && t.Parent == "" || h.LookOnly || t.NoAccess != nil {
		return known, nil
	}
	modes, err := h.Modes(ctx, t, known, files)
	if h.Dry && errors.Is(err, hub.ErrForbidden) {
		return known, nil
	}
	return modes, err
}

// Modes adds to known how t's Hub wants files. It refuses those that the repo's .gitignore excludes: a model needs all of its files.
func (h Hub) Modes(ctx context.Context, t Target, known Modes, files []hub.Candidate) (Modes, error) {
	var ask []hub.Candidate
	for _, c := range files {
		if _, ok := known[facetOf(c)]; !ok {
			ask = append(ask, c)
		}
	}
	modes := Modes{}
	maps.Copy(modes, known)
	if len(ask) > 0 {
		rev := t.ContentRevision()
		if t.Parent == "" { // a branch that will start at main
			rev = "main"
		}
		found, err := h.Client.Preupload(ctx, t.Repo, rev, ask)
		if err != nil {
			return nil, Fault(t.Repo, err, "")
		}
		for i, c := range ask {
			modes[facetOf(c)] = found[i]
		}
	}
	var ignored []string
	for _, c := range files {
		if modes.Of(c).Ignore {
			ignored = append(ignored, c.Path)
		}
	}
	if len(ignored) > 0 {
		return nil, Fault(t.Repo, fmt.Errorf("its .gitignore excludes %s", say.List(ignored)),
			fmt.Sprintf("remove the matching lines from %s/blob/%s/.gitignore, or publish to another repo", h.Client.Page(t.Repo), t.begins()))
	}
	return modes, nil
}

// PutSmall asks the Hub how it wants the small files, uploads those that go to storage, and returns all as changes of a commit.
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
		err = h.Client.Upload(ctx, t.Repo, t.ContentRevision(), objects)
	}
	return ops, wrap(t.Repo, err)
}

type memoryFile struct{ *bytes.Reader }

func (memoryFile) Close() error { return nil }
