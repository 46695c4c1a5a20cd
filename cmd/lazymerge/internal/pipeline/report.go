package pipeline

import (
	"github.com/lazymerge/lazymerge/card/chart"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/local"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/render"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/report"
)

// Report is what is known about p.
func (p Prepared) Report(t Tools) *report.Report { return report.New(p.subject(t)) }

// Report is what is known about o: the merge, and what a push would do.
func (o Offer) Report(t Tools) *report.Report {
	s := o.subject(t)
	s.Push = &report.Push{
		Hub: o.Hub.Client, Sources: t.Hub, Target: o.Target, Held: o.Held, Unchanged: o.Unchanged,
		ReplaceCard: o.To.ReplaceCard, Private: o.To.Private, Others: o.Others,
	}
	return report.New(s)
}

func (p Prepared) subject(t Tools) report.Subject {
	s := report.Subject{
		Merge: p.Merge, Aspects: p.Aspects, Moved: p.Moved, Warnings: p.Warnings, Access: p.Access,
		Memory: local.Memory(t.Memory), Read: t.Received(),
	}
	if free, err := t.room(local.SpoolDir(t.WorkDir)); err == nil {
		s.DiskFree = &free
	}
	return s
}

// Card prints the warnings of p and makes the page for p's result at a place, and its picture; nil if the method has none. It
// refuses a page with a secret.
func Card(t Tools, p Prepared, at render.Place) (render.Page, *chart.Picture, error) {
	if err := (gate{t.UI, p.Request.Strict}).pass(p.Warnings); err != nil {
		return render.Page{}, nil, err
	}
	page, err := p.renderAt(t, at, render.Known{})
	return page, page.Picture, err
}

// renderAt makes the page for p's result at a place, and refuses one with a secret.
func (p Prepared) renderAt(t Tools, at render.Place, known render.Known) (render.Page, error) {
	page, err := p.Merge.Render(at, known)
	if err == nil {
		err = p.checkSecrets(t, page.Own)
	}
	return page, err
}
