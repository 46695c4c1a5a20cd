package card

import (
	"slices"
	"strings"
)

// Terms are the licence of a merge, as far as its sources settle it.
type Terms struct {
	License string  // id on the Hub; "" where nothing settles it
	Name    string  // with License "other"
	Link    string  // a URL or a file name; may be empty
	Chosen  bool    // by the publisher, not by the sources
	Sources []Model // what to read instead or beside: every model; nil where all agree
}

// Label is the licence as people name it.
func (t Terms) Label() string { return licenseLabel(t.License, t.Name) }

// NonCommercial tells whether the licence is a Creative Commons one that does not allow
// commercial use.
func (t Terms) NonCommercial() bool {
	return strings.HasPrefix(t.License, "cc-by-nc")
}

// License returns the licence that all models state, and only that: of models that differ, or
// of which one states none, nothing is concluded. "other" is a licence only with a name, and
// "unknown" is none.
func License(models []Model) Terms {
	var t Terms
	for i, m := range models {
		id, name := strings.ToLower(m.License), ""
		if id == "other" {
			name = m.LicenseName
		}
		stated := id != "" && id != "unknown" && (id != "other" || name != "")
		if !stated || i > 0 && (id != t.License || name != t.Name) {
			return Terms{Sources: slices.Clone(models)}
		}
		if i == 0 {
			t = Terms{License: id, Name: name, Link: m.LicenseLink}
		}
	}
	return t
}

// terms is the licence that f's publisher chose, else what the sources settle.
func (f Facts) terms() Terms {
	agreed := License(f.Models)
	if f.License == "" || f.License == agreed.License && f.LicenseName == agreed.Name {
		return agreed
	}
	return Terms{License: f.License, Name: f.LicenseName, Link: f.LicenseLink, Chosen: true, Sources: slices.Clone(f.Models)}
}

func licenseLabel(id, name string) string {
	if id == "other" && name != "" {
		return name
	}
	return id
}

// licenseCell is what the card of m says about its licence.
func licenseCell(m Model) string {
	switch {
	case m.License != "":
		return link(licenseLabel(m.License, m.LicenseName), m.LicenseLink)
	case m.Unread:
		return "not read"
	}
	return "none stated"
}

// builtWith are the words that a licence wants to see in a model's documentation.
//
// Source: section 1.b of the Llama 3, 3.1, 3.2, 3.3 and 4 community licence agreements.
var builtWith = map[string]string{
	"llama3":   "Built with Meta Llama 3",
	"llama3.1": "Built with Llama",
	"llama3.2": "Built with Llama",
	"llama3.3": "Built with Llama",
	"llama4":   "Built with Llama",
}

// notices returns what the licences of the sources want the card to say, each once.
func notices(f Facts) []string {
	var out []string
	for _, m := range f.Models {
		if s := builtWith[strings.ToLower(m.License)]; s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
