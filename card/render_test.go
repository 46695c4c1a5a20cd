package card

import (
	"bytes"
	"errors"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/templates"
)

func TestTemplateFaults(t *testing.T) {
	const top = "---\n{{frontmatter .}}\n---\n"
	tests := []struct{ name, tmpl, want string }{
		{"an unknown field", top + "# é {{.Titel}}\n", "template:4:7: .Titel is no field of a card"},
		{"an unknown function", top + "# a\n  {{ shout .Title }}\n", "template:5:6: there is no function shout"},
		{"an action that is not closed", top + "{{if .Title}}\n", "template:5:1: the template ends inside a block"},
		{"a bad operand", "{{.}} {{)}}", "template:1:"},
		{"a fault inside a range", top + "{{range .Models}}\n{{.Repo.Name}}{{end}}", "template:5:8: .Repo.Name: .Name is asked of a string, which has no fields"},
		{"a function with the wrong kind of value", top + "{{intro 5}}", "template:4:9: it takes a card, and this is 5"},
		{"no front matter", "# {{.Title}}\n", "template: the card does not begin with front matter"},
		{"front matter that is not closed", "---\n{{frontmatter .}}\n", "template: the card does not begin with front matter"},
		{"front matter of a list", "---\n- a\n---\n", "template: the front matter is not a YAML mapping"},
		{"a carriage return", top + `{{"a\rb"}}`, "template: the card has a carriage return"},
		{"not UTF-8", top + "\xff", "template: the card is not UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := Render(tt.tmpl, slerpFacts())
			var te *TemplateError
			if !errors.As(err, &te) || !strings.HasPrefix(err.Error(), tt.want) || out != nil {
				t.Errorf("Render(%q) = %q, %v; want a *TemplateError that begins with %q", tt.tmpl, out, err, tt.want)
			}
		})
	}
}

func TestCustomTemplate(t *testing.T) {
	f := slerpFacts()
	f.Title = "a *b*"
	got, err := Render("---\r\n{{frontmatter .}}\r\nlanguage: en\r\n---\r\n# {{text .Title}}\r\n\r\n{{percent 0.5}} {{words 2}} {{count 5}} {{py .Title}}\r\n\r\n\r\n", f)
	if err != nil {
		t.Fatal(err)
	}
	if want := "\nlanguage: en\n---\n# a \\*b\\*\n\n50 % two 5 \"a *b*\"\n"; !bytes.HasSuffix(got, []byte(want)) {
		t.Errorf("Render = %q, want it to end in %q", got, want)
	}
	if meta, _, err := FrontMatter(got); err != nil || meta.Text("language") != "en" || meta.Text("license") != "cc-by-nc-4.0" {
		t.Errorf("front matter %v, %v", meta, err)
	}

	// A copy of the default template, as an editor on Windows saves it, gives the same card.
	want, err := Render("", f)
	if err != nil {
		t.Fatal(err)
	}
	got, err = Render("\uFEFF"+strings.ReplaceAll(templates.Card, "\n", "\r\n"), f)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("Render of a copy of the default = %v, and the cards differ", err)
	}
}

func TestEveryFunctionIsDocumented(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for name := range functions() {
		if !bytes.Contains(doc, []byte("\n//\t"+name+" ")) {
			t.Errorf("doc.go says nothing of the template function %s", name)
		}
	}
}

func TestFactsFaults(t *testing.T) {
	for name, change := range map[string]func(*Facts){
		"no title":                      func(f *Facts) { f.Repo, f.Title = "", "" },
		"a title of control characters": func(f *Facts) { f.Repo, f.Title = "", "\x00\u202e" },
		"no models":                     func(f *Facts) { f.Models = nil },
		"no method":                     func(f *Facts) { f.Method.Name = "" },
		"a config that is no text":      func(f *Facts) { f.Config = "a\xff" },
		"a slice of no model":           func(f *Facts) { f.Slices = []Slice{{Parts: []Part{{Model: 2}}}} },
		"a slice of a negative model":   func(f *Facts) { f.Slices = []Slice{{Parts: []Part{{Model: -1}}}} },
		"a strip of too few models":     func(f *Facts) { f.Strips = []Strip{{Models: make([]Course, 1)}} },
		"a strip of too few layers":     func(f *Facts) { f.Strips = []Strip{{Models: []Course{{}, {Weight: []float64{1, 2}}}}} },
		"too few values":                func(f *Facts) { f.Settings[0].Groups[0].Values = []float64{1, 2} },
		"no values":                     func(f *Facts) { f.Models[1].Settings = []Setting{{Groups: []Group{{}}}} },
	} {
		f := slerpFacts()
		change(&f)
		if out, err := Render("", f); !errors.Is(err, ErrFacts) || out != nil {
			t.Errorf("%s: Render = %q, %v; want ErrFacts", name, out, err)
		}
	}
}

