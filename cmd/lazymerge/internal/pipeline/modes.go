package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// A facet is all that a Hub judges a file by when it says how it wants it.
type facet struct {
	path   string
	size   int64
	sample string // its first bytes
}

const sampleSize = 512 // bytes of a file that the Hub is shown

func candidate(path string, size int64, data []byte) hub.Candidate {
	return hub.Candidate{Path: path, Size: size, Sample: data[:min(len(data), sampleSize)]}
}

// checkModes asks how the target wants every file that a push would send, weights included, as soon as there is a repo to ask. What could never be
// committed is so refused before the merge. A dry run whose token may not publish asks nothing.
func (m *Merge) checkModes(ctx context.Context, p *Preview) error {
	s, t := m.setup, p.Target
	if !t.Exists && t.Parent == "" || s.LookOnly || t.NoAccess != nil {
		return nil
	}
	files, err := m.candidates(p)
	if err != nil {
		return err
	}
	if _, err = s.modes(ctx, t, files); s.dry() && errors.Is(err, hub.ErrForbidden) {
		return nil
	}
	return err
}

// candidates are the files that a push would send, as far as they are known before the merge. The lock and the card may still change, and
// a file of a source that has not been read has a size and no sample.
func (m *Merge) candidates(p *Preview) ([]hub.Candidate, error) {
	var out []hub.Candidate
	sums := p.Earlier.shards(m, p.Target)
	if sums == nil {
		for _, s := range m.Plan.Shards {
			out = append(out, candidate(s.Name, s.Size, s.Header))
			sums = append(sums, strings.Repeat("0", 64))
		}
	}
	for _, f := range m.Plan.Files {
		data, size := m.carried[f.Name], f.Size
		if f.Edited != nil {
			data, size = f.Edited, int64(len(f.Edited))
		}
		out = append(out, candidate(f.Name, size, data))
	}
	own, err := m.OwnFiles(p.Card)
	if err != nil {
		return nil, err
	}
	if index := m.Plan.IndexFile(); index != nil {
		own = append(own, source.SmallFile{Path: plan.Index, Data: index})
	}
	locked, err := m.lock(own, sums)
	if err != nil {
		return nil, err
	}
	kept := p.keptCard() != nil
	for _, f := range append(own, source.SmallFile{Path: lock.Name, Data: locked}) {
		if f.Path != lock.Readme || !kept {
			out = append(out, candidate(f.Path, int64(len(f.Data)), f.Data))
		}
	}
	return out, nil
}

// modes tells how t's Hub wants each of files, in their order. It asks for those that it has not been asked for, and refuses all that
// the repo's .gitignore keeps out: a model without one of its files is none.
func (s *Setup) modes(ctx context.Context, t *Target, files []hub.Candidate) ([]hub.Mode, error) {
	fail := func(err error, advice string) ([]hub.Mode, error) {
		return nil, targetFault(t.Repo, err, advice)
	}
	of := func(c hub.Candidate) facet { return facet{c.Path, c.Size, string(c.Sample)} }
	var ask []hub.Candidate
	for _, c := range files {
		if _, ok := t.modes[of(c)]; !ok {
			ask = append(ask, c)
		}
	}
	if len(ask) > 0 {
		rev := t.contentRev()
		if t.Parent == "" { // a branch that will begin as main
			rev = "main"
		}
		found, err := s.TargetHub().Preupload(ctx, t.Repo, rev, ask)
		if err != nil {
			return fail(err, "")
		}
		if t.modes == nil {
			t.modes = map[facet]hub.Mode{}
		}
		for i, c := range ask {
			t.modes[of(c)] = found[i]
		}
	}
	modes := make([]hub.Mode, len(files))
	var ignored []string
	for i, c := range files {
		if modes[i] = t.modes[of(c)]; modes[i].Ignore {
			ignored = append(ignored, c.Path)
		}
	}
	if len(ignored) > 0 {
		return fail(fmt.Errorf("its .gitignore keeps out %s", say.List(ignored)),
			fmt.Sprintf("take the lines that match out of %s/blob/%s/.gitignore, or publish to another repo", s.TargetHub().Page(t.Repo), t.begins()))
	}
	return modes, nil
}

// begins is the branch whose files a commit builds on.
func (t *Target) begins() string {
	if t.Branch {
		return t.Revision
	}
	return "main"
}
