package source

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

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

// A Reader opens models: folders of this machine, what the cache of the official clients has, and repos of a Hub.
type Reader struct {
	Hub    *hub.Client
	Cache  hub.Cache // read only; the zero Cache has nothing
	Config string    // what faults call the config that names the models
}

// OpenAll pins and reads every source, all at once, and at its pin where there are pins; it returns every error.
func (r Reader) OpenAll(ctx context.Context, refs []recipe.Ref, pins []lock.Pin) ([]*Source, []error) {
	if pins != nil && len(pins) != len(refs) {
		return nil, []error{fault.Configf("%s names %s, but there are commits for %d", r.Config, say.N(len(refs), "model"), len(pins))}
	}
	sources := make([]*Source, len(refs))
	errs := make([][]error, len(refs))
	var g errgroup.Group
	g.SetLimit(8)
	for i, ref := range refs {
		g.Go(func() (err error) {
			if pins == nil {
				sources[i], err = r.open(ctx, ref)
			} else {
				sources[i], err = r.openAt(ctx, ref, pins[i])
			}
			if err != nil {
				errs[i] = r.faults(ref, err)
			}
			return nil
		})
	}
	_ = g.Wait() // the errors are in errs
	return sources, slices.Concat(errs...)
}

// open pins ref and reads its config, headers and card. A path that exists on this machine wins.
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
	if err != nil {
		return nil, r.besideConfig(ref.Path, err)
	}
	return src, nil
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
	model, files, chat, err := load(ctx, id, folder)
	if err := errors.Join(broken, err); err != nil { // with broken, for what is wrong with the weights
		return nil, withSaving(err)
	}
	stated, err := readCard(ctx, model)
	if err != nil {
		return nil, err
	}
	return &Source{Ref: ref, Model: model, Pin: lock.Pin(id), Folder: true, Card: stated, Chat: chat, OwnName: ownName(ctx, model), files: files}, nil
}

func (r Reader) openRepo(ctx context.Context, ref recipe.Ref) (*Source, error) {
	if r.Hub.Offline {
		return r.openSnapshot(ctx, ref)
	}
	rev, err := r.Hub.Resolve(ctx, ref.Path, ref.Revision)
	if err != nil {
		return nil, err
	}
	var stated Card
	var meta card.Metadata
	if json.Unmarshal(rev.CardData, &meta) == nil {
		stated = parseCard(meta)
	}
	stated.Pipeline = cmp.Or(stated.Pipeline, rev.PipelineTag)
	stated.Library = cmp.Or(stated.Library, rev.LibraryName)
	id := plan.Identity{Repo: rev.Repo, Commit: rev.Commit}
	model, files, chat, err := load(ctx, id, rev.WithCache(r.Cache))
	if err != nil {
		return nil, r.withConversion(ctx, ref, err)
	}
	return &Source{Ref: ref, Model: model, Pin: lock.Pin(id), Private: rev.Private, Gated: rev.Gated, Card: stated, Chat: chat, files: files}, nil
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
	id := plan.Identity{Repo: snapshot.Repo, Commit: snapshot.Commit}
	model, files, chat, err := load(ctx, id, snapshot)
	if err != nil {
		return nil, err
	}
	stated, err := readCard(ctx, model)
	if err != nil {
		return nil, err
	}
	return &Source{Ref: ref, Model: model, Pin: lock.Pin(id), Card: stated, Chat: chat, files: files}, nil
}

// load reads a model and its chat template, and keeps the small files that it read for that.
func load(ctx context.Context, id plan.Identity, files plan.Files) (*plan.Model, *memo, string, error) {
	model, err := plan.ReadModel(ctx, id, files)
	if err != nil {
		return nil, nil, "", err
	}
	kept := &memo{}
	chat, err := chatTemplate(ctx, model, kept)
	return model, kept, chat, err
}

func hasFile(m *plan.Model, name string) bool {
	_, ok := slices.BinarySearch(m.Files.Names(), name)
	return ok
}

var (
	_ plan.Files = (*hub.Pinned)(nil)
	_ plan.Files = (*hub.Snapshot)(nil)
)
