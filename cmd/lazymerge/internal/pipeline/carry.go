package pipeline

import (
	"context"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/privacy"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/render"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
)

// carried are the files that a result copies from its sources, by name; nil if they were not read.
type carried map[string][]byte

// readCarried reads the copied files early, so that an unreadable one costs nothing. Those from a repo on the Hub, perhaps 10 MB,
// it only reads for all.
func (p Prepared) readCarried(ctx context.Context, t Tools, all bool) (carried, error) {
	m := p.Merge
	if p.carried != nil || !all && !m.Sources[m.Plan.Donor].Folder && !t.Hub.Offline {
		return p.carried, nil
	}
	read := carried{}
	for _, f := range m.Plan.Files {
		if f.Edited != nil {
			continue
		}
		src := m.Sources[f.Source]
		data, err := src.Model.ReadSmall(ctx, f.Name)
		if err != nil {
			return nil, source.Fault(src.Ref, p.Request.Name, err)
		}
		read[f.Name] = data
	}
	return read, nil
}

// whole is p with all copied files. It refuses a result of which these or own hold a secret.
func (p Prepared) whole(ctx context.Context, t Tools, own []source.SmallFile) (Prepared, error) {
	read, err := p.readCarried(ctx, t, true)
	if err != nil {
		return Prepared{}, err
	}
	whole := p
	whole.carried = read
	return whole, whole.checkSecrets(t, own)
}

// beside lists the files beside the shards, except index and lock, which need the merge: the copied ones, as far as read, and own.
func (p Prepared) beside(own []source.SmallFile) []source.SmallFile {
	var out []source.SmallFile
	for _, f := range p.Merge.Plan.Files {
		data := []byte(f.Edited)
		if f.Edited == nil {
			if p.carried == nil {
				continue
			}
			data = p.carried[f.Name]
		}
		out = append(out, source.SmallFile{Path: f.Name, Data: data, From: p.Merge.Sources[f.Source], Name: f.Name})
	}
	return append(out, own...)
}

// checkSecrets refuses a result with a secret in some file.
func (p Prepared) checkSecrets(t Tools, own []source.SmallFile) error {
	return t.secrets(p.Request).In(p.Request.Name, privacy.TextsOf(p.beside(own))...)
}

// SmallFiles are all files of the result but its shards, whose sums are given; the lock comes last. None holds a secret.
func (p Prepared) SmallFiles(ctx context.Context, t Tools, at render.Place, known render.Known, page render.Page, sums []string) ([]source.SmallFile, error) {
	whole, err := p.whole(ctx, t, page.Own)
	if err != nil {
		return nil, err
	}
	return p.Merge.Small(at, known, whole.beside(page.Own), sums)
}
