package model

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestFrontMatter(t *testing.T) {
	tests := []struct {
		name, card, want string
		ok               bool
	}{
		{"a card", "---\na: 1\nb: 2\n---\n# x\n---\n", "a: 1\nb: 2\n", true},
		{"Windows line ends", "---\r\na: 1\r\n---\r\ntext", "a: 1\r\n", true},
		{"a byte order mark", "\ufeff---\na: 1\n---", "a: 1\n", true},
		{"no keys", "---\n---\n", "", true},
		{"no end", "---\na: 1\n", "", false},
		{"after blank lines", "\n \t\r\n---\na: 1\n---\n", "a: 1\n", true},
		{"not at the start", "text\n---\na: 1\n---\n", "", false},
		{"a rule is not a start", "----\na: 1\n---\n", "", false},
		{"nothing", "", "", false},
	}
	for _, tt := range tests {
		if got, _, ok := FrontMatter(tt.card); got != tt.want || ok != tt.ok {
			t.Errorf("%s: frontMatter(%q) = %q, %v; want %q, %v", tt.name, tt.card, got, ok, tt.want, tt.ok)
		}
	}
}

// A card without front matter is shown as it is, blanks and all.
func TestNoFrontMatterIsText(t *testing.T) {
	const card = "    code\n\ntext\n"
	if _, text, ok := FrontMatter(card); ok || text != card {
		t.Errorf("the text of %q is %q, %v", card, text, ok)
	}
}

func TestJudgeCard(t *testing.T) {
	tests := []struct {
		name, meta string
		errors     []string // one substring each, in order
		warnings   int
	}{
		{"a card of a merge", "license: apache-2.0\nlibrary_name: transformers\npipeline_tag: text-generation\nbase_model: [a/b, c/d]\n" +
			"base_model_relation: merge\ntags: [mergekit, merge]\nlanguage: en\ndatasets: [x/y]\nmodel-index: []", nil, 0},
		{"no keys", "", nil, 1},
		{"a list", "- a", []string{"not a mapping"}, 0},
		{"a text", "just text", []string{"not a mapping"}, 0},
		{"no YAML", "a: [", []string{"not YAML"}, 0},
		{"a key twice", "a: 1\na: 2", []string{"not YAML"}, 0},
		{"an unknown license", "license: gpl-2.0-or-later", []string{`"license" must be one of [apache-2.0, mit,`}, 0},
		{"several licenses", "license: [mit, gemma]", nil, 0},
		{"one of several licenses is unknown", "license: [mit, mine]", []string{`"license" must be one of`}, 0},
		{"a license that is a number", "license: 3", []string{`"license" must be a string`}, 0},
		{"another license without a name", "license: other", nil, 1},
		{"another license with a name", "license: other\nlicense_name: mine\nlicense_link: LICENSE", nil, 0},
		{"a local base model", "base_model: ./models/a", []string{`"base_model" with value "./models/a"`}, 0},
		{"base models of which two are bad", "base_model: [a/b, /x, a/b/c]", []string{`"/x"`, `"a/b/c"`}, 0},
		{"a base model that YAML reads as a number", "base_model: [1e5]", []string{`"base_model[0]" must be a string`}, 0},
		{"an unknown relation", "base_model_relation: mix", []string{`"base_model_relation" must be one of`}, 0},
		{"tags with a number and a list", "tags: [a, 1, [b]]", []string{`"tags[1]"`, `"tags[2]"`}, 0},
		{"tags that are a mapping", "tags: {a: b}", []string{`"tags" must be`}, 0},
		{"a pipeline tag that is a list", "pipeline_tag: [a]", []string{`"pipeline_tag" must be a string`}, 0},
		{"results that are no list", "model-index: x", []string{`"model-index" must be an array`}, 0},
		{"no is a text, as in YAML 1.2", "language: no", nil, 0},
	}
	for _, tt := range tests {
		v := Judge("---\n"+tt.meta+"\n---\n", "model")
		ok := len(v.Errors) == len(tt.errors) && len(v.Warnings) == tt.warnings
		for i := range v.Errors {
			ok = ok && strings.Contains(v.Errors[i].Message, tt.errors[i])
		}
		if !ok {
			t.Errorf("%s: judgeCard(%q) = %+v; want errors %q and %d warnings", tt.name, tt.meta, v, tt.errors, tt.warnings)
		}
	}
	if v := Judge("# no metadata", "model"); len(v.Errors) != 0 || len(v.Warnings) != 1 {
		t.Errorf("a card without metadata gives %+v", v)
	}
	if v := Judge("---\nbase_model: ./x\n---\n", "dataset"); len(v.Errors) != 0 {
		t.Errorf("base_model of a dataset gives %+v", v)
	}
	if big := "---\na: " + strings.Repeat("x", maxFrontMatter) + "\n---\n"; len(Judge(big, "model").Errors) != 1 {
		t.Error("metadata beyond the limit is taken")
	}
}

func TestLicenses(t *testing.T) {
	for _, id := range []string{"apache-2.0", "mit", "llama3.1", "cc-by-nc-4.0", "gemma", "other", "unknown"} {
		if !slices.Contains(Licenses, id) {
			t.Errorf("license %s is not known", id)
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(Licenses)))) != len(Licenses) {
		t.Error("a license is there twice")
	}
}

func TestPlainValues(t *testing.T) {
	got, err := parseCard("---\nd: 2024-01-02\nn: .nan\ni: .inf\n1: one\nm: {true: [1, {2: x}]}\n---\n")
	if err != nil {
		t.Fatal(err)
	}
	want := Card{
		"d": "2024-01-02T00:00:00.000Z", "n": nil, "i": nil, "1": "one",
		"m": map[string]any{"true": []any{1, map[string]any{"2": "x"}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("parseCard = %#v, want %#v", got, want)
	}
}

// Whatever a card is, judging it ends, and what is shown of it is JSON.
func FuzzCard(f *testing.F) {
	for _, meta := range []string{"a: 1", "a: &x [*x]", "a: &x {b: 1}\nc: {<<: *x}", "? [a]\n: b", "!!binary x", "a: !!float x", "- a"} {
		f.Add("---\n" + meta + "\n---\n")
	}
	f.Fuzz(func(t *testing.T, card string) {
		v := Judge(card, "model")
		if _, err := json.Marshal(v); err != nil {
			t.Fatalf("judgeCard(%q) = %+v: %v", card, v, err)
		}
		meta, err := parseCard(card)
		if err != nil && (meta != nil || len(v.Errors) == 0) {
			t.Fatalf("parseCard(%q) = %v, %v; judgeCard has no error", card, meta, err)
		}
		if _, err := json.Marshal(meta); err != nil {
			t.Fatalf("parseCard(%q) = %#v: %v", card, meta, err)
		}
	})
}
