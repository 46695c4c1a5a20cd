package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/local"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/target"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/hub"
)

// upload merges and sends the shards. stored is how many the target's storage has in the end, even after an error.
func (o Offer) upload(ctx context.Context, t Tools, at target.Target, work string) (made Outcome, stored int, err error) {
	shards := len(o.Merge.Plan.Shards)
	bar := t.UI.Bar("upload", o.Merge.Plan.Cost.WriteBytes, ui.Unit{Verb: "sent"})
	defer bar.Abort()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	sink := local.NewUploads(work, func(object hub.Object) error {
		if err := o.Hub.Client.Upload(ctx, at.Repo, at.ContentRevision(), []hub.Object{object}); err != nil {
			stop(err) // the merge is of no use now
			return err
		}
		return nil
	}, bar.Add, sparing(bar, shards))
	made, err = Make(ctx, t, o.Prepared, sink)
	if uploadErr := sink.Wait(); err == nil || uploadErr != nil && errors.Is(err, uploadErr) {
		err = uploadErr
	}
	if err != nil {
		return made, sink.Stored(), err
	}
	bar.Note(thereWords(shards, sink.There()))
	bar.Done()
	return made, sink.Stored(), nil
}

// sparing moves bar on for each of shards that the Hub has already.
func sparing(bar *ui.Bar, shards int) func(bytes int64, there int) {
	return func(bytes int64, there int) {
		bar.Note(thereWords(shards, there))
		bar.Skip(bytes)
	}
}

// thereWords counts shards and those that the Hub had already, of which no bytes were sent.
func thereWords(shards, there int) string {
	if there == 0 {
		return say.N(shards, "shard")
	}
	return fmt.Sprintf("%s, %d already there", say.N(shards, "shard"), there)
}

// needSpool refuses a push without disk space for waiting shards.
func (p Prepared) needSpool(t Tools) error {
	return local.NeedRoom(t.room, local.SpoolDir(t.WorkDir), p.Merge.Plan.Cost.Disk,
		"use a larger disk with --work-dir, or smaller shards with --shard-size: two are on disk at a time")
}
