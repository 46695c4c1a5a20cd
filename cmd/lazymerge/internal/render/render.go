// Package render writes the card of a result, its picture and the lock.
//
// [New] takes a planned [Merge]; [Renderer.Render] makes a [Page] for a place and for what is known of the result, the same every
// time. A push renders before the merge, to fail early, and again after it.
package render

import (
	"errors"
	"maps"
	"slices"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/card/chart"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/license"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A Merge is a planned merge, with what card, lock and report need.
type Merge struct {
	Recipe   *recipe.Recipe
	Method   *recipe.Method
	Plan     *plan.Plan
	Sources  []*source.Source // in the order of Plan.Sources
	Config   []byte           // as published: the bytes that were read, with names replaced
	Replaced bool             // names in Config were replaced
	License  license.Choice
	Terms    license.Terms
	Template Template
	Options  plan.Options
	Tool     string // lazymerge version
}

// A Template is a custom card template; the zero Template is ours.
type Template struct {
	Path string // for faults
	Text string
}

// Known is what the merge, or an evaluation, found out about a result.
type Known struct {
	Norm       string           // warning about norms far from the sources; "" for none
	Inherited  int64            // NaN or Inf values inherited from sources
	Evaluation *card.Evaluation // nil for none
}

// A Place is where a card will be.
type Place struct {
	Repo     string // or the name of the result
	Revision string // branch; "" is main
}

// branch is the branch, or "" for main.
func (p Place) branch() string {
	if p.Revision == "main" {
		return ""
	}
	return p.Revision
}

// A Renderer is a Merge with its picture.
type Renderer struct {
	Merge
	Picture *chart.Picture // nil if the method has none
}

// New draws the picture of m.
func New(m Merge) (Renderer, error) {
	picture, err := chart.Draw(m.Facts(Place{Repo: "x"}, Known{}))
	if err != nil {
		return Renderer{}, fault.Of(fault.Config, err)
	}
	return Renderer{m, picture}, nil
}

// A Page is a card with the files it shows and links to, except the lock.
type Page struct {
	Card []byte             // README.md
	Own  []source.SmallFile // files made without weights: card, config, picture, terms files and scores
}

// Page draws the picture of m and makes the page of the result at a place.
func (m Merge) Page(at Place, k Known) (Renderer, Page, error) {
	r, err := New(m)
	if err != nil {
		return Renderer{}, Page{}, err
	}
	page, err := r.Render(at, k)
	return r, page, err
}

// Render makes the page of the result at a place.
func (r Renderer) Render(at Place, k Known) (Page, error) {
	f := r.Facts(at, k)
	if r.Picture != nil {
		f.Chart, f.ChartAlt = lock.Chart, r.Picture.Alt
	}
	text, err := card.Render(r.Template.Text, f)
	if e, ok := errors.AsType[*card.TemplateError](err); ok && r.Template.Path != "" {
		return Page{}, &recipe.Fault{File: r.Template.Path, Pos: recipe.Pos{Line: e.Line, Col: e.Col}, Code: "template", Message: e.Message, Hint: e.Hint}
	}
	if err != nil {
		return Page{}, fault.Of(fault.Config, err)
	}
	own, err := r.ownFiles(text, k)
	return Page{text, own}, err
}

// ownFiles are the files of a page.
func (r Renderer) ownFiles(readme []byte, k Known) ([]source.SmallFile, error) {
	own := append(slices.Clone(r.Terms.Files), source.SmallFile{Path: lock.Readme, Data: readme}, source.SmallFile{Path: lock.Recipe, Data: r.Config})
	if r.Picture != nil {
		own = append(own, source.SmallFile{Path: lock.Chart, Data: r.Picture.PNG})
	}
	measured, err := EvaluationFiles(k.Evaluation)
	if err != nil {
		return nil, err
	}
	return append(own, measured...), nil
}

// EvaluationFiles are the files for e: our file with all scores, and those that the Hub shows. There are none for nil.
func EvaluationFiles(e *card.Evaluation) ([]source.SmallFile, error) {
	if e == nil {
		return nil, nil
	}
	text, err := e.Encode()
	if err != nil {
		return nil, err
	}
	files := e.HubFiles()
	files[lock.Evaluation] = text
	var out []source.SmallFile
	for _, name := range slices.Sorted(maps.Keys(files)) {
		out = append(out, source.SmallFile{Path: name, Data: files[name]})
	}
	return out, nil
}
