package pipeline

import (
	"github.com/lazymerge/lazymerge/card/chart"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/render"
)

// Card prints the warnings of p and makes the page that p's result would have at a place, and its picture, which is nil for a method whose numbers do not tell. It
// refuses one that holds a secret.
func Card(t Tools, p Prepared, at render.Place) (render.Page, *chart.Picture, error) {
	if err := (gate{t.UI, p.Request.Strict}).pass(p.Warnings); err != nil {
		return render.Page{}, nil, err
	}
	renderer, err := render.New(p.Merge)
	if err != nil {
		return render.Page{}, nil, err
	}
	page, err := renderer.Render(at, render.Known{})
	if err == nil {
		err = p.checkSecrets(t, page.Own)
	}
	return page, renderer.Picture(), err
}