// The output is checked by a second reading, and a check that cannot fail is none.
func TestCheck(t *testing.T) {
	f, err := slerpFacts().Prepare()
	if err != nil {
		t.Fatal(err)
	}
	card, err := Render("", f)
	if err != nil {
		t.Fatal(err)
	}
	if err := check(card, f, false); err != nil {
		t.Fatalf("check = %v", err)
	}
	for want, broken := range map[string][]byte{
		"base_model is":               bytes.Replace(card, []byte("- AIDC-ai-business/Marcoroni-7B-v3\n"), nil, 1),
		"not exactly one yaml block":  append(bytes.Clone(card), "```yaml\n```\n"...),
		"the yaml block is not":       bytes.Replace(card, []byte("dtype: bfloat16"), []byte("dtype: float16"), 1),
		"a carriage return":           bytes.Replace(card, []byte("## Usage"), []byte("## Usage\r"), 1),
		"does not begin with front m": append([]byte("\n# a"), card...),
	} {
		if err := check(broken, f, false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("check = %v, want %q", err, want)
		}
	}
}

func TestRenderLeavesFactsAndIsStable(t *testing.T) {
	f := goldenCards["hostile-names"]()
	f.Endpoint = "http://localhost:8080/"
	before := goldenCards["hostile-names"]()
	before.Endpoint = f.Endpoint
	first, err := Render("", f)
	if err != nil {
		t.Fatal(err)
	}
	f.Settings[0].Groups[1].Values[0], before.Settings[0].Groups[1].Values[0] = 0, 0 // NaN is not equal to itself
	if !reflect.DeepEqual(f, before) {
		t.Error("Render changed the facts")
	}
	f = before
	f.Settings = goldenCards["hostile-names"]().Settings
	for range 20 {
		if again, err := Render("", f); err != nil || !bytes.Equal(again, first) {
			t.Fatalf("Render of the same facts = %v, and the cards differ", err)
		}
	}
	if !bytes.Contains(first, []byte("](http://localhost:8080/mistralai/Mistral-7B-v0.1/tree/"+commitA+")")) || bytes.Contains(first, []byte("huggingface.co")) {
		t.Error("links do not lead to the endpoint")
	}
}

func TestNothingPrivateIsShown(t *testing.T) {
	f := linearLocalFacts()
	f.Models[1].Repo, f.Models[1].URL = "/home/alice/secret-project/model-b", "https://example.org/secret-project"
	f.Models[1].LicenseLink = "secret-project/LICENSE"
	f.Models[1].License, f.Models[1].LicenseName = "other", "own"
	card, err := Render("", f)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(card, []byte("/home/alice")) || bytes.Contains(card, []byte("example.org")) {
		t.Errorf("the card shows where a local model is:\n%s", card)
	}
	if bytes.Contains(card, []byte("lazymerge verify")) {
		t.Error("the card names a command that there is not")
	}
}

// hostile returns facts with s in every place where outside text may stand.
func hostile(s string) Facts {
	f := tiesFacts()
	f.Revision, f.Title, f.DType, f.Version, f.PlanHash, f.PipelineTag = s, s, s, s, s, s
	f.Method = Method{Name: "x-" + s, Title: s, Summary: s, URL: s, Paper: s}
	f.LockFile, f.Chart, f.ChartAlt, f.Checks = s, "merge.png", s, []string{s, s, s}
	f.Models = append(f.Models, Model{Repo: s, Commit: s, License: "other", LicenseName: s, LicenseLink: s, Template: TemplateOther, URL: s, Parent: s})
	f.Models = append(f.Models, Model{Ref: s, License: "x-" + s, Donor: true})
	f.Slices = []Slice{{0, 1, []Part{{3, 0, 1}, {4, 0, 1}}}}
	f.Settings = []Setting{constant("x-"+s, 1), {Name: "y-" + s, Doc: s, Groups: []Group{{Name: s, Values: gradient(32, 0, 1)}, {Name: "z-" + s, Values: []float64{1}}}}}
	return f
}

