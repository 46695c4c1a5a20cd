// Package render writes what a result says of itself: its card, the picture on it, and the lock.
//
// [New] takes a planned [Merge]; [Renderer.Render] makes a [Page] for a place and for what is known of the result, as often as it
// is asked and the same every time. A push renders twice: before the merge, to refuse what cannot be said, and after it.
package render

import (
	"errors"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/card/chart"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/license"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A Merge is a planned merge, as far as card, lock and report speak of it.
type Merge struct {
	Recipe   *recipe.Recipe
	Method   *recipe.Method
	Plan     *plan.Plan
	Sources  []*source.Source // in the order of Plan.Sources
	Config   []byte           // as it is published: the bytes that were read, but for names that are replaced
	Replaced bool             // names in Config were replaced
	License  license.Choice
	Terms    license.Terms
	Template Template
	Options  plan.Options
	Tool     string // version of lazymerge that the card names
}

// A Template is one of the publisher's own; the zero Template is ours.
type Template struct {
	Path string // for faults
	Text string
}

// Known is what is known of a result beyond its plan: what the merge, or somebody afterwards, found.
type Known struct {
	Norm       string           // of a tensor that is far from its sources; "" for none
	Inherited  int64            // values that are NaN or Inf, each where a source has one
	Evaluation *card.Evaluation // nil for none
}

// A Place is what a card is made for.
type Place struct {
	Repo     string // or what the result is called
	Revision string // branch; "" is main
}

// branch is the branch where it is not main; "" otherwise.
func (p Place) branch() string {
	if p.Revision == "main" {
		return ""
	}
	return p.Revision
}

// A Renderer is a Merge with its picture, which is the same on every card.
type Renderer struct {
	Merge
	picture *chart.Picture
}

// New draws what every source gives.
func New(m Merge) (Renderer, error) {
	picture, err := chart.Draw(m.Facts(Place{Repo: "x"}, Known{}))
	if err != nil {
		return Renderer{}, fault.Of(fault.Config, err)
	}
	return Renderer{m, picture}, nil
}

// Picture is that of the card; nil for a method whose numbers do not tell.
func (r Renderer) Picture() *chart.Picture { return r.picture }

// A Page is a card, and what it shows and links to except the lock.
type Page struct {
	Card []byte             // README.md
	Own  []source.SmallFile // files of the result that are known before the merge and come from no model: Card, config, picture, terms of use and scores
}

// Render makes the page of the result at a place.
func (r Renderer) Render(at Place, k Known) (Page, error) {
	f := r.Facts(at, k)
	if r.picture != nil {
		f.Chart, f.ChartAlt = lock.Chart, r.picture.Alt
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
