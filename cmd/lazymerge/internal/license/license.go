// Package license settles the license of a merge: what its sources' licenses come to or its publisher chose, and which files on terms
// of use the result has.
//
// [ReadTerms] reads the sources' files and decides what the result has of them; [Of] is the license that the card states then.
// [NoDerivatives] and [Warnings] tell what stands in the way of it.
package license

import (
	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
)

// File is the name of the text of a result's license.
const File = "LICENSE"

// Choice is the license that a publisher chooses for a merge. The zero Choice leaves it to what the sources state.
type Choice struct {
	ID   string // of the Hub's list
	Name string // with ID "other"
	Link string // with ID "other": a URL or the name of a file of the result; "" is our list of the sources' licenses
}

// terms is what the publisher chose, else what is derived from the sources.
func (c Choice) terms(models []card.Model) card.Terms {
	t := card.License(models)
	if c.ID == "" || c.ID == t.License && c.Name == t.Name && (t.Verdict == card.Agreed || t.Verdict == card.Stricter) {
		return t
	}
	return card.Terms{License: c.ID, Name: c.Name, Link: c.Link, Verdict: card.Chosen}
}

// Stated is what the sources' own cards say.
func Stated(sources []*source.Source) []card.Model {
	out := make([]card.Model, len(sources))
	for i, src := range sources {
		out[i] = src.Stated()
	}
	return out
}

// Facts are the facts that the license of a merge of sources and its text follow from, and no others.
func Facts(sources []*source.Source, c Choice, t Terms) card.Facts {
	f := card.Facts{Title: "x", Method: card.Method{Name: "x"}, License: c.ID, LicenseName: c.Name, LicenseLink: c.Link}
	for i, m := range Stated(sources) {
		m.LicenseFile = t.Texts[i]
		f.Models = append(f.Models, m)
	}
	if t.Own {
		f.OwnLicense = File
	}
	return f
}

// Of is the license of the result with its links.
func Of(sources []*source.Source, c Choice, t Terms) card.Terms {
	terms, err := Facts(sources, c, t).Terms()
	if err != nil {
		panic("license: " + err.Error()) // these facts have a title, models and a method
	}
	return terms
}
