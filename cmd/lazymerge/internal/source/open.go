package source

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A Reader opens models from local folders, the cache of the official clients, and a Hub.
type Reader struct {
	Hub    *hub.Client
	Cache  hub.Cache // read only; the zero Cache is empty
	Config string    // name of the config, for faults
}

// Each returns what of gives for every index below n, asking eight at a time.
func Each[T any](n int, of func(i int) T) []T {
	all := make([]T, n)
	var g errgroup.Group
	g.SetLimit(8)
	for i := range n {
		g.Go(func() error {
			all[i] = of(i)
			return nil
		})
	}
	_ = g.Wait() // none fails
	return all
}

// OpenAll pins and reads all sources at once, at their pins if given, and returns every error.
func (r Reader) OpenAll(ctx context.Context, refs []recipe.Ref, pins []lock.Pin) ([]*Source, []error) {
	if pins != nil && len(pins) != len(refs) {
		return nil, []error{fault.Configf("%s names %s, but there are commits for %d", r.Config, say.N(len(refs), "model"), len(pins))}
	}
	sources := make([]*Source, len(refs))
	errs := Each(len(refs), func(i int) (errs []error) {
		var err error
		if pins == nil {
			sources[i], err = r.open(ctx, refs[i])
		} else {
			sources[i], err = r.openAt(ctx, refs[i], pins[i])
		}
		if err != nil {
			errs = r.faults(refs[i], err)
		}
		return errs
	})
	return sources, slices.Concat(errs...)
}

// open pins ref and reads its config, headers and card. A local path wins over a repo.
func (r Reader) open(ctx context.Context, ref recipe.Ref) (*Source, error) {
	switch _, err := os.Stat(ref.Path); {
	case names.IsFolder(ref.Path):
		return openFolder(ctx, ref)
	case err == nil:
		return nil, errors.New("this is a file; give a model folder or a Hub id")
	case names.LooksLikePath(ref.Path):
		return nil, r.besideConfig(ref.Path, errNoFolder)
	}
	src, err := r.openRepo(ctx, ref)
	return src, r.besideConfig(ref.Path, err)
}

func openFolder(ctx context.Context, ref recipe.Ref) (*Source, error) {
	if ref.Revision != "" {
		return nil, fmt.Errorf("%s is a local folder and has no revision %q", ref.Path, ref.Revision)
	}
	folder, err := plan.OpenFolder(ref.Path)
	if err != nil {
		return nil, err
	}
	var id plan.Identity
	broken := folder.Check(ctx)
	if broken == nil {
		if id, err = folder.Identify(); err != nil {
			return nil, err
		}
	}
	src, err := load(ctx, ref, id, folder)
	if err := errors.Join(broken, err); errors.Is(err, plan.ErrPickles) {
		return nil, &fault.Fault{Err: err, Advice: "load it with transformers and save it with safe_serialization=True"}
	} else if err != nil { // with broken, for faults in the weights
		return nil, err
	}
	src.Folder, src.OwnName = true, ownName(ctx, src.Model)
	src.Card, err = readCard(ctx, src)
	return src, err
}

func (r Reader) openRepo(ctx context.Context, ref recipe.Ref) (*Source, error) {
	if r.Hub.Offline {
		return r.openSnapshot(ctx, ref)
	}
	rev, err := r.Hub.Resolve(ctx, ref.Path, ref.Revision)
	if err != nil {
		return nil, err
	}
	src, err := load(ctx, ref, plan.Identity{Repo: rev.Repo, Commit: rev.Commit}, rev.WithCache(r.Cache))
	if err != nil {
		return nil, r.withConversion(ctx, ref, err)
	}
	src.Private, src.Gated = rev.Private, rev.Gated
	var meta card.Metadata
	if json.Unmarshal(rev.CardData, &meta) == nil {
		src.Card = parseCard(meta)
	}
	src.Card.Pipeline = cmp.Or(src.Card.Pipeline, rev.PipelineTag)
	src.Card.Library = cmp.Or(src.Card.Library, rev.LibraryName)
	return src, nil
}

// openSnapshot reads a repo from the cache alone, as the official clients do offline.
func (r Reader) openSnapshot(ctx context.Context, ref recipe.Ref) (*Source, error) {
	snapshot, err := r.Cache.Snapshot(ref.Path, ref.Revision)
	if err != nil {
		return nil, err
	}
	if err := snapshot.Complete(plan.Needs); err != nil {
		return nil, err
	}
	src, err := load(ctx, ref, plan.Identity{Repo: snapshot.Repo, Commit: snapshot.Commit}, snapshot)
	if err != nil {
		return nil, err
	}
	src.Card, err = readCard(ctx, src)
	return src, err
}

// load reads a model and its chat template.
func load(ctx context.Context, ref recipe.Ref, id plan.Identity, files plan.Files) (*Source, error) {
	model, err := plan.ReadModel(ctx, id, files)
	if err != nil {
		return nil, err
	}
	src := &Source{Ref: ref, Model: model, Pin: lock.Pin(id), texts: &sync.Map{}}
	src.Chat, err = chatTemplate(ctx, src)
	return src, err
}
