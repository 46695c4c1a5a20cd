package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/local"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/hub"
)

// PushOptions say how a merge is published.
type PushOptions struct {
	Private       bool   // a repo that is created is private
	Message       string // of the commit; "" is ours
	PublishConfig bool   // publish a config that names folders or private repos
	ReplaceCard   bool   // replace a README.md that somebody wrote, or edited since it was published
	DryRun        bool   // stop after plan and card
	CardOnly      bool   // the target holds the weights of this very plan, and keeps them

	Evaluation *card.Evaluation // of this merge; nil keeps the one that is there
	Measured   *card.Measured   // the revision of the target that Evaluation is of; nil takes that on trust
}

// Published is what a push came to.
type Published struct {
	Repo   string
	Commit string // 40 hex digits; "" after a dry run
	URL    string // of the commit, or of the pull request that has it
	Pull   int    // number of the pull request; 0 where the commit is on a branch
	Plan   string // hash
	Card   []byte // as it is generated
	Kept   []byte // README.md of the repo where it was edited and stays, so that Card is not published; nil otherwise

	Unchanged bool // the target held this very merge already
	Warnings  []ReportFault
}

// Push publishes the merge at target, which FindTarget made: content goes up as each shard is ready, and the repo changes once, at
// the end. Everything that can be refused is refused before the repo is created. With DryRun the
// result has no Commit, URL or Pull.
func (m *Merge) Push(ctx context.Context, target *Target, o PushOptions) (*Published, error) {
	p, err := m.push(ctx, target, o)
	if p != nil {
		p.Plan, p.Warnings = m.Plan.Hash, m.ReportWarnings()
	}
	return p, err
}

func (m *Merge) push(ctx context.Context, target *Target, o PushOptions) (*Published, error) {
	s := m.setup
	p, err := m.Preview(ctx, target, o)
	if err != nil {
		return nil, err
	}
	target = p.Target
	earlier, readme := p.Earlier, p.Card
	if o.CardOnly {
		if err := p.checkCardOnly(m); err != nil && !o.DryRun {
			return nil, err
		}
	}
	kept := p.keptCard()
	if p.Unchanged && !o.DryRun {
		return m.holdsAlready(ctx, target, readme, kept)
	}
	there := earlier.shards(m, target) != nil
	m.summary(!there)
	warnings, err := m.checkCard(ctx, p)
	if err != nil {
		return nil, err
	}
	if err := m.tell(warnings); err != nil {
		return nil, err
	}
	m.tellCard(p)
	work, leave, err := local.WorkDir(s.WorkDir, s.UI.Line)
	if err != nil {
		return nil, err
	}
	defer leave()
	if !there {
		if err := m.needSpool(); err != nil {
			return nil, err
		}
	}
	if o.DryRun {
		if err := m.checkModes(ctx, p); err != nil {
			return nil, err
		}
		if p.Unchanged {
			s.UI.Line("target", "%s holds this very merge already; nothing would change", target.place())
		} else {
			s.UI.Line("target", "%s", target.describe(o.Private, true))
			m.noteOthers(p.Others)
		}
		s.noteAccess(target)
		return &Published{Repo: target.Repo, Card: readme, Kept: kept}, nil
	}
	if _, err := m.beside(ctx, readme, true); err != nil {
		return nil, err
	}
	if err := m.checkModes(ctx, p); err != nil {
		return nil, err
	}
	m.noteOthers(p.Others)
	state := newStopped(s, target, len(m.Plan.Shards))
	result, err := m.publish(ctx, p, work, state)
	if errors.Is(err, hub.ErrConflict) {
		if now := m.meanwhile(ctx, p, state.lock); now != nil {
			s.UI.Line("target", "another run has published this very merge meanwhile")
			return m.holdsAlready(ctx, now.Target, now.Card, now.keptCard())
		}
	}
	if err != nil {
		err = target.mayPropose(s.Caller, err)
		if state.Opened {
			state.Err = err
			return nil, state
		}
		return nil, err
	}
	published := &Published{Repo: target.Repo, Commit: result.Commit, URL: result.URL, Card: readme, Kept: kept}
	in := "one commit"
	if target.proposes() {
		published.Pull = target.Pull.Number
		in = fmt.Sprintf("one commit of pull request %d", published.Pull)
	}
	s.UI.Line("commit", "%s in %s, %s", say.N(state.files, "file"), in, say.Duration(state.took))
	return published, nil
}

