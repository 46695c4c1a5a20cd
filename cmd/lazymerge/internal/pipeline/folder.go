package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"time"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/local"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
)

// ToFolder writes the result into dir, which local.CheckFolder has passed. It works in a folder of its own inside dir and moves the
// files up at the end, config.json last, so that dir does not look like a model before it is one. Where an earlier run was stopped
// in that, it goes on from there.
func (m *Merge) ToFolder(ctx context.Context, dir string) error {
	readme, err := m.Card(filepath.Base(local.Absolute(dir)), "") // before the merge, so that a bad template costs nothing
	if err == nil {
		_, err = m.beside(ctx, readme, true)
	}
	if err != nil {
		return m.refused([]error{err})
	}
	result, err := m.identify(readme)
	if err != nil {
		return err
	}
	m.summary(true)
	folder, leave, err := local.OpenFolder(dir, m.Plan.Hash, m.setup.step)
	if err != nil {
		return err
	}
	defer leave()
	if done, err := folder.TakeUp(ctx, result, m.setup.UI.Line); err != nil || done {
		return err
	}
	sink, err := folder.Begin()
	if err != nil {
		return err
	}
	if err := m.needFolder(dir); err != nil {
		return err
	}
	report, err := m.run(ctx, sink)
	if err = errors.Join(err, sink.Wait()); err != nil {
		return err
	}
	start := time.Now()
	if err := m.check(report); err != nil {
		return err
	}
	readme, err = m.Card(filepath.Base(local.Absolute(dir)), "") // again, with what the merge showed
	if err != nil {
		return err
	}
	small, err := m.smallFiles(ctx, readme, report.Sums())
	if err != nil {
		return err
	}
	files := m.shardFiles(report.Sums())
	for _, f := range small {
		if err := folder.Put(f.Path, f.Data); err != nil {
			return err
		}
		files = append(files, lock.FileOf(f.Path, f.Data))
	}
	if err := folder.MoveIn(ctx, result, files); err != nil {
		return err
	}
	m.setup.UI.Line("folder", "%s, %s", say.N(len(files), "file"), say.Duration(time.Since(start)))
	return nil
}

// identify is a sha256 of all that decides the files of m's result: two merges with the same one give the same files. readme
// is the card as it is before the merge.
func (m *Merge) identify(readme []byte) (string, error) {
	files, err := m.OwnFiles(readme)
	if err != nil {
		return "", err
	}
	var own []lock.File
	for _, f := range files {
		own = append(own, lock.FileOf(f.Path, f.Data))
	}
	text, err := json.Marshal(struct {
		Tool, Plan string
		Options    lock.Options
		Card       lock.Card
		Own        []lock.File
	}{m.setup.Version, m.Plan.Hash, m.lockOptions(), m.lockCard(), own})
	return lock.Sum(text), err
}

// shardFiles lists m's shards, which have these sums.
func (m *Merge) shardFiles(sums []string) []lock.File {
	var files []lock.File
	for i, s := range m.Plan.Shards {
		files = append(files, lock.File{Path: s.Name, Size: s.Size, SHA256: sums[i]})
	}
	return files
}
