package card

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Terms are the license of a merge, as far as its sources or its publisher settle it.
type Terms struct {
	License string  // id on the Hub; "unknown" or "other" where nothing settles it
	Name    string  // with License "other"
	Link    string  // a URL or a file name; may be empty
	Verdict Verdict // how License came about
	Reason  string  // why, as the end of a sentence that begins with the license, without a full stop
	Sources []Model // what to read beside it: every model; nil where all agree

	NonCommercial bool // it forbids commercial use, or where no one license fits, a source's does
}

// A Verdict is how the license of a merge came about.
type Verdict string

const (
	Agreed    Verdict = "agreed"    // all sources state it
	Stricter  Verdict = "stricter"  // one source states it, and the others' leave room for it
	Differ    Verdict = "differ"    // no one license fits: "other"
	Unsettled Verdict = "unsettled" // a source states none: "unknown"
	Forbidden Verdict = "forbidden" // a source's forbids sharing derivatives
	Chosen    Verdict = "chosen"    // by the publisher
)

// Label is the license as people name it.
func (t Terms) Label() string { return licenseLabel(t.License, t.Name) }

// Sentence is the license with its reason, in one line without a full stop.
func (t Terms) Sentence() string {
	switch t.Verdict {
	case Differ:
		return "other, as no one license fits: " + t.Reason
	case Unsettled:
		return "unknown: " + t.Reason
	case Forbidden:
		return "none: " + t.Reason
	}
	return t.Label() + ", " + t.Reason
}

// License derives the license of a merge of models from what each of them states:
//
//   - where all state the same, that one;
//   - where one goes on holding for what is made from it, or asks for more, and all others leave room for it, that one;
//   - where no one fits, "other";
//   - where a model states none, or "unknown", or "other" without a name, "unknown": nothing is guessed;
//   - where one forbids to share what is made from it, none: a merge is an adaptation.
//
// It compares the texts' own words on adaptations and is no judgment of a case.
func License(models []Model) Terms {
	t := Terms{Sources: slices.Clone(models)}
	var licenses []stated // each once, in order
	var missing []Model
	for _, m := range models {
		s := m.stated()
		switch {
		case s == stated{}:
			missing = append(missing, m)
		case !slices.Contains(licenses, s):
			licenses = append(licenses, s)
		}
		t.NonCommercial = t.NonCommercial || s.kind().noCommerce || slices.ContainsFunc(m.Licenses, func(id string) bool { return knownLicenses[strings.ToLower(id)].noCommerce })
		if s.kind().class == noDerivatives && t.Verdict != Forbidden {
			t.Verdict = Forbidden
			t.Reason = fmt.Sprintf("%s is under %s, which forbids sharing derivatives, and a merge is one", m.Name(), s.label())
		}
	}
	switch {
	case t.Verdict == Forbidden:
		return t
	case len(missing) > 0:
		t.License, t.Verdict, t.Reason = "unknown", Unsettled, silence(missing, len(models))
		return t
	case len(licenses) == 0:
		return Terms{}
	case len(licenses) == 1:
		t.agree(licenses[0])
		return t
	}
	for _, to := range licenses {
		if !slices.ContainsFunc(licenses, func(from stated) bool { return !from.leavesRoom(to) }) {
			t.prevail(to, licenses)
			return t
		}
	}
	t.License, t.Name, t.Verdict, t.Reason = "other", combined(licenses), Differ, conflict(licenses)
	return t
}

// agree fills in what all models state.
func (t *Terms) agree(s stated) {
	t.License, t.Name, t.Verdict = s.id, s.name, Agreed
	switch n := len(t.Sources); n {
	case 1:
		t.Reason = "as the source"
	case 2:
		t.Reason = "as both sources"
	default:
		t.Reason = "as all " + words(n) + " sources"
	}
	t.link(s)
	t.Sources = nil
}

// prevail fills in the one of licenses that the others leave room for.
func (t *Terms) prevail(s stated, licenses []stated) {
	t.License, t.Name, t.Verdict = s.id, s.name, Stricter
	t.NonCommercial = s.kind().noCommerce
	others := labels(slices.DeleteFunc(slices.Clone(licenses), func(o stated) bool { return o == s }))
	t.Reason = "the strictest of " + words(len(licenses)) + ": "
	if len(licenses) == 2 {
		t.Reason = "the stricter of two: "
	}
	room := join(others) + " " + verb(others, "allows", "allow") + " such terms"
	otherTerms := join(others) + " " + verb(others, "allows", "allow") + " other terms for derivatives"
	switch k := s.kind(); {
	case k.class == permissive && len(licenses) == 2 && leavesRoom(s.id, others[0]):
		t.Reason = "which requires the same as " + others[0]
	case k.class == permissive:
		t.Reason += otherTerms
	case k.class == vague:
		t.Reason = "as " + otherTerms
	case k.class == nonCommercial:
		t.Reason += "it forbids commercial use, and " + room
	case k.noCommerce:
		t.Reason += "it forbids commercial use and applies to all derivatives, and " + room
	default:
		t.Reason += "it applies to all derivatives, and " + room
	}
	t.link(s)
}