// holdsAlready is what a push comes to that finds its own result. A pull request that was not shown as ready, for want
// of an answer, is shown now.
func (m *Merge) holdsAlready(ctx context.Context, t *Target, readme, kept []byte) (*Published, error) {
	s := m.setup
	left := "nothing to do"
	if t.proposes() && t.Pull.Draft {
		left = "nothing is left but to show it as ready"
	}
	s.UI.Line("plan", "%s is what %s holds already; %s", say.PlanID(m.Plan.Hash), t.place(), left)
	p := &Published{Repo: t.Repo, Commit: t.Parent, URL: s.TargetHub().Page(t.Repo) + "/commit/" + t.Parent, Card: readme, Kept: kept, Unchanged: true}
	if !t.proposes() || t.Pull.Number == 0 {
		return p, nil
	}
	p.URL, p.Pull, p.Unchanged = t.Pull.URL, t.Pull.Number, !t.Pull.Draft
	state := newStopped(s, t, len(m.Plan.Shards))
	if err := s.openPull(ctx, t, state); err != nil {
		state.Err = err
		return nil, state
	}
	return p, nil
}

// publish is Push from the first change of the target on. It keeps state at what has been done.
func (m *Merge) publish(ctx context.Context, p *Preview, work string, state *Stopped) (*hub.CommitResult, error) {
	s, target, earlier, o := m.setup, p.Target, p.Earlier, p.Options
	if err := s.openTarget(ctx, target, o.Private, state); err != nil {
		return nil, err
	}
	if err := m.checkModes(ctx, p); err != nil {
		return nil, err
	}

	sums := earlier.shards(m, target)
	if sums != nil {
		s.UI.Line("merge", "the weights of this plan are there already; only the other files change")
	} else {
		var err error
		if sums, err = m.upload(ctx, target, work, state); err != nil {
			return nil, err
		}
	}
	readme, err := m.Card(target.Repo, target.Revision) // again, with what the merge showed
	if err != nil {
		return nil, err
	}
	small, err := m.smallFiles(ctx, readme, sums)
	if err != nil {
		return nil, err
	}
	state.lock = small[len(small)-1].Data
	sent := small
	if p.keptCard() != nil {
		// The lock goes on naming the card as it is generated, so that the edit is still seen next time.
		sent = slices.DeleteFunc(slices.Clone(small), func(f source.SmallFile) bool { return f.Path == lock.Readme })
	}
	ops, err := s.putSmall(ctx, target, sent)
	if err != nil {
		return nil, err
	}
	var names []string
	for i, shard := range m.Plan.Shards {
		ops = append(ops, hub.AddObject(shard.Name, sums[i], shard.Size))
		names = append(names, shard.Name)
		if !earlier.has(target, shard.Name, sums[i]) {
			state.files++
		}
	}
	for _, f := range small {
		names = append(names, f.Path)
	}
	for _, f := range sent {
		if !earlier.has(target, f.Path, lock.Sum(f.Data)) {
			state.files++
		}
	}
	if stale := target.stale(names, earlier); len(stale) > 0 {
		s.UI.Line("remove", "%s of the earlier model: %s", say.N(len(stale), "file"), say.List(stale))
		for _, name := range stale {
			ops = append(ops, hub.DeleteFile(name))
		}
	}
	title, body := m.message(o.Message)
	began := time.Now()
	result, err := s.commit(ctx, target, hub.Commit{Summary: title, Description: body, Parent: target.Parent, Ops: ops}, state)
	state.took = time.Since(began)
	return result, err
}

