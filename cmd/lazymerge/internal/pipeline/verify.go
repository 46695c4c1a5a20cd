package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/license"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// A Verdict is what a published merge was found to be.
type Verdict struct {
	Repo    string   `json:"repo"`
	Commit  string   `json:"commit,omitempty"` // that was looked at
	Plan    string   `json:"plan"`             // hash that the lock names
	Same    bool     `json:"same"`
	Differ  []string `json:"differ"`            // what is not as it should be, each with its file first
	Notes   []string `json:"notes"`             // what differs and need not worry anybody
	Shards  int      `json:"shards,omitempty"`  // of the model
	Tensors int      `json:"tensors,omitempty"` // of the model
	Sampled []string `json:"sampled,omitempty"` // the tensors that were compared, where not all were

	edited bool // README.md is not the one that the lock lists
}

func (v *Verdict) differ(format string, args ...any) {
	v.Differ = append(v.Differ, fmt.Sprintf(format, args...))
}

func (v *Verdict) note(format string, args ...any) {
	v.Notes = append(v.Notes, fmt.Sprintf(format, args...))
}

// Verify makes a merge in a repo or a folder again from its lock, with its config, options and the commits of its sources, and
// compares every byte. With sample above 0 it compares of the weights only that many tensors, drawn at
// random, by ranges of the published files. It writes nothing. The error is for what cannot be compared; a merge
// that differs is a Verdict.
func (s *Setup) Verify(ctx context.Context, name, revision string, sample int) (*Verdict, error) {
	s.AllowSecrets = true // for it is published already
	at, err := s.holder(ctx, name, revision)
	if err != nil {
		return nil, err
	}
	fail := func(err error) (*Verdict, error) { return nil, verifyFault(at.Name, err) }
	lock, err := lock.Read(ctx, at)
	if err != nil {
		if rev, ok := at.Files.(*hub.Revision); ok {
			err = elsewhere(ctx, s.TargetHub(), rev, err)
		}
		return fail(err)
	}
	v := &Verdict{Repo: at.Name, Commit: at.Commit, Plan: lock.Plan, Differ: []string{}, Notes: []string{}}
	if err := v.compareFiles(ctx, at, lock); err != nil {
		return fail(err)
	}
	s.UI.Line("lock", "%s of %s, made by lazymerge %s, plan %s", say.N(len(lock.Files), "file"), at.place(), lock.Tool, say.PlanID(lock.Plan))
	if len(v.Differ) > 0 {
		return v, nil // what is published is not what was made, whatever that was
	}
	sameVersion := s.Version == lock.Tool
	s.Version = lock.Tool // which the card names
	m, err := s.again(ctx, at, lock)
	if err != nil {
		return nil, err
	}
	for _, src := range m.Sources {
		s.UI.Line("source", "%s", src.Pinned())
	}
	v.Shards, v.Tensors = len(m.Plan.Shards), len(m.Plan.Outputs)
	s.UI.Line("plan", "%s", m.headline())
	if err := m.compareAll(ctx, v, at, lock, sample, sameVersion); err != nil {
		return nil, err
	}
	if len(v.Differ) > 0 {
		if err := m.movedOn(ctx, lock); err != nil {
			return nil, err
		}
	}
	v.Same = len(v.Differ) == 0
	return v, nil
}

// compareAll compares plan, small files and weights, in the order of what they cost.
func (m *Merge) compareAll(ctx context.Context, v *Verdict, at *holder, locked *lock.Lock, sample int, sameVersion bool) error {
	if m.Plan.Hash != locked.Plan {
		v.differ("%s: config, options and sources give plan %s, and the lock says %s", lock.Name, say.PlanID(m.Plan.Hash), say.PlanID(locked.Plan))
		return nil
	}
	m.compareSources(ctx, v)
	if err := m.compareMade(ctx, v, at, locked, sameVersion); err != nil {
		return verifyFault(at.Name, err)
	}
	switch {
	case len(v.Differ) > 0: // no weights are needed to tell
		return nil
	case sample > 0 && sample < len(m.Plan.Outputs):
		return m.verifySample(ctx, v, at, sample)
	}
	return m.verifyAll(ctx, v, locked, sameVersion)
}

// movedOn is the fault of a source that was merged from a folder and is something else on the Hub, so that a merge of that shows nothing: one
// whose commit nobody could find then, or whose other files than weights make another plan.
func (m *Merge) movedOn(ctx context.Context, lock *lock.Lock) error {
	for i, src := range m.Sources {
		pin := m.setup.Pins[i]
		if !src.WasFolder(pin) || pin.Commit != "" && m.Plan.Hash == lock.Plan {
			continue
		}
		digest, err := plan.Digest(ctx, src.Model.Files)
		if err == nil && digest != pin.Digest {
			err = fmt.Errorf("%w: a folder %s was merged, and %s is %s", source.ErrMoved, say.CommitID(pin.Digest), src.Pinned(), say.CommitID(digest))
		}
		if err != nil {
			return source.Fault(src.Ref, m.setup.name(), err)
		}
	}
	return nil
}