// skeleton is the block structure of a card: for each line below the front matter what kind of
// line it is, and the number of cells for a row of a table.
func skeleton(body []byte) []string {
	var out []string
	for line := range strings.SplitSeq(string(body), "\n") {
		kind := "text"
		switch {
		case strings.HasPrefix(line, "#"):
			kind, _, _ = strings.Cut(line, " ")
		case strings.HasPrefix(line, "|"):
			kind = strings.Repeat("|", strings.Count(line, "|"))
		case strings.HasPrefix(line, "```"):
			kind = line
		case line == "" || strings.TrimSpace(line) != line:
			kind = "blank or indented"
		}
		out = append(out, kind)
	}
	return out
}

var (
	fenced    = regexp.MustCompile("(?s)\n```.*?\n```\n")
	escapes   = regexp.MustCompile("\\\\[!-/:-@\\[-`{-~]")
	codeSpans = regexp.MustCompile("`[^`\n]*`")
	tags      = regexp.MustCompile(`<[^\n]?`)
)

// rawHTML returns what starts an HTML tag in md, but for the tags that the card itself writes.
func rawHTML(md string) []string {
	md = strings.NewReplacer("<sub>", "", "</sub>", "", "<code>", "", "</code>", "").Replace(fenced.ReplaceAllString(md, "\n"))
	return tags.FindAllString(codeSpans.ReplaceAllString(escapes.ReplaceAllString(md, ""), ""), -1)
}

func FuzzNames(f *testing.F) {
	for _, s := range []string{"a", "no", "1e5", "0123", "on", "~", "null", "=", "<<", "0x1F", "1:30", "2024-01-01", ".inf", "a/b", "a--b", "x|y", "```", "~~~", "<!--", "</sub>", "- a", "1. a", "1)", "a\n# b",
		"\x85", "]( ", "[a]: b", "=", "&a", "*a", "!a", "%a", "@a", "'", "\"", "a: b", "a #b", "---", "...", "\\", "\\|", "$$", "https://e.org/\n", "\u2028", "\ufffe", "{{.Title}}"} {
		f.Add(s)
	}
	plain, err := Render("", hostile("plain"))
	if err != nil {
		f.Fatal(err)
	}
	_, plain, _ = FrontMatter(plain)
	f.Fuzz(func(t *testing.T, s string) {
		facts := hostile(s)
		if clean(s) == "" {
			return // parts of a card without facts are left out, so the structure differs
		}
		if prepared, err := facts.Prepare(); err == nil && usage(prepared) != "" {
			return // this task has usage code of its own
		}
		card, err := Render("", facts)
		if err != nil {
			t.Fatalf("Render = %v", err)
		}
		meta, body, err := FrontMatter(card)
		if err != nil {
			t.Fatalf("FrontMatter = %v", err)
		}
		want := []string{"mistralai/Mistral-7B-v0.1", "OpenPipe/mistral-ft-optimized-1218", "mlabonne/NeuralHermes-2.5-Mistral-7B"}
		if s := clean(s); isRepo(s) && !slices.Contains(want, s) {
			want = append(want, s)
		}
		if got := meta.Strings("base_model"); !slices.Equal(got, want) {
			t.Fatalf("base_model is %q, want %q", got, want)
		}
		if got := meta.Text("pipeline_tag"); got != clean(s) {
			t.Fatalf("pipeline_tag is %q, want %q", got, clean(s))
		}
		if got := meta.Strings("tags"); len(got) != 4 || got[3] != clean("x-"+s) {
			t.Fatalf("tags are %q, want the method x-%q", got, s)
		}
		if got, want := skeleton(body), skeleton(plain); !slices.Equal(got, want) {
			t.Fatalf("with %q the card has the lines %q, want %q\n%s", s, got, want, card)
		}
		if m := rawHTML(string(body)); len(m) > 0 {
			t.Fatalf("with %q the card has the HTML %q", s, m)
		}
		if bytes.Contains(body, []byte("\r")) {
			t.Fatal("a carriage return in the card")
		}
	})
}
