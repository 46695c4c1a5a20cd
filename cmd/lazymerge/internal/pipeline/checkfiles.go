package pipeline

import (
	"context"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/local"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/render"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/target"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// place is what the card is made for.
func (o Offer) place() render.Place {
	return render.Place{Repo: o.Target.Repo, Revision: o.Target.Revision}
}

// checkModes asks how at, the target of o as it is now, wants every file that a push would send, beside what is known.
func (o Offer) checkModes(ctx context.Context, at target.Target, known target.Modes) (target.Modes, error) {
	files, err := o.candidates()
	if err != nil {
		return nil, err
	}
	return o.Hub.Check(ctx, at, known, files)
}

// candidates are the files that a push would send, as far as they are known before the merge. The lock and the card may still change, and
// a file of a source that has not been read has a size and no sample.
func (o Offer) candidates() ([]hub.Candidate, error) {
	m := o.Merge
	var out []hub.Candidate
	sums := o.shards()
	if sums == nil {
		for _, s := range m.Plan.Shards {
			out = append(out, target.Candidate(s.Name, s.Size, s.Header))
			sums = append(sums, strings.Repeat("0", 64))
		}
	}
	for _, f := range m.Plan.Files {
		data, size := o.carried[f.Name], f.Size
		if f.Edited != nil {
			data, size = f.Edited, int64(len(f.Edited))
		}
		out = append(out, target.Candidate(f.Name, size, data))
	}
	own := append([]source.SmallFile(nil), o.Page.Own...)
	if index := m.Plan.IndexFile(); index != nil {
		own = append(own, source.SmallFile{Path: plan.Index, Data: index})
	}
	text, err := m.Lock(o.place(), o.Known, sums, own)
	if err != nil {
		return nil, err
	}
	kept := o.keptCard() != nil
	for _, f := range append(own, source.SmallFile{Path: lock.Name, Data: text}) {
		if f.Path != lock.Readme || !kept {
			out = append(out, target.Candidate(f.Path, int64(len(f.Data)), f.Data))
		}
	}
	return out, nil
}

// needSpool refuses a push whose shards find no room while they wait for their upload.
func (p Prepared) needSpool(t Tools) error {
	return local.NeedRoom(t.room, local.SpoolDir(t.WorkDir), p.Merge.Plan.Cost.Disk,
		"name a folder on a larger disk with --work-dir, or make the shards smaller with --shard-size: two of them are there at a time")
}

// needFolder refuses a merge into a folder whose disk has not the room for all of it.
func (p Prepared) needFolder(t Tools, dir string) error {
	return local.NeedRoom(t.room, dir, p.Merge.Plan.Cost.WriteBytes,
		"name a folder on a larger disk: all of the result is written there, so smaller shards do not help; a push needs room for two shards only")
}
