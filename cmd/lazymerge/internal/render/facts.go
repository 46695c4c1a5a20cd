package render

import (
	"cmp"
	"slices"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/license"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

const methodSource = "https://github.com/lazymerge/lazymerge/blob/main/merge/"

// Facts are what the plan and the sources say, for a card.
func (m Merge) Facts(at Place, k Known) card.Facts {
	method := m.Method
	donor := m.Sources[m.Plan.Donor]
	f := card.Facts{
		Repo:         at.Repo,
		Revision:     at.branch(),
		Method:       card.NewMethod(method),
		Parameters:   m.Plan.Params,
		DType:        m.Plan.DType,
		Layers:       m.Plan.Layers,
		Architecture: donor.Model.Config.Architecture,
		LibraryName:  cmp.Or(donor.Card.Library, "transformers"), // as every config.json with architectures
		PipelineTag:  donor.Card.Pipeline,
		Config:       string(m.Config),
		Replaced:     m.Replaced,
		ChatTemplate: donor.Chat != "",
		License:      m.License.ID,
		LicenseName:  m.License.Name,
		LicenseLink:  m.License.Link,
		TermsFiles:   m.Terms.Copied,
		LockFile:     lock.Name,
		Version:      m.Tool,
		PlanHash:     m.Plan.Hash,
		Checks:       m.checks(k),
		Evaluation:   k.Evaluation,
		Settings:     m.settings(recipe.Shared, -1),
		Slices:       m.slices(),
		Strips:       m.strips(),
	}
	f.CustomCode, f.CodeFiles, f.CodeRepos = m.ownCode()
	if m.Terms.Own {
		f.OwnLicense = license.File
	}
	if method.Random {
		f.Seed = &m.Plan.Seed
	}
	f.Method.URL = methodSource + method.Name + ".go"
	shares := m.Shares()
	base := m.Recipe.Base
	for i, src := range m.Sources {
		c := src.Stated()
		c.Base, c.Donor = base != nil && src.Ref.Same(*base), i == m.Plan.Donor
		c.LicenseFile = m.Terms.Texts[i]
		if len(src.Card.BaseModel) == 1 {
			c.Parent = src.Card.BaseModel[0]
		}
		c.NotForAllAudiences = slices.Contains(src.Card.Tags, "not-for-all-audiences")
		c.Template = templateUse(src, donor)
		c.Share = shares[i]
		c.Settings = m.settings(recipe.PerModel, i)
		f.Models = append(f.Models, c)
	}
	return f
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
