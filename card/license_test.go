package card

import (
	"slices"
	"testing"
)

func TestLicense(t *testing.T) {
	mit := Model{Repo: "a/mit", License: "mit"}
	own := func(repo, name, link string) Model {
		return Model{Repo: repo, License: "other", LicenseName: name, LicenseLink: link}
	}
	tests := []struct {
		name           string
		models         []Model
		id, label, url string
	}{
		{"one model", []Model{mit}, "mit", "mit", ""},
		{"all agree", []Model{mit, mit, mit}, "mit", "mit", ""},
		{"case does not matter", []Model{mit, {License: "MIT"}}, "mit", "mit", ""},
		{"two that differ", []Model{mit, {License: "apache-2.0"}}, "", "", ""},
		{"one states none", []Model{mit, {}}, "", "", ""},
		{"the first states none", []Model{{}, mit}, "", "", ""},
		{"unknown is no licence", []Model{{License: "unknown"}, {License: "unknown"}}, "", "", ""},
		{"other with one name", []Model{own("a/x", "qwen", "LICENSE"), own("a/y", "qwen", "LICENSE.md")}, "other", "qwen", "LICENSE"},
		{"other with two names", []Model{own("a/x", "qwen", ""), own("a/y", "gemma", "")}, "", "", ""},
		{"other without a name is none", []Model{own("a/x", "", "LICENSE"), own("a/y", "", "LICENSE")}, "", "", ""},
		{"a name counts only with other", []Model{mit, {License: "mit", LicenseName: "x"}}, "mit", "mit", ""},
		{"no models", nil, "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := License(tt.models)
			if got.License != tt.id || got.Label() != tt.label || got.Link != tt.url {
				t.Errorf("License = %q, %q, %q; want %q, %q, %q", got.License, got.Label(), got.Link, tt.id, tt.label, tt.url)
			}
			if settled := tt.id != "" || len(tt.models) == 0; settled != (got.Sources == nil) || !settled && len(got.Sources) != len(tt.models) {
				t.Errorf("License lists %d sources of %d", len(got.Sources), len(tt.models))
			}
		})
	}
}

func TestChosenLicense(t *testing.T) {
	f := slerpFacts()
	f.License = "cc-by-nc-4.0"
	if got := f.terms(); got.Chosen || got.Sources != nil || !got.NonCommercial() {
		t.Errorf("a choice of what the sources say anyway: %+v", got)
	}
	f.License = "mit"
	if got := f.terms(); !got.Chosen || got.License != "mit" || len(got.Sources) != 2 || got.NonCommercial() {
		t.Errorf("another choice: %+v", got)
	}
}

func TestNotices(t *testing.T) {
	f := Facts{Models: []Model{{License: "llama3.1"}, {License: "mit"}, {License: "Llama3.3"}, {License: "llama3"}, {License: "llama2"}}}
	want := []string{"Built with Llama", "Built with Meta Llama 3"}
	if got := notices(f); !slices.Equal(got, want) {
		t.Errorf("notices = %q, want %q", got, want)
	}
}
