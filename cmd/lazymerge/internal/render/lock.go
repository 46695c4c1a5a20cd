package render

import (
	"encoding/json"
	"slices"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// Lock is the lock of the result at a place, with the sums of its shards and its other files.
func (m Merge) Lock(at Place, k Known, sums []string, small []source.SmallFile) ([]byte, error) {
	l := lock.Lock{
		Format: lock.Format, Tool: m.Tool, Numeric: plan.Numeric, Plan: m.Plan.Hash,
		Config:    lock.Sum(m.Config),
		Norm:      k.Norm,
		Inherited: k.Inherited,
		Card:      m.LockCard(at),
		Options:   m.LockOptions(),
	}
	for _, src := range m.Sources {
		l.Sources = append(l.Sources, src.Locked())
	}
	l.Files = m.ShardFiles(sums)
	for _, f := range small {
		l.Files = append(l.Files, lock.FileOf(f.Path, f.Data))
	}
	text, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(text, '\n'), nil
}

// LockCard is what the card at a place is made with, besides the facts.
func (m Merge) LockCard(at Place) lock.Card {
	c := lock.Card{Replaced: m.Replaced, Revision: at.branch()}
	if m.Template.Text != "" {
		c.Template = lock.Sum([]byte(m.Template.Text))
	}
	return c
}

// LockOptions are the options the merge was planned with.
func (m Merge) LockOptions() lock.Options {
	return lock.Options{ShardSize: m.Plan.ShardSize, AllowCrimes: m.Options.AllowCrimes, Truncate: m.Options.TruncateVocabulary, Seed: m.Plan.Seed,
		License: m.License.ID, LicenseName: m.License.Name, LicenseLink: m.License.Link}
}

// Small are all files of the result except its shards; the lock, which lists the rest, is last. beside are those except index and
// lock, and sums are those of the shards.
func (m Merge) Small(at Place, k Known, beside []source.SmallFile, sums []string) ([]source.SmallFile, error) {
	out := slices.Clone(beside)
	if index := m.Plan.IndexFile(); index != nil {
		out = slices.Insert(out, len(m.Plan.Files), source.SmallFile{Path: plan.Index, Data: index})
	}
	text, err := m.Lock(at, k, sums, out)
	if err != nil {
		return nil, err
	}
	return append(out, source.SmallFile{Path: lock.Name, Data: text}), nil
}

// ShardFiles lists the shards with their sums.
func (m Merge) ShardFiles(sums []string) []lock.File {
	var files []lock.File
	for i, s := range m.Plan.Shards {
		files = append(files, lock.File{Path: s.Name, Size: s.Size, SHA256: sums[i]})
	}
	return files
}
