package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/target"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// commit is Push from the first change of the target on; shards wait in work, and modes are how the target wants the files.
func (o Offer) commit(ctx context.Context, t Tools, work string, modes target.Modes) (*Published, *Outcome, error) {
	l, err := o.land(ctx, t, work, modes)
	told := o
	told.Warnings = slices.Concat(o.Warnings, l.warnings)
	if errors.Is(err, hub.ErrConflict) {
		if now, ok := told.meanwhile(ctx, t, l); ok {
			t.UI.Line("target", "another run has just published this merge")
			p, err := now.holdsAlready(ctx, t)
			return p, l.outcome, err
		}
	}
	if err != nil {
		if err = l.Target.MayPropose(t.Caller, err); l.Begun {
			err = l.stopped.after(l.commit, err)
		}
		return nil, l.outcome, err
	}
	in := "one commit"
	if l.commit.Pull != nil {
		in = fmt.Sprintf("one commit of pull request %d", l.commit.Pull.Number)
	}
	t.UI.Line("commit", "%s in %s, %s", say.N(l.stopped.files, "file"), in, say.Duration(l.took))
	return told.published(l.commit), l.outcome, nil
}

// A landing is how far the changes of a target came.
type landing struct {
	target.Opened
	stopped  Stopped  // what stopping now leaves behind, except for the commit
	outcome  *Outcome // nil if no shards were made
	commit   target.Landed
	lock     []byte // that the commit has; nil before the merge
	took     time.Duration
	warnings recipe.Faults // of the result
}

// land opens the target, merges, sends and commits. An error comes with how far it came.
func (o Offer) land(ctx context.Context, t Tools, work string, known target.Modes) (landing, error) {
	opened, err := o.Hub.Open(ctx, o.Target)
	l := landing{Opened: opened, stopped: o.stopped(opened)}
	if err != nil {
		return l, err
	}
	t.UI.Line("target", "%s", l.Target.Describe(l.Target.Private, o.replaces(), false))
	if o.Hub.MadePrivate(opened) {
		t.UI.Line("note", "the Hub made %s private, although a public repo was requested; change that at %s/settings", l.Target.Repo, o.Hub.Client.Page(l.Target.Repo))
	}
	modes, err := o.checkModes(ctx, l.Target, known)
	if err != nil {
		return l, err
	}
	made := o.Known
	sums := o.shards()
	if sums != nil {
		t.UI.Line("merge", "the weights are already there; only other files change")
	} else {
		var outcome Outcome
		outcome, l.stopped.Stored, err = o.upload(ctx, t, l.Target, work)
		if l.outcome = &outcome; err != nil {
			return l, err
		}
		made, sums = outcome.Known(o.Merge.Plan, o.Known), outcome.Receipts.Sums()
		l.warnings = outcome.check(t.UI, o.Merge)
		if err := (gate{t.UI, o.Request.Strict}).pass(l.warnings); err != nil {
			return l, err
		}
	}
	page, err := o.Merge.Render(o.place(), made) // again, with what the merge showed
	if err != nil {
		return l, err
	}
	small, err := o.SmallFiles(ctx, t, o.place(), made, page, sums)
	if err != nil {
		return l, err
	}
	l.lock = small[len(small)-1].Data
	ops, files, err := o.operations(ctx, t, l.Target, modes, small, sums)
	l.stopped.files = files
	if err != nil {
		return l, err
	}
	title, body := o.message()
	began := time.Now()
	l.commit, err = o.Hub.Commit(ctx, l.Target, hub.Commit{Summary: title, Description: body, Parent: l.Target.Parent, Ops: ops})
	l.took = time.Since(began)
	return l, err
}

// operations are the changes of the commit, for which it uploads small files that go to storage; files is how many it adds or
// changes.
func (o Offer) operations(ctx context.Context, t Tools, at target.Target, modes target.Modes, small []source.SmallFile, sums []string) (ops []hub.Op, files int, err error) {
	sent := small
	if o.keptCard() != nil {
		// The lock still has the generated card, so that the next push sees the edit too.
		sent = slices.DeleteFunc(slices.Clone(small), func(f source.SmallFile) bool { return f.Path == lock.Readme })
	}
	if ops, err = o.Hub.PutSmall(ctx, at, modes, sent); err != nil {
		return nil, 0, err
	}
	var names []string
	for i, shard := range o.Merge.Plan.Shards {
		ops = append(ops, hub.AddObject(shard.Name, sums[i], shard.Size))
		names = append(names, shard.Name)
		if !o.Held.Has(shard.Name, sums[i]) {
			files++
		}
	}
	for _, f := range small {
		names = append(names, f.Path)
	}
	for _, f := range sent {
		if !o.Held.Has(f.Path, lock.Sum(f.Data)) {
			files++
		}
	}
	if stale := at.Stale(names, o.Held); len(stale) > 0 {
		t.UI.Line("remove", "%s of the earlier model: %s", say.N(len(stale), "file"), say.List(stale))
		for _, name := range stale {
			ops = append(ops, hub.DeleteFile(name))
		}
	}
	return ops, files, nil
}

// message is the commit's: the requested one, else ours, and what made it.
func (o Offer) message() (title, body string) {
	title, body, _ = strings.Cut(strings.TrimSpace(o.To.Message), "\n")
	if title = strings.TrimSpace(title); title == "" {
		title = fmt.Sprintf("Merge %s with %s", say.N(len(o.Merge.Sources), "model"), o.Merge.Method.Title)
	}
	by := fmt.Sprintf("lazymerge %s, %s", o.Request.Tool, target.PlanWords(o.Merge.Plan))
	return title, strings.TrimSpace(strings.TrimSpace(body) + "\n\n" + by)
}

// meanwhile looks again at a branch that someone else has committed to since o, whose changes came as far as l. If that was this
// same merge, as from two runs of one command, it returns what o is now. The lock that this push would have committed knows the
// bytes of every file; before the merge, the same plan and card must do.
func (o Offer) meanwhile(ctx context.Context, t Tools, l landing) (Offer, bool) {
	if o.Target.Proposes() {
		return Offer{}, false
	}
	rev, err := o.Hub.Client.Resolve(ctx, o.Target.Repo, o.Target.Revision)
	if err != nil {
		return Offer{}, false
	}
	at := l.Target
	at.Exists, at.Branch, at.Parent, at.Files = true, true, rev.Commit, rev.Names()
	now, err := offerAt(ctx, t, o.Prepared, at, true)
	if err != nil || !now.Unchanged || l.lock != nil && !now.Held.HasFilesOf(l.lock) {
		return Offer{}, false
	}
	for i, sum := range now.shards() { // a lock may say anything
		if f, ok := rev.File(o.Merge.Plan.Shards[i].Name); !ok || f.SHA256 != sum {
			return Offer{}, false
		}
	}
	return now, true
}