// link takes the first link that a model gives for s.
func (t *Terms) link(s stated) {
	for _, m := range t.Sources {
		if m.stated() == s {
			t.Link = cmp.Or(t.Link, m.LicenseFile, m.LicenseLink)
		}
	}
}

// silence says which models state no license; of is how many models there are.
func silence(missing []Model, of int) string {
	var none, unread, vague []string
	for _, m := range missing {
		switch id := strings.ToLower(m.License); {
		case id == "unknown", id == "other":
			vague = append(vague, m.Name()+" says only "+id)
		case len(m.Licenses) > 0:
			vague = append(vague, m.Name()+" states "+join(m.Licenses)+" but not whether all or any of them apply")
		case m.Unread:
			unread = append(unread, m.Name())
		default:
			none = append(none, m.Name())
		}
	}
	if len(none) == of && of > 1 {
		return "no source states a license"
	}
	var parts []string
	if len(none) > 0 {
		parts = append(parts, join(none)+" "+verb(none, "states", "state")+" no license")
	}
	if len(unread) > 0 {
		parts = append(parts, verb(unread, "the card of ", "the cards of ")+join(unread)+" could not be read")
	}
	return join(append(parts, vague...))
}

// conflict says why no one license fits, by the first two that are incompatible.
func conflict(licenses []stated) string {
	for i, a := range licenses {
		for _, b := range licenses[:i] {
			if !a.leavesRoom(b) && !b.leavesRoom(a) {
				return clash(b, a)
			}
		}
	}
	return "nothing says that " + join(labels(licenses)) + " are compatible"
}

// clash says why two licenses are incompatible, in either order.
func clash(a, b stated) string {
	order := []class{vague, ownTerms, shareAlike, nonCommercial, permissive}
	if slices.Index(order, a.kind().class) > slices.Index(order, b.kind().class) {
		a, b = b, a
	}
	x, y := a.kind(), b.kind()
	lasting := func(k kind) bool { return k.class == ownTerms || k.class == shareAlike }
	switch {
	case lasting(x) && lasting(y) && x.noCommerce != y.noCommerce:
		if x.noCommerce {
			a, b = b, a
		}
		return fmt.Sprintf("%s and %s each apply to all derivatives, and only %s forbids commercial use", a.label(), b.label(), b.label())
	case lasting(x) && lasting(y):
		return fmt.Sprintf("%s and %s each apply to all derivatives", a.label(), b.label())
	case lasting(x) && y.class == nonCommercial && !x.noCommerce:
		return fmt.Sprintf("%s applies to all derivatives and does not forbid commercial use, but %s does", a.label(), b.label())
	case x.class == shareAlike && y.class == permissive:
		return fmt.Sprintf("%s applies to all derivatives, and nothing says that it allows the conditions of %s", a.label(), b.label())
	}
	return fmt.Sprintf("nothing says that %s and %s are compatible", a.label(), b.label())
}

func labels(licenses []stated) []string {
	out := make([]string, len(licenses))
	for i, s := range licenses {
		out[i] = s.label()
	}
	return out
}

// notInName is what an id of a license does not have in it.
var notInName = regexp.MustCompile(`[^a-z0-9.]+`)

// combined is the license_name of a merge under several licenses: an id made of theirs.
func combined(licenses []stated) string {
	var ids []string
	for _, s := range licenses {
		ids = append(ids, strings.Trim(notInName.ReplaceAllString(strings.ToLower(s.label()), "-"), "-"))
	}
	name := strings.Join(ids, "-and-")
	if len(name) > 60 {
		return fmt.Sprintf("%d-licenses", len(licenses))
	}
	return name
}

// terms is the license that f's publisher chose, else what the sources settle.
func (f Facts) terms() Terms {
	t := License(f.Models)
	switch {
	case f.License == "":
	case f.License == t.License && f.LicenseName == t.Name && (t.Verdict == Agreed || t.Verdict == Stricter):
	default:
		t = Terms{License: f.License, Name: f.LicenseName, Link: f.LicenseLink, Verdict: Chosen, Reason: "chosen by the publisher of this merge",
			Sources: slices.Clone(f.Models), NonCommercial: knownLicenses[f.License].noCommerce}
	}
	if t.License == "other" && t.Link == "" {
		t.Link = f.OwnLicense
	}
	return t
}

// Terms is the license of the merge that f describes, with the links that its card has.
func (f Facts) Terms() (Terms, error) {
	f, err := f.Prepare()
	if err != nil {
		return Terms{}, err
	}
	return f.terms(), nil
}

func licenseLabel(id, name string) string {
	if id == "other" && name != "" {
		return name
	}
	return id
}

// licenseCell is what the card of m says about its license.
func licenseCell(m Model) string {
	switch {
	case m.License != "":
		return link(licenseLabel(m.License, m.LicenseName), cmp.Or(m.LicenseFile, m.LicenseLink))
	case len(m.Licenses) > 0:
		return link(strings.Join(m.Licenses, ", "), cmp.Or(m.LicenseFile, m.LicenseLink))
	case m.Unread:
		return "not read"
	}
	return "none stated"
}
