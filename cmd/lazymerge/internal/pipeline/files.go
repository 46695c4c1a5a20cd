package pipeline

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/privacy"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// readCarried reads the files that are taken over, before the merge, so that one that cannot be read costs nothing.
func (m *Merge) readCarried(ctx context.Context) error {
	if m.carried != nil {
		return nil
	}
	carried := map[string][]byte{}
	for _, f := range m.Plan.Files {
		if f.Edited != nil {
			continue
		}
		src := m.Sources[f.Source]
		data, err := src.Model.ReadSmall(ctx, f.Name)
		if err != nil {
			return source.Fault(src.Ref, m.setup.name(), err)
		}
		carried[f.Name] = data
	}
	m.carried = carried
	return nil
}

// beside collects what goes beside the shards but for index and lock, which need the merge, and refuses it where it holds a secret. A
// nil readme is a card that is not made yet, and then what the card shows is left out. What the result takes over from a repo on the
// Hub is only there if all is asked for, for it may be some 10 MB, or if it was read before.
func (m *Merge) beside(ctx context.Context, readme []byte, all bool) ([]source.SmallFile, error) {
	if all || m.Sources[m.Plan.Donor].Folder || m.setup.Hub.Offline {
		if err := m.readCarried(ctx); err != nil {
			return nil, err
		}
	}
	var out []source.SmallFile
	for _, f := range m.Plan.Files {
		data := []byte(f.Edited)
		if f.Edited == nil {
			if m.carried == nil {
				continue
			}
			data = m.carried[f.Name]
		}
		out = append(out, source.SmallFile{Path: f.Name, Data: data, From: m.Sources[f.Source], Name: f.Name})
	}
	own := m.terms.Files
	if readme != nil {
		var err error
		if own, err = m.OwnFiles(readme); err != nil {
			return nil, err
		}
	}
	out = append(out, own...)
	return out, m.setup.secrets().In(m.setup.name(), privacy.TextsOf(out)...)
}

// CheckCard refuses a card and what it shows and links to where they hold a secret.
func (m *Merge) CheckCard(ctx context.Context, readme []byte) error {
	_, err := m.beside(ctx, readme, false)
	return err
}

// smallFiles collects what goes beside the shards; the lock comes last, as it lists the rest. The index and the lock need the
// shards' sums.
func (m *Merge) smallFiles(ctx context.Context, readme []byte, sums []string) ([]source.SmallFile, error) {
	out, err := m.beside(ctx, readme, true)
	if err != nil {
		return nil, err
	}
	if index := m.Plan.IndexFile(); index != nil {
		out = slices.Insert(out, len(m.Plan.Files), source.SmallFile{Path: plan.Index, Data: index})
	}
	locked, err := m.lock(out, sums)
	if err != nil {
		return nil, err
	}
	return append(out, source.SmallFile{Path: lock.Name, Data: locked}), nil
}

// OwnFiles are those that are known before the merge and come from no model: the card, and what it shows and links to
// except the lock.
func (m *Merge) OwnFiles(readme []byte) ([]source.SmallFile, error) {
	out := append(slices.Clone(m.terms.Files), source.SmallFile{Path: lock.Readme, Data: readme}, source.SmallFile{Path: lock.Recipe, Data: m.Config()})
	picture, err := m.Picture()
	if err != nil {
		return nil, err
	}
	if picture != nil {
		out = append(out, source.SmallFile{Path: lock.Chart, Data: picture.PNG})
	}
	measured, err := evaluationFiles(m.known.Evaluation)
	if err != nil {
		return nil, err
	}
	return append(out, measured...), nil
}

func (m *Merge) lockCard() lock.Card {
	named := slices.ContainsFunc(m.Sources, func(s *source.Source) bool { return s.As.Path != "" })
	c := lock.Card{Replaced: named || m.renamed != nil || m.setup.Replaced, Revision: m.branch}
	if m.template != "" {
		c.Template = lock.Sum([]byte(m.template))
	}
	return c
}

func (m *Merge) lock(small []source.SmallFile, sums []string) ([]byte, error) {
	l := lock.Lock{
		Format: lock.Format, Tool: m.setup.Version, Numeric: plan.Numeric, Plan: m.Plan.Hash,
		Config:    lock.Sum(m.Config()),
		Norm:      m.known.Norm,
		Inherited: m.known.Inherited,
		Card:      m.lockCard(),
		Options:   m.lockOptions(),
	}
	for _, src := range m.Sources {
		l.Sources = append(l.Sources, src.Locked())
	}
	for i, s := range m.Plan.Shards {
		l.Files = append(l.Files, lock.File{Path: s.Name, Size: s.Size, SHA256: sums[i]})
	}
	for _, f := range small {
		l.Files = append(l.Files, lock.FileOf(f.Path, f.Data))
	}
	text, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(text, '\n'), nil
}

// lockOptions are the options that m was planned with.
func (m *Merge) lockOptions() lock.Options {
	return lock.Options{ShardSize: m.Plan.ShardSize, AllowCrimes: m.setup.Plan.AllowCrimes, Truncate: m.setup.Plan.TruncateVocabulary, Seed: m.Plan.Seed,
		License: m.setup.License.ID, LicenseName: m.setup.License.Name, LicenseLink: m.setup.License.Link}
}