// place names the repo, and the pull request, or the branch unless it is main.
func (t *Target) place() string {
	if t.proposes() && t.Pull.Number > 0 {
		return fmt.Sprintf("%s, pull request %d", t.Repo, t.Pull.Number)
	}
	if t.Revision != "main" {
		return t.Repo + ", branch " + t.Revision
	}
	return t.Repo
}

// onlyBranch says what becomes of a new repo whose first merge goes to a branch.
func onlyBranch(revision, stays string) string {
	if revision == "main" {
		return ""
	}
	return ", with the branch " + revision + "; main " + stays + " empty"
}

func (t *Target) describe(private, dry bool) string {
	visibility := "public"
	if private {
		visibility = "private"
	}
	at := t.place()
	switch {
	case t.proposes():
		return t.describePull(dry)
	case t.Branch && dry:
		return at + " exists; one commit would be added"
	case t.Branch:
		return at + " exists; one commit will be added"
	case t.Exists && dry:
		return at + " does not exist; it would be created from main"
	case t.Exists:
		return at + " created from main"
	case dry:
		return t.Repo + " does not exist; it would be created, " + visibility + onlyBranch(t.Revision, "would stay")
	}
	return t.Repo + " created, " + visibility + onlyBranch(t.Revision, "stays")
}

// upload merges and sends the shards. It returns their sha256.
func (m *Merge) upload(ctx context.Context, t *Target, work string, state *Stopped) ([]string, error) {
	s := m.setup
	bar := s.UI.Bar("upload", m.Plan.Cost.WriteBytes, ui.Unit{Verb: "sent"})
	defer bar.Abort()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	sink := local.NewUploads(work, func(o hub.Object) error {
		if err := s.TargetHub().Upload(ctx, t.Repo, t.contentRev(), []hub.Object{o}); err != nil {
			stop(err) // merging on would be for nothing
			return err
		}
		return nil
	}, bar.Add, sparing(bar, len(m.Plan.Shards)))
	report, err := m.run(ctx, sink)
	if uploadErr := sink.Wait(); err == nil || uploadErr != nil && errors.Is(err, uploadErr) {
		err = uploadErr
	}
	state.Stored = sink.Stored()
	if err != nil {
		return nil, err
	}
	bar.Note(uploadWords(len(m.Plan.Shards), sink.There()))
	bar.Done()
	return report.Sums(), m.check(report)
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

// Stopped is a push that ended after it had begun to change the target.
type Stopped struct {
	Repo, Revision string
	Page           string // of Repo
	Opened         bool   // the target was there, or was created
	Created        bool   // by this push, and nothing is in it
	Branched       bool   // Revision was made by this push, and nothing more is in it
	Stored, Shards int    // of the shards, how many the target's storage has
	Moved          bool   // somebody else has committed to Revision meanwhile
	Doubt          bool   // whether the commit landed, or the pull request was made, is not known
	Proposes       bool   // the commit was to be a pull request
	Pull           *pull  // that was made; nil where none was
	Landed         bool   // Pull has the commit, and is not shown as ready
	Err            error

	files  int // that the commit adds or changes
	took   time.Duration
	lock   []byte // that it has; nil before the merge
	caller say.Caller
}

func newStopped(s *Setup, t *Target, shards int) *Stopped {
	return &Stopped{Page: s.TargetHub().Page(t.Repo), Repo: t.Repo, Revision: t.Revision, Shards: shards, Proposes: t.proposes(), caller: s.Caller}
}

func (e *Stopped) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Stopped) Unwrap() error { return e.Err }

// Changed tells whether this push has published anything, as far as that is known. A repo or a draft of a pull request
// that has nothing in it does not count.
func (e *Stopped) Changed() (changed, known bool) {
	switch {
	case e.Doubt:
		return false, false
	case e.Landed && e.files == 0: // there before, but for whether it is shown as ready
		return false, false
	}
	return e.Landed, true
}

