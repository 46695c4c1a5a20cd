package privacy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Recall takes over the commits that the sources' names were matched with when the earlier merge was published: its lock is public,
// and a name may lead elsewhere by now. The lock does not say which revision a name had, so for a name with a revision
// the commit goes to recalled, and LookUp checks that the revision still leads to it. A nil lock is no merge.
func Recall(sources []*source.Source, earlier *lock.Lock) (known []*source.Source, recalled []string) {
	known, recalled = slices.Clone(sources), make([]string, len(sources))
	if earlier == nil {
		return known, recalled
	}
	for i := range known {
		for _, before := range earlier.Sources {
			src := known[i]
			switch {
			case src.Equal() || src.As.Path == "" || before.Repo != src.As.Path || before.Digest != src.Model.Digest:
			case src.As.Revision == "":
				known[i] = src.At(before.Commit)
			default:
				recalled[i] = before.Commit
			}
		}
	}
	return known, recalled
}

// LookUp checks on the Hub that sources published under other names match them. The commit of a match goes into lock and card. A mismatch is
// a fault, as the card would be wrong. A name that cannot be checked, or that others cannot see, is a warning. file is the config.
func LookUp(ctx context.Context, c *hub.Client, file string, sources []*source.Source, recalled []string) ([]*source.Source, recipe.Faults, error) {
	known := slices.Clone(sources)
	var faults recipe.Faults = source.Each(len(sources), func(i int) (f *recipe.Fault) {
		if src := sources[i]; src.As.Path != "" && !src.Equal() && !c.Offline {
			known[i], f = lookUpName(ctx, c, file, src, recalled[i])
		}
		return f
	})
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	warnings, err := split(slices.DeleteFunc(faults, func(f *recipe.Fault) bool { return f == nil }))
	return known, warnings, err
}

// split returns the warnings among faults, and the others as one error.
func split(faults recipe.Faults) (recipe.Faults, error) {
	var errs []error
	for _, f := range faults.Errors() {
		errs = append(errs, f)
	}
	return faults.Warnings(), errors.Join(errs...)
}

// lookUpName returns src with the commit that it matches, or says why it does not match the name it is published as.
func lookUpName(ctx context.Context, c *hub.Client, file string, src *source.Source, recalled string) (*source.Source, *recipe.Fault) {
	fault := func(warning bool, hint, format string, args ...any) *recipe.Fault {
		return &recipe.Fault{File: file, Pos: src.Ref.Pos, Code: "as", Warning: warning, Hint: hint,
			Message: fmt.Sprintf("%s is published as %s", src.Ref, src.As) + fmt.Sprintf(format, args...)}
	}
	const instead = "; if the model is not on the Hub, publish it first, or use --publish-config instead of --as"
	rev, err := c.Resolve(ctx, src.As.Path, src.As.Revision)
	switch {
	case errors.Is(err, hub.ErrNotFound):
		return src, fault(false, "check the spelling"+instead, ", which does not exist on the Hub or is private to someone else")
	case err != nil:
		return src, fault(true, "", ", which could not be looked up: %s", hub.Reason(err))
	}
	if rev.Commit == recalled { // compared when that was published
		return src.At(rev.Commit), nil
	}
	hint := fmt.Sprintf("name the matching repo and revision: --as %s", say.ShellWord(src.Ref.String()+"=NAMESPACE/NAME@REVISION")) + instead
	theirs, err := plan.ReadModel(ctx, plan.Identity{Repo: rev.Repo, Commit: rev.Commit}, rev)
	var what string
	if err == nil {
		what, err = otherWeights(ctx, src.Model, theirs)
	}
	switch {
	case errors.Is(err, plan.ErrNoWeights) || errors.Is(err, plan.ErrQuantized):
		return src, fault(false, hint, ", but does not match it at %s: %v", say.CommitID(rev.Commit), err)
	case err != nil:
		return src, fault(true, "", ", which could not be read: %s", hub.Reason(err))
	case what != "":
		return src, fault(false, hint, ", but does not match it at %s: %s", say.CommitID(rev.Commit), what)
	}
	if rev.Private {
		return src.At(rev.Commit), fault(true, "name a public repo with the same weights", ", which is private, so others cannot find it")
	}
	return src.At(rev.Commit), nil
}

const (
	comparedTensors = 64      // of a model, evenly spread; tuning changes nearly every tensor
	comparedBytes   = 4 << 10 // in the middle of each
)

// otherWeights says where the weights of two models first differ: in a tensor's name, dtype or shape, or in the middle of one of 64
// tensors. It is "" if they do not. Sharding does not matter.
func otherWeights(ctx context.Context, ours, theirs *plan.Model) (string, error) {
	for _, name := range ours.Order {
		a := ours.Tensors[name]
		b, ok := theirs.Tensors[name]
		switch {
		case !ok:
			return name + " is missing from the repo", nil
		case a.DType != b.DType:
			return fmt.Sprintf("%s is %s, but %s in the repo", name, a.DType, b.DType), nil
		case !slices.Equal(a.Shape, b.Shape):
			return fmt.Sprintf("%s has shape %v, but %v in the repo", name, a.Shape, b.Shape), nil
		}
	}
	for _, name := range theirs.Order {
		if _, ok := ours.Tensors[name]; !ok {
			return name + " is only in the repo", nil
		}
	}
	n := min(comparedTensors, len(ours.Order))
	differs := make([]bool, n)
	at := func(i int) string { return ours.Order[i*len(ours.Order)/n] }
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i := range n {
		g.Go(func() error {
			a, err := middle(ctx, ours, at(i))
			if err != nil {
				return err
			}
			b, err := middle(ctx, theirs, at(i))
			differs[i] = !bytes.Equal(a, b)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return "", err
	}
	if i := slices.Index(differs, true); i >= 0 {
		return at(i) + " differs", nil
	}
	return "", nil
}

// middle reads up to 4 KiB from the middle of a tensor.
func middle(ctx context.Context, m *plan.Model, name string) ([]byte, error) {
	ctx, done := context.WithCancel(ctx)
	defer done()
	t := m.Tensors[name]
	r, _, err := m.Files.Open(ctx, t.File)
	if err != nil {
		return nil, err
	}
	b := make([]byte, min(t.End-t.Begin, comparedBytes))
	_, err = io.ReadFull(io.NewSectionReader(r, t.Begin+(t.End-t.Begin-int64(len(b)))/2, int64(len(b))), b)
	return b, err
}
