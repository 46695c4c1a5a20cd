package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"golang.org/x/sync/errgroup"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// checkNames looks on the Hub whether the models that have other names are what those names say, as far as a few kB of
// each weight file show it. What is wrong is a warning: the publisher may know better, and the card would tell others a tale.
func (m *Merge) checkNames(ctx context.Context) error {
	found := make([]*recipe.Fault, len(m.Sources))
	var g errgroup.Group
	g.SetLimit(8)
	for i, src := range m.Sources {
		if src.As.Path == "" || m.setup.Hub.Offline {
			continue
		}
		g.Go(func() error {
			if message, hint := m.setup.otherwise(ctx, src); message != "" {
				found[i] = &recipe.Fault{File: m.Recipe.File, Pos: src.Ref.Pos, Warning: true, Code: "as", Message: message, Hint: hint}
			}
			return nil
		})
	}
	_ = g.Wait() // none fails
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for _, f := range found {
		if f != nil {
			m.Warnings = append(m.Warnings, f)
		}
	}
	return nil
}

// otherwise says why src is not what it is published as; the message is "" where nothing speaks against it.
func (s *Setup) otherwise(ctx context.Context, src *Source) (message, hint string) {
	rev, err := s.Hub.Resolve(ctx, src.As.Path, src.As.Revision)
	switch {
	case errors.Is(err, hub.ErrNotFound):
		return fmt.Sprintf("%s is published as %s, and there is no such thing on the Hub", src.Ref, src.As), "check the spelling, or publish that model first"
	case err != nil:
		return fmt.Sprintf("%s is published as %s, which could not be looked up: %s", src.Ref, src.As, besides(err)), ""
	case rev.Private:
		return fmt.Sprintf("%s is published as %s, which is private: others will not find it", src.Ref, src.As), "name a public repo that has the same weights"
	}
	hint = fmt.Sprintf("name the repo and revision that it is: --as %s", shellWord(src.Ref.String()+"=NAMESPACE/NAME@REVISION"))
	at := fmt.Sprintf("%s is published as %s, and is not what that is at %s", src.Ref, src.As, ui.CommitID(rev.Commit))
	for _, name := range src.Model.Shards {
		if _, ok := rev.File(name); !ok {
			return fmt.Sprintf("%s: it has %s, which is not there", at, name), hint
		}
		switch same, err := sameFile(ctx, src.Model.Files, rev, name); {
		case err != nil:
			return fmt.Sprintf("%s is published as %s, which could not be read: %s", src.Ref, src.As, besides(err)), ""
		case !same:
			return fmt.Sprintf("%s: %s differs", at, name), hint
		}
	}
	return "", ""
}

// sameFile compares the sizes of a file, its beginning and a block towards its end. Two models of one kind have one
// size, and where one was tuned from the other hardly any block is the same.
func sameFile(ctx context.Context, ours, theirs plan.Files, name string) (bool, error) {
	ctx, done := context.WithCancel(ctx)
	defer done()
	a, size, err := ours.Open(ctx, name)
	if err != nil {
		return false, err
	}
	b, other, err := theirs.Open(ctx, name)
	if err != nil || size != other {
		return false, err
	}
	const block = 4 << 10 // bytes
	for _, off := range []int64{0, max(0, min(size-block, size/4*3))} {
		var read [2]bytes.Buffer
		for i, r := range []io.ReaderAt{a, b} {
			if _, err := io.Copy(&read[i], io.NewSectionReader(r, off, block)); err != nil {
				return false, err
			}
		}
		if !bytes.Equal(read[0].Bytes(), read[1].Bytes()) {
			return false, nil
		}
	}
	return true, nil
}
