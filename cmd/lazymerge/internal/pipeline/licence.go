package pipeline

import (
	"cmp"
	"fmt"
	"path"
	"strings"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// License is the licence that a publisher chooses for a merge.
type License struct {
	ID   string // of the Hub's list; "" leaves it to what the sources state
	Name string // with ID "other"
	Link string // with ID "other": a URL or the name of a file of the result; "" is our list of the sources' licences
}

// stated is what the sources' own cards say.
func (m *Merge) stated() []card.Model {
	out := make([]card.Model, len(m.Sources))
	for i, src := range m.Sources {
		out[i] = src.Stated()
	}
	return out
}

// terms is what the publisher chose, else what is derived from the sources.
func (s *Setup) terms(models []card.Model) card.Terms {
	t := card.License(models)
	if s.License.ID == "" || s.License.ID == t.License && s.License.Name == t.Name && (t.Verdict == card.Agreed || t.Verdict == card.Stricter) {
		return t
	}
	return card.Terms{License: s.License.ID, Name: s.License.Name, Link: s.License.Link, Verdict: card.Chosen}
}

// licenceFacts are the facts that a licence and its text follow from.
func (m *Merge) licenceFacts() card.Facts {
	l := m.setup.License
	f := card.Facts{Title: "x", Method: card.Method{Name: "x"}, License: l.ID, LicenseName: l.Name, LicenseLink: l.Link}
	for i, c := range m.stated() {
		c.LicenseFile = m.terms.texts[i]
		f.Models = append(f.Models, c)
	}
	if m.terms.Own {
		f.OwnLicense = licenseFile
	}
	return f
}

// noDerivatives are the faults of sources whose licence lets nobody share a merge of them.
func (m *Merge) noDerivatives() []error {
	if m.setup.License.ID != "" {
		return nil
	}
	var errs []error
	for _, src := range m.Sources {
		if t := card.License([]card.Model{src.Stated()}); t.Verdict == card.Forbidden {
			errs = append(errs, &recipe.Fault{File: m.Recipe.File, Pos: src.Ref.Pos, Code: "licence",
				Message: "licence: " + t.Reason,
				Hint:    "take it out, or state with --license ID what its owner has agreed to"})
		}
	}
	return errs
}

// licenceWarnings tell where the licence of the merge is not settled by its sources.
func (m *Merge) licenceWarnings() recipe.Faults {
	models := m.stated()
	var out recipe.Faults
	warn := func(pos recipe.Pos, message, hint string) {
		out = append(out, &recipe.Fault{File: m.Recipe.File, Pos: pos, Warning: true, Code: "licence", Message: message, Hint: hint})
	}
	switch t := m.setup.terms(models); t.Verdict {
	case card.Differ:
		at := 1
		for at < len(models)-1 && strings.EqualFold(models[at].License, models[0].License) && models[at].LicenseName == models[0].LicenseName {
			at++
		}
		hint := "no flag is needed to publish it so; --license ID states another that you have leave to give"
		if m.setup.Strict { // a license that is chosen is no warning
			hint = "--license other --license-name " + t.Name + " says that this is meant; --license ID states another that you have leave to give"
		}
		warn(m.Sources[at].Ref.Pos, "licence: "+t.Reason+"; the card says other, and LICENSE lists them all", hint)
	case card.Unsettled:
		for i, src := range m.Sources {
			if one := card.License(models[i : i+1]); one.Verdict == card.Unsettled {
				warn(src.Ref.Pos, "licence: "+one.Reason+", so that of the merge is unknown", "ask its owner, then state with --license ID what the merge is under")
			}
		}
	}
	if fault := m.nameWarning(models); fault != nil {
		out = append(out, fault)
	}
	return out
}

// noticeWarnings tell that a template of the user's own leaves out what a source's licence wants to be said. A template that does not
// work is told where the card is made.
func (m *Merge) noticeWarnings() recipe.Faults {
	if m.template == "" {
		return nil
	}
	text, err := m.Card(cmp.Or(m.setup.Repo, "merge"), "")
	if err != nil {
		return nil
	}
	var out recipe.Faults
	for _, notice := range card.NoticesMissing(text, m.stated()) {
		out = append(out, &recipe.Fault{File: m.setup.Template, Warning: true, Code: "licence-notice",
			Message: fmt.Sprintf("the card does not say %q, which a source's licence asks for", notice),
			Hint:    "write {{range notices .}}{{.}}. {{end}} into the template"})
	}
	return out
}

// nameWarning tells that a source's licence wants another name for the repo.
func (m *Merge) nameWarning(models []card.Model) *recipe.Fault {
	repo := m.setup.Repo
	if repo == "" {
		return nil
	}
	name := path.Base(repo)
	begin, licence := card.NameAsked(models, name)
	if begin == "" {
		return nil
	}
	better := strings.TrimSuffix(repo, name) + strings.ReplaceAll(begin, " ", "-") + "-" + name
	return &recipe.Fault{Warning: true, Code: "licence-name",
		Message: fmt.Sprintf("licence: %s wants the name of a model made with it to begin with %q, and %s does not", licence, begin, name),
		Hint:    m.setup.Caller.Write("repo", better)}
}

// licence is the licence of the result with its reason.
func (m *Merge) licence() string { return m.result().Sentence() }

// result is the licence of the result with its links.
func (m *Merge) result() card.Terms {
	t, err := m.licenceFacts().Terms()
	if err != nil {
		panic("pipeline: " + err.Error()) // these facts have a title, models and a method
	}
	return t
}

func (m *Merge) reportLicense() ReportLicense {
	t := m.result()
	r := ReportLicense{ID: t.License, Name: t.Name, Link: t.Link, Verdict: t.Verdict, Text: t.Sentence(), Files: []string{}}
	for _, f := range m.terms.Files {
		r.Files = append(r.Files, f.Path)
	}
	return r
}
