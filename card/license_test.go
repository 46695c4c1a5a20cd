package card

import (
	"slices"
	"strings"
	"testing"
)

func TestLicenseSlug(t *testing.T) {
	for name, want := range map[string]string{
		"qwen-research": "qwen-research", "Yi_License-1.0": "Yi_License-1.0", "My Lic": "my-lic", "": "", "\n---\nlicense: mit": "license-mit", "許可": "",
		"[a](javascript:alert)": "a-javascript-alert", strings.Repeat("x", 200): strings.Repeat("x", 96),
	} {
		if got := LicenseSlug(name); got != want || LicenseSlug(got) != got {
			t.Errorf("LicenseSlug(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestLicensesInAList(t *testing.T) {
	var m Model
	if err := m.ReadCard([]byte("---\nlicense: [mit, cc-by-nc-4.0]\n---\n")); err != nil {
		t.Fatal(err)
	}
	m.Repo = "a/1"
	got := License([]Model{m, {Repo: "a/2", License: "mit"}})
	if want := "unknown: a/1 states mit and cc-by-nc-4.0 but not whether all or any of them apply"; got.Sentence() != want || got.Verdict != Unsettled || !got.NonCommercial {
		t.Errorf("License = %s, %+v; want %s", got.Sentence(), got, want)
	}
	if got := licenseCell(m); got != "mit, cc-by-nc-4.0" {
		t.Errorf("the cell is %s", got)
	}
}

// under makes models a/1, a/2 ... of licenses. "other:NAME" has a name, "" none, and "?" is a card that could not be read.
func under(licenses ...string) []Model {
	models := make([]Model, len(licenses))
	for i, s := range licenses {
		m := Model{Repo: "a/" + string(rune('1'+i)), License: s}
		if id, name, ok := strings.Cut(s, ":"); ok {
			m.License, m.LicenseName = id, name
		}
		if s == "?" {
			m.License, m.Unread = "", true
		}
		models[i] = m
	}
	return models
}

func TestLicense(t *testing.T) {
	tests := []struct {
		name     string
		licenses string // of the models, in order
		sentence string
		verdict  Verdict
		id       string
	}{
		{"one model", "mit", "mit, as the source", Agreed, "mit"},
		{"two agree", "cc-by-nc-4.0 cc-by-nc-4.0", "cc-by-nc-4.0, as both sources", Agreed, "cc-by-nc-4.0"},
		{"all agree, in any case", "llama3.1 Llama3.1 LLAMA3.1", "llama3.1, as all three sources", Agreed, "llama3.1"},
		{"two with one name", "other:qwen other:qwen", "qwen, as both sources", Agreed, "other"},
		{"an id that the Hub has not is a name", "nvidia-open nvidia-open", "nvidia-open, as both sources", Agreed, "other"},

		{"of two permissive ones the one that asks for more", "mit apache-2.0", "apache-2.0, the stricter of two: mit allows other terms for derivatives", Stricter, "apache-2.0"},
		{"of two that ask for the same the first", "isc mit", "isc, which requires the same as mit", Stricter, "isc"},
		{"three permissive ones", "cc0-1.0 cc-by-4.0 apache-2.0", "cc-by-4.0, the strictest of three: cc0-1.0 and apache-2.0 allow other terms for derivatives", Stricter, "cc-by-4.0"},
		{"a later version of a permissive one", "cc-by-3.0 cc-by-4.0", "cc-by-4.0, the stricter of two: cc-by-3.0 allows other terms for derivatives", Stricter, "cc-by-4.0"},

		{"no commercial use beside a permissive one", "apache-2.0 cc-by-nc-4.0", "cc-by-nc-4.0, the stricter of two: it forbids commercial use, and apache-2.0 allows such terms", Stricter, "cc-by-nc-4.0"},
		{"no commercial use beside credit", "cc-by-nc-4.0 cc-by-4.0", "cc-by-nc-4.0, the stricter of two: it forbids commercial use, and cc-by-4.0 allows such terms", Stricter, "cc-by-nc-4.0"},
		{"no commercial use, with and without share-alike", "cc-by-nc-4.0 cc-by-nc-sa-4.0", "cc-by-nc-sa-4.0, the stricter of two: it forbids commercial use and applies to all derivatives, and cc-by-nc-4.0 allows such terms", Stricter, "cc-by-nc-sa-4.0"},
		{"no commercial use in two versions", "cc-by-nc-4.0 cc-by-nc-3.0 mit", "cc-by-nc-4.0, the strictest of three: it forbids commercial use, and cc-by-nc-3.0 and mit allow such terms", Stricter, "cc-by-nc-4.0"},
		{"share-alike beside no commercial use", "cc-by-sa-4.0 cc-by-nc-4.0", "other, as no one license fits: cc-by-sa-4.0 applies to all derivatives and does not forbid commercial use, but cc-by-nc-4.0 does", Differ, "other"},
		{"two share-alikes of which one forbids commercial use", "cc-by-sa-4.0 cc-by-nc-sa-4.0", "other, as no one license fits: cc-by-sa-4.0 and cc-by-nc-sa-4.0 each apply to all derivatives, and only cc-by-nc-sa-4.0 forbids commercial use", Differ, "other"},
		{"copyleft beside no commercial use", "gpl-3.0 cc-by-nc-4.0", "other, as no one license fits: gpl-3.0 applies to all derivatives and does not forbid commercial use, but cc-by-nc-4.0 does", Differ, "other"},

		{"copyleft beside a permissive one", "apache-2.0 gpl-3.0", "gpl-3.0, the stricter of two: it applies to all derivatives, and apache-2.0 allows such terms", Stricter, "gpl-3.0"},
		{"the patent terms of Apache are too much for the older GPL", "apache-2.0 gpl-2.0", "other, as no one license fits: gpl-2.0 applies to all derivatives, and nothing says that it allows the conditions of apache-2.0", Differ, "other"},
		{"two versions of the GPL, as an id does not say or later", "gpl-2.0 gpl-3.0", "other, as no one license fits: gpl-2.0 and gpl-3.0 each apply to all derivatives", Differ, "other"},
		{"the lesser GPL beside the GPL", "lgpl-3.0 gpl-3.0", "gpl-3.0, the stricter of two: it applies to all derivatives, and lgpl-3.0 allows such terms", Stricter, "gpl-3.0"},
		{"the GPL beside that of servers", "agpl-3.0 gpl-3.0 mit", "agpl-3.0, the strictest of three: it applies to all derivatives, and gpl-3.0 and mit allow such terms", Stricter, "agpl-3.0"},
		{"share-alike to the GPL, one way", "cc-by-sa-4.0 gpl-3.0", "gpl-3.0, the stricter of two: it applies to all derivatives, and cc-by-sa-4.0 allows such terms", Stricter, "gpl-3.0"},
		{"the older share-alike has no such way", "cc-by-sa-3.0 gpl-3.0", "other, as no one license fits: cc-by-sa-3.0 and gpl-3.0 each apply to all derivatives", Differ, "other"},
		{"a later version of a share-alike", "cc-by-sa-3.0 cc-by-sa-4.0", "cc-by-sa-4.0, the stricter of two: it applies to all derivatives, and cc-by-sa-3.0 allows such terms", Stricter, "cc-by-sa-4.0"},
		{"copyleft of two houses", "eupl-1.2 gpl-3.0", "other, as no one license fits: eupl-1.2 and gpl-3.0 each apply to all derivatives", Differ, "other"},

		{"a community license beside a permissive one", "apache-2.0 llama3.1", "llama3.1, the stricter of two: it applies to all derivatives, and apache-2.0 allows such terms", Stricter, "llama3.1"},
		{"two community licenses", "llama3.1 gemma", "other, as no one license fits: llama3.1 and gemma each apply to all derivatives", Differ, "other"},
		{"two versions of a community license", "llama3.1 llama3.3", "other, as no one license fits: llama3.1 and llama3.3 each apply to all derivatives", Differ, "other"},
		{"a community license beside no commercial use", "cc-by-nc-4.0 llama3.1", "other, as no one license fits: llama3.1 applies to all derivatives and does not forbid commercial use, but cc-by-nc-4.0 does", Differ, "other"},
		{"a community license beside share-alike without commercial use", "cc-by-nc-sa-4.0 llama3", "other, as no one license fits: llama3 and cc-by-nc-sa-4.0 each apply to all derivatives, and only cc-by-nc-sa-4.0 forbids commercial use", Differ, "other"},
		{"a community license beside copyleft", "gemma agpl-3.0 mit", "other, as no one license fits: gemma and agpl-3.0 each apply to all derivatives", Differ, "other"},
		{"rules of conduct beside a permissive one", "openrail mit", "openrail, the stricter of two: it applies to all derivatives, and mit allows such terms", Stricter, "openrail"},
		{"two with rules of conduct", "creativeml-openrail-m bigcode-openrail-m", "other, as no one license fits: creativeml-openrail-m and bigcode-openrail-m each apply to all derivatives", Differ, "other"},
		{"rules of conduct beside copyleft", "openrail gpl-3.0", "other, as no one license fits: openrail and gpl-3.0 each apply to all derivatives", Differ, "other"},
		{"research only beside a permissive one", "mit fair-noncommercial-research-license", "fair-noncommercial-research-license, the stricter of two: it forbids commercial use and applies to all derivatives, and mit allows such terms", Stricter, "fair-noncommercial-research-license"},

		{"a name beside a permissive one", "apache-2.0 other:qwen-research", "qwen-research, as apache-2.0 allows other terms for derivatives", Stricter, "other"},
		{"a name beside another", "other:qwen-research other:mrl", "other, as no one license fits: nothing says that qwen-research and mrl are compatible", Differ, "other"},
		{"a name beside a community license", "llama3.1 other:qwen", "other, as no one license fits: nothing says that qwen and llama3.1 are compatible", Differ, "other"},
		{"a family is no one license", "cc gemma", "other, as no one license fits: nothing says that cc and gemma are compatible", Differ, "other"},

		{"no adaptations, even where all agree", "cc-by-nc-nd-4.0 cc-by-nc-nd-4.0", "none: a/1 is under cc-by-nc-nd-4.0, which forbids sharing derivatives, and a merge is one", Forbidden, ""},
		{"no adaptations, whatever is not known", " cc-by-nd-4.0", "none: a/2 is under cc-by-nd-4.0, which forbids sharing derivatives, and a merge is one", Forbidden, ""},

		{"one states none", "mit ", "unknown: a/2 states no license", Unsettled, "unknown"},
		{"some state none", "mit   ", "unknown: a/2, a/3 and a/4 state no license", Unsettled, "unknown"},
		{"nobody states one", "  ", "unknown: no source states a license", Unsettled, "unknown"},
		{"unknown is none", "unknown unknown", "unknown: a/1 says only unknown and a/2 says only unknown", Unsettled, "unknown"},
		{"other without a name is none", "apache-2.0 other", "unknown: a/2 says only other", Unsettled, "unknown"},
		{"a card that was not read says nothing", "cc-by-nc-4.0 ?", "unknown: the card of a/2 could not be read", Unsettled, "unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			models := under(strings.Split(tt.licenses, " ")...)
			got := License(models)
			if got.Sentence() != tt.sentence || got.Verdict != tt.verdict || got.License != tt.id {
				t.Errorf("License = %s (%s, %s), want\n%s (%s, %s)", got.Sentence(), got.Verdict, got.License, tt.sentence, tt.verdict, tt.id)
			}
			if (got.Verdict == Agreed) != (got.Sources == nil) || got.Sources != nil && len(got.Sources) != len(models) {
				t.Errorf("License lists %d sources of %d", len(got.Sources), len(models))
			}
			noCommerce := slices.ContainsFunc(models, func(m Model) bool { return m.stated().kind().noCommerce })
			if got.NonCommercial != noCommerce {
				t.Errorf("NonCommercial = %t, want that of any source", got.NonCommercial)
			}
		})
	}
	if got := License(nil); got.License != "" || got.Verdict != "" {
		t.Errorf("License of no models = %+v", got)
	}
}

// Laws of all pairs of licenses that there are ids for.
func TestLicenseOfAnyTwo(t *testing.T) {
	ids := LicenseIDs()
	for _, a := range ids {
		for _, b := range ids {
			ab, ba := License(under(a, b)), License(under(b, a))
			if ab.Reason == "" || ab.Verdict == "" {
				t.Errorf("%s and %s: no reason", a, b)
			}
			if tie := leavesRoom(a, b) && leavesRoom(b, a); ab.License != ba.License && !tie || ab.Verdict != ba.Verdict {
				t.Errorf("%s and %s give %s, the other way around %s", a, b, ab.Sentence(), ba.Sentence())
			}
			if (ab.Verdict == Stricter) && ab.License != a && ab.License != b {
				t.Errorf("%s and %s give %s", a, b, ab.License)
			}
			// A third model under one of the two changes nothing.
			if three := License(under(a, b, a)); three.License != ab.License || three.Name != ab.Name {
				t.Errorf("%s, %s and %s give %s, without the last %s", a, b, a, three.Sentence(), ab.Sentence())
			}
		}
	}
}

// If any two of three leave room for one of them, there is one for which all three do.
func TestRoomIsTransitive(t *testing.T) {
	ids := LicenseIDs()
	for _, a := range ids {
		for _, b := range ids {
			if !leavesRoom(a, b) {
				continue
			}
			for _, c := range ids {
				if leavesRoom(b, c) && !leavesRoom(a, c) && leavesRoom(c, a) && a != c {
					t.Errorf("%s to %s to %s, and back again", a, b, c)
				}
			}
		}
	}
}

func TestLicenseName(t *testing.T) {
	tests := []struct{ name, licenses, want string }{
		{"ids joined", "llama3.1 gemma", "llama3.1-and-gemma"},
		{"other names in the form of an id", "llama3.1 other:Qwen_Research/v2 gemma", "llama3.1-and-qwen-research-v2-and-gemma"},
		{"too many for a name", "llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 gemma", "7-licenses"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := License(under(strings.Split(tt.licenses, " ")...)).Name; got != tt.want {
				t.Errorf("license_name is %q, want %q", got, tt.want)
			}
		})
	}
}

func TestLicenseLink(t *testing.T) {
	models := under("other:qwen", "other:qwen", "mit")
	models[0].LicenseLink = "https://example.org/qwen"
	if got := License(models).Link; got != "https://example.org/qwen" {
		t.Errorf("link is %q, want that of the first model", got)
	}
	models[0].LicenseFile = "LICENSE"
	if got := License(models).Link; got != "LICENSE" {
		t.Errorf("link is %q, want the file in the result", got)
	}
	f := slerpFacts()
	f.Models = append(f.Models, Model{Repo: "a/b", License: "gemma"})
	f.OwnLicense = "LICENSE"
	if got := f.terms(); got.License != "other" || got.Link != "LICENSE" {
		t.Errorf("where none fits, %s links to %q; want the list of all", got.License, got.Link)
	}
}

func TestChosenLicense(t *testing.T) {
	f := slerpFacts()
	f.License = "cc-by-nc-4.0"
	if got := f.terms(); got.Verdict != Agreed || got.Sources != nil || !got.NonCommercial {
		t.Errorf("a choice of what the sources say anyway: %+v", got)
	}
	f.License = "mit"
	if got := f.terms(); got.Verdict != Chosen || got.License != "mit" || len(got.Sources) != 2 || got.NonCommercial {
		t.Errorf("another choice: %+v", got)
	}
	f.Models[0].License = "cc-by-nd-4.0"
	if got, err := f.Terms(); err != nil || got.Verdict != Chosen || got.Sentence() != "mit, chosen by the publisher of this merge" {
		t.Errorf("a choice where nothing may be shared: %+v, %v", got, err)
	}
}

func TestNotices(t *testing.T) {
	f := Facts{Models: under("llama3.1", "mit", "Llama3.3", "llama3", "llama2", "gemma", "llama3.1")}
	if got, want := notices(f), []string{"Built with Llama", "Built with Meta Llama 3"}; !slices.Equal(got, want) {
		t.Errorf("notices = %q, want %q", got, want)
	}
	want := []string{
		"Llama 3.1 is licensed under the Llama 3.1 Community License, Copyright © Meta Platforms, Inc. All Rights Reserved.",
		"Llama 3.3 is licensed under the Llama 3.3 Community License, Copyright © Meta Platforms, Inc. All Rights Reserved.",
		"Meta Llama 3 is licensed under the Meta Llama 3 Community License, Copyright © Meta Platforms, Inc. All Rights Reserved.",
		"Llama 2 is licensed under the LLAMA 2 Community License, Copyright (c) Meta Platforms, Inc. All Rights Reserved.",
		"Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms",
	}
	if got := Notices(f.Models); !slices.Equal(got, want) {
		t.Errorf("Notices = %q, want %q", got, want)
	}
}

func TestNameAsked(t *testing.T) {
	tests := []struct{ name, licenses, model, begin, license string }{
		{"another name", "mit llama3.1", "out", "Llama", "llama3.1"},
		{"Llama first", "llama3.1", "Llama-out-8B", "", ""},
		{"in lower case", "llama4", "llama4-out", "", ""},
		{"Llama further on", "llama3.2", "Meta-Llama-3.2-out", "Llama", "llama3.2"},
		{"the third wants its number", "llama3", "Llama-out", "Llama 3", "llama3"},
		{"its number in any form", "llama3 llama3.3", "Llama_3-out", "", ""},
		{"the longer of two", "llama3.1 llama3", "out", "Llama 3", "llama3"},
		{"the second asks for nothing", "llama2", "out", "", ""},
		{"nor do others", "gemma apache-2.0", "out", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			begin, license := NameAsked(under(strings.Split(tt.licenses, " ")...), tt.model)
			if begin != tt.begin || license != tt.license {
				t.Errorf("NameAsked = %q, %q; want %q, %q", begin, license, tt.begin, tt.license)
			}
		})
	}
}

func TestLicenseText(t *testing.T) {
	f := slerpFacts()
	f.Models = under("llama3.1", "other:qwen", "gemma", "")
	f.Models[0].LicenseFile = "LICENSE.a--1"
	f.Models[1].LicenseLink = "https://example.org/qwen"
	f.Models[3].Local = true
	text, err := LicenseText(f)
	const want = `This model is a merge of 4 models. No one license covers it:
a model that is not on the Hub states no license.
The terms of all of them hold:

- a/1: llama3.1, see LICENSE.a--1
- a/2: qwen, see https://example.org/qwen
- a/3: gemma, see https://huggingface.co/a/3
- a model that is not on the Hub: no license that is known
`
	if err != nil || string(text) != want {
		t.Errorf("LicenseText = %s, %v; want\n%s", text, err, want)
	}
	f.License, f.LicenseName = "other", "mine"
	if text, err = LicenseText(f); err != nil || !strings.HasPrefix(string(text), "This model is a merge of 4 models. Its license, mine, was chosen by its publisher.\nThe models state:\n\n- a/1: llama3.1, see") {
		t.Errorf("LicenseText of a choice = %s, %v", text, err)
	}
}