// namedFolders tells whether some source was a folder, whose own card and terms of use may have been others than those on the Hub.
func (m *Merge) namedFolders() bool {
	for i, src := range m.Sources {
		if src.WasFolder(m.setup.Pins[i]) {
			return true
		}
	}
	return false
}

// again plans the merge that the lock describes.
func (s *Setup) again(ctx context.Context, at *holder, locked *lock.Lock) (*Merge, error) {
	config, err := plan.ReadFile(ctx, at, lock.Recipe, lock.MaxConfig)
	if err != nil {
		return nil, verifyFault(at.Name, err)
	}
	s.Config, s.Text, s.Replaced = at.Name+"/"+lock.Recipe, config, locked.Card.Replaced
	s.Plan = locked.Options.Plan()
	if s.License.ID == "" {
		s.License = license.Choice{ID: locked.Options.License, Name: locked.Options.LicenseName, Link: locked.Options.LicenseLink}
	}
	s.Pins = make([]lock.Pin, len(locked.Sources))
	for i, src := range locked.Sources {
		s.Pins[i] = lock.Pin(src)
	}
	return s.Prepare(ctx)
}

// verifyAll makes all weights again.
func (m *Merge) verifyAll(ctx context.Context, v *Verdict, locked *lock.Lock, sameVersion bool) error {
	report, err := m.run(ctx, nowhere{})
	if err != nil {
		return err
	}
	sums := map[string]string{}
	for _, f := range locked.Files {
		sums[f.Path] = f.SHA256
	}
	for i, shard := range m.Plan.Shards {
		if sums[shard.Name] != report[i].Sum {
			v.differ("%s: the merge gives other bytes", shard.Name)
		}
	}
	if (m.known.Norm != locked.Norm || m.known.Inherited != locked.Inherited) && sameVersion && len(v.Differ) == 0 {
		v.differ("%s: what it says of norms or of NaN is not so", lock.Name)
	}
	return nil
}

// verifySample makes n tensors again and compares them with the ranges of the published files.
func (m *Merge) verifySample(ctx context.Context, v *Verdict, at *holder, n int) error {
	picked := rand.Perm(len(m.Plan.Outputs))[:n]
	slices.Sort(picked)
	part := m.Plan.Pick(picked)
	schedule := m.setup.engine().Schedule(part)
	part.Cost = &plan.Cost{ReadBytes: schedule.Bytes, Requests: schedule.Requests, Memory: m.Plan.Cost.Memory}
	report, err := m.runPlan(ctx, part, "tensor", nowhere{})
	if err != nil {
		return err
	}
	for k, i := range picked {
		t := &m.Plan.Outputs[i].Tensors[0]
		v.Sampled = append(v.Sampled, t.Name)
		published, err := sumOfTensor(ctx, at, &m.Plan.Shards[t.Shard], t)
		switch {
		case err != nil:
			return verifyFault(at.Name, err)
		case published != report[k].Sum:
			v.differ("%s: the merge gives other bytes for %s", m.Plan.Shards[t.Shard].Name, t.Name)
		}
	}
	return nil
}

// sumOfTensor is the sha256 of the bytes that a published shard has where t should be; "" where its header is not the
// plan's, for then loaders look elsewhere.
func sumOfTensor(ctx context.Context, files plan.Files, shard *plan.Shard, t *plan.Tensor) (string, error) {
	r, size, err := files.Open(ctx, shard.Name)
	if err != nil {
		return "", err
	}
	if size != shard.Size {
		return "", nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(r, 0, int64(len(shard.Header)))); err != nil {
		return "", err
	}
	if [sha256.Size]byte(sum.Sum(nil)) != sha256.Sum256(shard.Header) {
		return "", nil
	}
	sum.Reset()
	part := io.NewSectionReader(r, int64(len(shard.Header))+t.Begin, t.End-t.Begin)
	if _, err := io.CopyBuffer(sum, part, make([]byte, compareBuffer)); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

const compareBuffer = 8 << 20 // bytes of one range request

// nowhere is a sink for a merge of which only the sums count.
type nowhere struct{}

func (nowhere) Create(context.Context, string, int64) (merge.ShardWriter, error) {
	return nowhere{}, nil
}
func (nowhere) Write(p []byte) (int, error)    { return len(p), nil }
func (nowhere) Commit([sha256.Size]byte) error { return nil }
func (nowhere) Abort() error                   { return nil }
