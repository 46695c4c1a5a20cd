package pipeline

import (
	"cmp"
	"errors"
	"iter"
	"slices"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/license"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

const methodSource = "https://github.com/lazymerge/lazymerge/blob/main/merge/"

// Card renders the README.md of the result published as repo, or called so, on the branch revision; "" is main.
func (m *Merge) Card(repo, revision string) ([]byte, error) {
	if revision == "main" {
		revision = ""
	}
	m.branch = revision // the lock tells it, for whoever makes the card again
	f := m.facts(repo)
	f.Revision = revision
	picture, err := m.Picture()
	if err != nil {
		return nil, err
	}
	if picture != nil {
		f.Chart, f.ChartAlt = lock.Chart, picture.Alt
	}
	text, err := card.Render(m.template, f)
	if e, ok := errors.AsType[*card.TemplateError](err); ok && m.setup.Template != "" {
		return nil, &recipe.Fault{File: m.setup.Template, Pos: recipe.Pos{Line: e.Line, Col: e.Col}, Code: "template", Message: e.Message, Hint: e.Hint}
	}
	if err != nil {
		return nil, fault.Of(fault.Config, err)
	}
	return text, nil
}

// facts are what the plan and the sources say.
func (m *Merge) facts(repo string) card.Facts {
	method := m.method()
	donor := m.Sources[m.Plan.Donor]
	f := card.Facts{
		Repo:         repo,
		Method:       card.NewMethod(method),
		Parameters:   m.Plan.Params,
		DType:        m.Plan.DType,
		Layers:       m.Plan.Layers,
		Architecture: donor.Model.Config.Architecture,
		LibraryName:  cmp.Or(donor.Card.Library, "transformers"), // a config.json with architectures is theirs
		PipelineTag:  donor.Card.Pipeline,
		Config:       string(m.Config()),
		Replaced:     m.lockCard().Replaced,
		ChatTemplate: donor.Chat != "",
		License:      m.setup.License.ID,
		LicenseName:  m.setup.License.Name,
		LicenseLink:  m.setup.License.Link,
		TermsFiles:   m.terms.Copied,
		LockFile:     lock.Name,
		Version:      m.setup.Version,
		PlanHash:     m.Plan.Hash,
		Checks:       m.checks(),
	}
	f.CustomCode, f.CodeFiles, f.CodeRepos = m.ownCode()
	f.Evaluation = m.known.Evaluation
	if m.terms.Own {
		f.OwnLicense = license.File
	}
	if method.Random {
		f.Seed = &m.Plan.Seed
	}
	f.Method.URL = methodSource + method.Name + ".go"
	shares := m.shares(method)
	base := m.Recipe.Base
	for i, src := range m.Sources {
		c := src.Stated()
		c.Base, c.Donor = base != nil && src.Ref.Same(*base), i == m.Plan.Donor
		c.LicenseFile = m.terms.Texts[i]
		c.Parent = only(src.Card.BaseModel)
		c.NotForAllAudiences = slices.Contains(src.Card.Tags, "not-for-all-audiences")
		c.Template = templateUse(src, donor)
		c.Share = shares[i]
		c.Settings = m.settings(method, recipe.PerModel, i)
		f.Models = append(f.Models, c)
	}
	f.Settings = m.settings(method, recipe.Shared, -1)
	f.Slices = m.slices()
	f.Strips = m.strips(method)
	return f
}

func only(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	return ""
}

func templateUse(src, donor *source.Source) card.TemplateUse {
	switch {
	case src.Chat == "":
		return card.TemplateNone
	case src == donor:
		return card.TemplateTaken
	case src.Chat == donor.Chat:
		return card.TemplateSame
	}
	return card.TemplateOther
}

// settings lists the parameters of a scope that some tensor has another value of than the
// default, or that have no default. model is a source's index, or -1 for shared ones.
func (m *Merge) settings(method *recipe.Method, scope recipe.Scope, model int) []card.Setting {
	var out []card.Setting
	for i := range method.Params {
		p := &method.Params[i]
		if p.Scope != scope || p.Inert || p.Silent { // what has no effect tells nothing
			continue
		}
		told := false
		for _, v := range m.values(method, p, model) {
			told = told || p.Required || v != p.Default
		}
		if told {
			out = append(out, card.Setting{Name: p.Name, Doc: p.Doc, Bool: p.Type == recipe.Bool,
				Groups: card.Groups(m.Plan.Layers, m.values(method, p, model))})
		}
	}
	return out
}

// values ranges over the outputs that have a value of p, which is model's where p is of each model. An optional parameter that is absent
// has its default; it is absent, too, where a stack takes a tensor as it is.
func (m *Merge) values(method *recipe.Method, p *recipe.Param, model int) iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		for i := range m.Plan.Outputs {
			o := &m.Plan.Outputs[i]
			call := o.Call()
			if p.Scope == recipe.Shared {
				if call == nil {
					continue
				}
				if v, has := call.Args.Shared[p.Name]; has && !yield(o.Name(), v) {
					return
				}
				continue
			}
			for k, in := range o.Inputs() {
				if in.Model != model {
					continue
				}
				v, has := p.Default, p.Optional && method.Result == recipe.Stack
				if call != nil {
					if given, is := call.Args.PerModel[k][p.Name]; is {
						v, has = given, true
					}
				}
				if has && !yield(o.Name(), v) {
					return
				}
			}
		}
	}
}

// slices describes the layers of a result that is not made of whole models in place.
func (m *Merge) slices() []card.Slice {
	if m.Recipe.Form != recipe.FormSlices {
		return nil
	}
	index := map[string]int{}
	for i, src := range m.Sources {
		index[src.Ref.String()] = i
	}
	var out []card.Slice
	at := 0
	for _, s := range m.Recipe.Slices {
		n := s.Sources[0].Layers.End - s.Sources[0].Layers.First
		one := card.Slice{First: at, End: at + n}
		for _, src := range s.Sources {
			one.Parts = append(one.Parts, card.Part{Model: index[src.Model.String()], First: src.Layers.First, End: src.Layers.End})
		}
		out = append(out, one)
		at += n
	}
	if len(out) == 1 && m.inPlace(out[0]) {
		return nil
	}
	return out
}

// inPlace tells whether a slice is the whole of every model in it.
func (m *Merge) inPlace(s card.Slice) bool {
	for _, part := range s.Parts {
		if part.First != 0 || part.End != m.Sources[part.Model].Model.Config.Layers {
			return false
		}
	}
	return true
}
