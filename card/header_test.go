package card

import "testing"

// What each of these is without quotes was asked of PyYAML 6.0.3 (YAML 1.1), js-yaml (1.2) and yaml.v3.
func TestScalar(t *testing.T) {
	for in, want := range map[string]string{
		"mistralai/Mistral-7B-v0.1": "mistralai/Mistral-7B-v0.1",
		"cc-by-nc-4.0":              "cc-by-nc-4.0",
		"01-ai/Yi-34B":              "01-ai/Yi-34B",
		"no":                        `"no"`,
		"On":                        `"On"`,
		"y":                         `"y"`,
		"null":                      `"null"`,
		"1e5":                       `"1e5"`,
		"0123":                      `"0123"`,
		"1_000":                     `"1_000"`,
		"1:30":                      `"1:30"`,
		"2024-01-01":                `"2024-01-01"`,
		"=":                         `"="`,
		"<<":                        `"<<"`,
		"a: b #c":                   `"a: b #c"`,
		"a\"b\\c":                   `"a\"b\\c"`,
		"https://e.org/LICENSE":     `"https://e.org/LICENSE"`,
	} {
		var h headerWriter
		if got := h.scalar(in); got != want || h.err != nil {
			t.Errorf("scalar(%q) = %s, %v; want %s", in, got, h.err, want)
		}
	}
}

func TestThumbnail(t *testing.T) {
	for _, tt := range []struct {
		name string
		f    Facts
		want string
	}{
		{"a chart in a repo", Facts{Repo: "alice/a", Chart: "merge.png"}, "https://huggingface.co/alice/a/resolve/main/merge.png"},
		{"on another Hub", Facts{Repo: "alice/a", Chart: "merge.png", Endpoint: "http://localhost:8080/"}, "http://localhost:8080/alice/a/resolve/main/merge.png"},
		{"a folder has no address", Facts{Repo: "a", Chart: "merge.png"}, ""},
		{"nor has what cannot be a repo", Facts{Repo: "../a", Chart: "merge.png"}, ""},
		{"no chart", Facts{Repo: "alice/a"}, ""},
	} {
		tt.f.Method.Name, tt.f.Models = "slerp", []Model{{Repo: "x/y"}}
		f, err := tt.f.Prepare()
		if err != nil {
			t.Fatal(err)
		}
		if got := thumbnail(f); got != tt.want {
			t.Errorf("%s: thumbnail = %q, want %q", tt.name, got, tt.want)
		}
	}
}

// The Hub links to LICENSE and LICENSE.md alone; any other file needs its address.
func TestLicenseLinkToAFile(t *testing.T) {
	for _, tt := range []struct{ repo, link, want string }{
		{"a/b", "LICENSE", "LICENSE"}, {"a/b", "LICENSE.md", "LICENSE.md"}, {"a/b", "https://example.org/x", "https://example.org/x"},
		{"a/b", "LICENSE-terms.md", "https://hub.example/a/b/blob/main/LICENSE-terms.md"}, {"b", "LICENSE-terms.md", "LICENSE-terms.md"},
	} {
		if got := licenseLink(Facts{Repo: tt.repo, Endpoint: "https://hub.example"}, tt.link); got != tt.want {
			t.Errorf("licenseLink(%s, %s) = %s, want %s", tt.repo, tt.link, got, tt.want)
		}
	}
}
