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

// Recall takes over which commits the sources were found to be when the earlier merge was published: what its lock
// says is published already, and a name may lead to something else by now. Of a name with a revision that is not certain, as
// the lock does not tell which revision that was: recalled has the commit, for LookUp to ask whether it leads there. A nil lock is no merge.
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

// LookUp looks on the Hub whether the models that have other names are what those names say. Where one is, the commit that it is goes
// into lock and card. Where one is known not to be, the card would tell others a tale, so that is a fault. What nobody could look at is a
// warning, and so is a name that others will not find. file is the config that names them.
func LookUp(ctx context.Context, c *hub.Client, file string, sources []*source.Source, recalled []string) ([]*source.Source, recipe.Faults, error) {
	known := slices.Clone(sources)
	faults := make([]*recipe.Fault, len(sources))
	var g errgroup.Group
	g.SetLimit(8)
	for i, src := range sources {
		if src.As.Path == "" || src.Equal() || c.Offline {
			continue
		}
		g.Go(func() error {
			known[i], faults[i] = lookUpName(ctx, c, src, recalled[i])
			return nil
		})
	}
	_ = g.Wait() // none fails
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	var warnings recipe.Faults
	var errs []error
	for i, f := range faults {
		if f == nil {
			continue
		}
		placed := *f
		placed.File, placed.Pos, placed.Code = file, sources[i].Ref.Pos, "as"
		if f.Warning {
			warnings = append(warnings, &placed)
		} else {
			errs = append(errs, &placed)
		}
	}
	return known, warnings, errors.Join(errs...)
}

// lookUpName says why src is not what it is published as, or returns it with the commit that it is equal to.
func lookUpName(ctx context.Context, c *hub.Client, src *source.Source, recalled string) (*source.Source, *recipe.Fault) {
	told := func(warning bool, hint, format string, args ...any) *recipe.Fault {
		return &recipe.Fault{Warning: warning, Hint: hint, Message: fmt.Sprintf("%s is published as %s", src.Ref, src.As) + fmt.Sprintf(format, args...)}
	}
	const instead = "; a model that is not on the Hub has to be published first, or goes without --as and with --publish-config"
	rev, err := c.Resolve(ctx, src.As.Path, src.As.Revision)
	switch {
	case errors.Is(err, hub.ErrNotFound):
		return src, told(false, "check the spelling"+instead, ", and there is no such thing on the Hub, or it is private to someone else")
	case err != nil:
		return src, told(true, "", ", which could not be looked up: %s", hub.Reason(err))
	}
	if rev.Commit == recalled { // compared when that was published
		return src.At(rev.Commit), nil
	}
	hint := fmt.Sprintf("name the repo and revision that it is: --as %s", say.ShellWord(src.Ref.String()+"=NAMESPACE/NAME@REVISION")) + instead
	theirs, err := plan.ReadModel(ctx, plan.Identity{Repo: rev.Repo, Commit: rev.Commit}, rev)
	var what string
	if err == nil {
		what, err = otherWeights(ctx, src.Model, theirs)
	}
	switch {
	case errors.Is(err, plan.ErrNoWeights) || errors.Is(err, plan.ErrQuantized):
		return src, told(false, hint, ", and is not what that is at %s: %v", say.CommitID(rev.Commit), err)
	case err != nil:
		return src, told(true, "", ", which could not be read: %s", hub.Reason(err))
	case what != "":
		return src, told(false, hint, ", and is not what that is at %s: %s", say.CommitID(rev.Commit), what)
	}
	if rev.Private {
		return src.At(rev.Commit), told(true, "name a public repo that has the same weights", ", which is private: others will not find it")
	}
	return src.At(rev.Commit), nil
}

const (
	comparedTensors = 64      // of a model, evenly spread; a tuned model has hardly any tensor of its parent's
	comparedBytes   = 4 << 10 // in the middle of each
)

// otherWeights says in what the weights of two models differ: in a tensor's name, type or shape, or in the middle of one of 64 tensors. It is
// "" where they do not. How they are cut into files does not count.
func otherWeights(ctx context.Context, ours, theirs *plan.Model) (string, error) {
	for _, name := range ours.Order {
		a := ours.Tensors[name]
		b, ok := theirs.Tensors[name]
		switch {
		case !ok:
			return "it has " + name + ", which is not there", nil
		case a.DType != b.DType:
			return fmt.Sprintf("%s is %s, and %s there", name, a.DType, b.DType), nil
		case !slices.Equal(a.Shape, b.Shape):
			return fmt.Sprintf("%s has the shape %v, and %v there", name, a.Shape, b.Shape), nil
		}
	}
	for _, name := range theirs.Order {
		if _, ok := ours.Tensors[name]; !ok {
			return "it has no " + name, nil
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
