// Package render writes the card of a result, its picture and the lock.
//
// [Merge.Render] makes a [Page] for a place and for what is known of the result, the same every time. A push renders before the
// merge, to fail early, and again after it.
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

func (p Place) branch() string {
	if p.Revision == "main" {
		return ""
	}
	return p.Revision
}

// A Page is a card with the files it shows and links to, except the lock.
type Page struct {
	Card    []byte             // README.md
	Picture *chart.Picture     // on the card; nil if the method has none
	Own     []source.SmallFile // files made without weights: card, config, picture, terms files and scores
}

// Render makes the page of the result at a place.
func (m Merge) Render(at Place, k Known) (Page, error) {
	picture, err := chart.Draw(m.Facts(Place{Repo: "x"}, Known{})) // it is the same everywhere
	if err != nil {
		return Page{}, fault.Of(fault.Config, err)
	}
	f := m.Facts(at, k)
	if picture != nil {
		f.Chart, f.ChartAlt = lock.Chart, picture.Alt
	}
	text, err := card.Render(m.Template.Text, f)
	if e, ok := errors.AsType[*card.TemplateError](err); ok && m.Template.Path != "" {
		return Page{}, &recipe.Fault{File: m.Template.Path, Pos: recipe.Pos{Line: e.Line, Col: e.Col}, Code: "template", Message: e.Message, Hint: e.Hint}
	}
	if err != nil {
		return Page{}, fault.Of(fault.Config, err)
	}
	own := append(slices.Clone(m.Terms.Files), source.SmallFile{Path: lock.Readme, Data: text}, source.SmallFile{Path: lock.Recipe, Data: m.Config})
	if picture != nil {
		own = append(own, source.SmallFile{Path: lock.Chart, Data: picture.PNG})
	}
	measured, err := EvaluationFiles(k.Evaluation)
	return Page{text, picture, append(own, measured...)}, err
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
