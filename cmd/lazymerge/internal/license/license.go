// Package license settles the license of a merge, which follows from its sources or is chosen by its publisher, and the license
// files of the result.
//
// [ReadTerms] reads the sources' files and decides which of them the result gets; [Of] is the license that the card states.
// [NoDerivatives] and [Warnings] say what is wrong with it.
package license

import (
	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
)

// File is the name of the license text of a result.
const File = "LICENSE"

// Choice is the license that a publisher chooses for a merge. The zero Choice derives it from the sources.
type Choice struct {
	ID   string // one of the Hub's
	Name string // with ID "other"
	Link string // with ID "other": a URL or a file of the result; "" is our list of the sources' licenses
}

// terms is what the publisher chose, or else what follows from the sources.
func (c Choice) terms(models []card.Model) card.Terms {
	t := card.License(models)
	if c.ID == "" || c.ID == t.License && c.Name == t.Name && (t.Verdict == card.Agreed || t.Verdict == card.Stricter) {
		return t
	}
	return card.Terms{License: c.ID, Name: c.Name, Link: c.Link, Verdict: card.Chosen}
}

// Stated is what the sources' cards state.
func Stated(sources []*source.Source) []card.Model {
	out := make([]card.Model, len(sources))
	for i, src := range sources {
		out[i] = src.Stated()
	}
	return out
}

// Facts are only the facts that decide the license of a merge and its text.
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

// Of is the license of the result, with its links.
func Of(sources []*source.Source, c Choice, t Terms) card.Terms {
	terms, err := Facts(sources, c, t).Terms()
	if err != nil {
		panic("license: " + err.Error()) // Facts has title, models and method
	}
	return terms
}
