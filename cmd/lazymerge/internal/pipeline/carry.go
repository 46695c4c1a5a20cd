package pipeline

import (
	"context"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/privacy"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/render"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
)

// carried are the files that a result takes over from its sources as they are, by name; nil where they were not read.
type carried map[string][]byte

// readCarried reads the files that are taken over, so that one that cannot be read costs nothing. What the result takes over from a repo on the
// Hub is only read if all is asked for, for it may be some 10 MB, or if it was read before.
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

// withCarried is p with all files that the result takes over.
func (p Prepared) withCarried(ctx context.Context, t Tools) (Prepared, error) {
	read, err := p.readCarried(ctx, t, true)
	whole := p
	whole.carried = read
	return whole, err
}

// beside collects what goes beside the shards but for index and lock, which need the merge: what is taken over, as far as it was read, and own.
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

// checkSecrets refuses a result of which some file holds a secret.
func (p Prepared) checkSecrets(t Tools, own []source.SmallFile) error {
	return t.secrets(p.Request).In(p.Request.Name, privacy.TextsOf(p.beside(own))...)
}

// SmallFiles are all files of the result but its shards, whose sums are given; the lock comes last. They hold no secret.
func (p Prepared) SmallFiles(ctx context.Context, t Tools, at render.Place, known render.Known, page render.Page, sums []string) ([]source.SmallFile, error) {
	whole, err := p.withCarried(ctx, t)
	if err == nil {
		err = whole.checkSecrets(t, page.Own)
	}
	if err != nil {
		return nil, err
	}
	return p.Merge.Small(at, known, whole.beside(page.Own), sums)
}