// State says what is safe.
func (e *Stopped) State() string {
	switch {
	case e.Landed:
		return fmt.Sprintf("pull request %d has the merge, and is still a draft: %s", e.Pull.Number, e.Pull.URL)
	case e.Doubt && e.Pull != nil:
		return "it is not known whether the commit landed; " + e.Pull.URL + " shows it"
	case e.Doubt && e.Proposes:
		return "it is not known whether the pull request was made; " + e.Page + "/discussions shows it"
	case e.Doubt:
		return "it is not known whether the commit landed; " + e.Page + " shows it"
	}
	parts := []string{"nothing was published"}
	switch {
	case e.Stored == 1 && e.Shards == 1:
		parts = append(parts, "the shard is stored on the Hub and will not be sent again")
	case e.Stored == 1:
		parts = append(parts, fmt.Sprintf("1 of %s is stored on the Hub and will not be sent again", say.N(e.Shards, "shard")))
	case e.Stored > 1:
		parts = append(parts, fmt.Sprintf("%d of %s are stored on the Hub and will not be sent again", e.Stored, say.N(e.Shards, "shard")))
	}
	switch {
	case e.Moved:
		parts = append(parts, fmt.Sprintf("%s of %s is as somebody else has left it", e.Revision, e.Repo))
	case e.Created && e.Branched:
		parts = append(parts, fmt.Sprintf("%s was created with the branch %s, and both are still empty", e.Repo, e.Revision))
	case e.Created:
		parts = append(parts, e.Repo+" was created and is still empty")
	case e.Branched:
		parts = append(parts, fmt.Sprintf("the branch %s of %s was made, and is as main is", e.Revision, e.Repo))
	default:
		parts = append(parts, fmt.Sprintf("%s of %s is untouched", e.Revision, e.Repo))
	}
	if e.Pull != nil && e.Pull.Draft {
		parts = append(parts, fmt.Sprintf("pull request %d is a draft without a commit, which %s goes on with", e.Pull.Number, e.caller.SameRun()))
	}
	return strings.Join(parts, "; ")
}

// putSmall decides with the Hub how each small file goes up, and sends those that go to storage.
func (s *Setup) putSmall(ctx context.Context, t *Target, files []source.SmallFile) ([]hub.Op, error) {
	candidates := make([]hub.Candidate, len(files))
	for i, f := range files {
		candidates[i] = candidate(f.Path, int64(len(f.Data)), f.Data)
	}
	modes, err := s.modes(ctx, t, candidates)
	if err != nil {
		return nil, err
	}
	var ops []hub.Op
	var objects []hub.Object
	for i, f := range files {
		if !modes[i].LFS {
			ops = append(ops, hub.AddFile(f.Path, f.Data))
			continue
		}
		sum := lock.Sum(f.Data)
		ops = append(ops, hub.AddObject(f.Path, sum, int64(len(f.Data))))
		objects = append(objects, hub.Object{Path: f.Path, SHA256: sum, Size: int64(len(f.Data)),
			Open: func() (io.ReadSeekCloser, error) { return memoryFile{bytes.NewReader(f.Data)}, nil }})
	}
	if len(objects) > 0 {
		if err := s.TargetHub().Upload(ctx, t.Repo, t.contentRev(), objects); err != nil {
			return nil, targetFault(t.Repo, err, "")
		}
	}
	return ops, nil
}

type memoryFile struct{ *bytes.Reader }

func (memoryFile) Close() error { return nil }

// message is the commit's: the first line of what was asked for, then the rest and what made it.
func (m *Merge) message(asked string) (title, body string) {
	title, body, _ = strings.Cut(strings.TrimSpace(asked), "\n")
	if title = strings.TrimSpace(title); title == "" {
		title = fmt.Sprintf("Merge %s with %s", say.N(len(m.Sources), "model"), m.method().Title)
	}
	by := fmt.Sprintf("lazymerge %s, %s", m.setup.Version, m.planWords())
	return title, strings.TrimSpace(strings.TrimSpace(body) + "\n\n" + by)
}

// planWords are how a message names the plan.
func (m *Merge) planWords() string { return "plan " + m.Plan.Hash[:12] }
