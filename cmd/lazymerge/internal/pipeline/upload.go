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

// upload merges and sends the shards. stored is how many the target's storage has then, also after an error.
func (o Offer) upload(ctx context.Context, t Tools, at target.Target, work string) (made Outcome, stored int, err error) {
	shards := len(o.Merge.Plan.Shards)
	bar := t.UI.Bar("upload", o.Merge.Plan.Cost.WriteBytes, ui.Unit{Verb: "sent"})
	defer bar.Abort()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	sink := local.NewUploads(work, func(object hub.Object) error {
		if err := o.Hub.Client.Upload(ctx, at.Repo, at.ContentRevision(), []hub.Object{object}); err != nil {
			stop(err) // merging on would be for nothing
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
	bar.Note(uploadWords(shards, sink.There()))
	bar.Done()
	return made, sink.Stored(), nil
}

// sparing moves bar on for each of shards that need not go up, as soon as the Hub says that it is there.
func sparing(bar *ui.Bar, shards int) func(bytes int64, there int) {
	return func(bytes int64, there int) {
		bar.Note(thereWords(shards, there))
		bar.Skip(bytes)
	}
}

// thereWords says while shards go up how many of them need not.
func thereWords(shards, there int) string {
	if there == 1 {
		return "1 of " + say.N(shards, "shard") + " is there already"
	}
	return fmt.Sprintf("%d of %s are there already", there, say.N(shards, "shard"))
}

// uploadWords says of how many shards the bytes are that were sent; of those that were there already, none were.
func uploadWords(shards, there int) string {
	all := say.N(shards, "shard")
	switch {
	case there == 0:
		return all
	case there == shards && shards == 1:
		return all + " was there already"
	case there == shards:
		return all + " were there already"
	case there == 1:
		return all + ", 1 of them was there already"
	}
	return fmt.Sprintf("%s, %d of them were there already", all, there)
}

// needSpool refuses a push whose shards find no room while they wait for their upload.
func (p Prepared) needSpool(t Tools) error {
	return local.NeedRoom(t.room, local.SpoolDir(t.WorkDir), p.Merge.Plan.Cost.Disk,
		"use a larger disk with --work-dir, or smaller shards with --shard-size: two are on disk at a time")
}
