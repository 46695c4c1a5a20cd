package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"time"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/local"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/render"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// MergeInto writes the result of r into dir, which is new or empty, and returns what was planned and all warnings. It works in a
// folder inside dir and moves the files up at the end, config.json last, so that dir does not look like a model before it is one.
// If an earlier run was stopped while moving, it resumes that.
func MergeInto(ctx context.Context, t Tools, r Request, dir string) (Prepared, recipe.Faults, error) {
	prepared, err := Prepare(ctx, t, r, func(ctx context.Context) error { return local.CheckFolder(ctx, dir) })
	if err != nil {
		return Prepared{}, nil, err
	}
	at := render.Place{Repo: filepath.Base(local.Absolute(dir))}
	page, err := prepared.renderAt(t, at, render.Known{}) // before the merge, so that a bad template costs nothing
	p := prepared
	if err == nil {
		p, err = prepared.whole(ctx, t, page.Own)
	}
	if err != nil {
		return Prepared{}, nil, refuse([]error{err}, prepared.Warnings)
	}
	result, err := identify(p.Merge, at, page)
	if err != nil {
		return Prepared{}, nil, err
	}
	g := gate{t.UI, r.Strict}
	if err := p.summary(t, g, true); err != nil {
		return Prepared{}, nil, err
	}
	found, err := p.mergeInto(ctx, t, g, dir, result, at)
	return p, slices.Concat(p.Warnings, found), err
}

// mergeInto is MergeInto from the first change of dir on; a run that resumes knows its files by result. It returns the result's
// warnings.
func (p Prepared) mergeInto(ctx context.Context, t Tools, g gate, dir, result string, at render.Place) (recipe.Faults, error) {
	folder, leave, err := local.OpenFolder(dir, p.Merge.Plan.Hash, t.step)
	if err != nil {
		return nil, err
	}
	defer leave()
	if done, err := folder.TakeUp(ctx, result, t.UI.Line); err != nil || done {
		return nil, err
	}
	sink, err := folder.Begin()
	if err != nil {
		return nil, err
	}
	if err := p.needFolder(t, dir); err != nil {
		return nil, err
	}
	outcome, err := Make(ctx, t, p, sink)
	if err = errors.Join(err, sink.Wait()); err != nil {
		return nil, err
	}
	start := time.Now()
	warnings := outcome.check(t.UI, p.Merge)
	if err := g.pass(warnings); err != nil {
		return nil, err
	}
	known := outcome.Known(p.Merge.Plan, render.Known{})
	page, err := p.Merge.Render(at, known) // again, with what the merge showed
	var small []source.SmallFile
	if err == nil {
		small, err = p.SmallFiles(ctx, t, at, known, page, outcome.Receipts.Sums())
	}
	if err != nil {
		return warnings, err
	}
	files := p.Merge.ShardFiles(outcome.Receipts.Sums())
	for _, f := range small {
		if err := folder.Put(f.Path, f.Data); err != nil {
			return warnings, err
		}
		files = append(files, lock.FileOf(f.Path, f.Data))
	}
	if err := folder.MoveIn(ctx, result, files); err != nil {
		return warnings, err
	}
	t.UI.Line("folder", "%s, %s", say.N(len(files), "file"), say.Duration(time.Since(start)))
	return warnings, nil
}

// identify is a sha256 of all that decides the files of m's result; page is as before the merge.
func identify(m render.Merge, at render.Place, page render.Page) (string, error) {
	var own []lock.File
	for _, f := range page.Own {
		own = append(own, lock.FileOf(f.Path, f.Data))
	}
	text, err := json.Marshal(struct {
		Tool, Plan string
		Options    lock.Options
		Card       lock.Card
		Own        []lock.File
	}{m.Tool, m.Plan.Hash, m.LockOptions(), m.LockCard(at), own})
	return lock.Sum(text), err
}

// needFolder refuses a folder without enough disk space for the whole result.
func (p Prepared) needFolder(t Tools, dir string) error {
	return local.NeedRoom(t.room, dir, p.Merge.Plan.Cost.WriteBytes,
		"use a folder on a larger disk: it holds the whole result, so smaller shards do not help; a push only needs room for two shards")
}
