package card

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"testing"
)

func TestFrontMatter(t *testing.T) {
	tests := []struct {
		name, readme string
		meta         Metadata
		body         string
	}{
		{"a mapping", "---\nlicense: mit\n---\n# a\n", Metadata{"license": "mit"}, "# a\n"},
		{"carriage returns", "---\r\nlicense: mit\r\n---\r\n# a", Metadata{"license": "mit"}, "# a"},
		{"a byte order mark and blank lines before", "\ufeff\n---\nlicense: mit\n---\n", Metadata{"license": "mit"}, ""},
		{"the end of the file closes", "---\nlicense: mit\n---", Metadata{"license": "mit"}, ""},
		{"a comment alone", "---\n# nothing yet\n---\na", Metadata{}, "a"},
		{"a no stays a word", "---\nlicense: no\n---\n", Metadata{"license": "no"}, ""},
		{"none", "# a\n---\nlicense: mit\n---\n", nil, "# a\n---\nlicense: mit\n---\n"},
		{"at the end of the file, where the Hub does not look", "# a\n\n---\nlicense: mit\n---\n", nil, "# a\n\n---\nlicense: mit\n---\n"},
		{"not closed", "---\nlicense: mit\n", nil, "---\nlicense: mit\n"},
		{"empty file", "", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			meta, body, err := FrontMatter([]byte(tt.readme))
			if err != nil || !reflect.DeepEqual(meta, tt.meta) || string(body) != tt.body {
				t.Errorf("FrontMatter(%q) = %v, %q, %v; want %v, %q", tt.readme, meta, body, err, tt.meta, tt.body)
			}
		})
	}
}

func TestFrontMatterFaults(t *testing.T) {
	for _, readme := range []string{
		"---\n- a\n---\n", "---\njust text\n---\n", "---\na: [\n---\n", "---\na: b\na: c\n---\n", "---\n\ta: b\n---\n",
		"---\na: &x [*x]\n---\n",
	} {
		if meta, _, err := FrontMatter([]byte(readme)); !errors.Is(err, ErrFrontMatter) || meta != nil {
			t.Errorf("FrontMatter(%q) = %v, %v; want ErrFrontMatter", readme, meta, err)
		}
	}
}

func TestMetadata(t *testing.T) {
	m, _, err := FrontMatter([]byte("---\none: a\nlist: [a, 1, b]\nnumber: 5\nnothing:\n---\n"))
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"one": "a", "list": "", "number": "", "nothing": "", "absent": ""} {
		if got := m.Text(key); got != want {
			t.Errorf("Text(%q) = %q, want %q", key, got, want)
		}
	}
	for key, want := range map[string][]string{"one": {"a"}, "list": {"a", "b"}, "number": nil, "nothing": nil, "absent": nil} {
		if got := m.Strings(key); !slices.Equal(got, want) {
			t.Errorf("Strings(%q) = %q, want %q", key, got, want)
		}
	}
}

func TestReadCard(t *testing.T) {
	tests := []struct {
		name, readme string
		want         Model
	}{
		{"all that counts", "---\nlicense: other\nlicense_name: qwen\nlicense_link: LICENSE\nbase_model: a/b\ntags: [x, not-for-all-audiences]\n---\n",
			Model{License: "other", LicenseName: "qwen", LicenseLink: "LICENSE", Parent: "a/b", NotForAllAudiences: true}},
		{"a merge has no one parent", "---\nbase_model: [a/b, c/d]\n---\n", Model{}},
		{"two licenses are no one", "---\nlicense: [mit, apache-2.0]\n---\n", Model{Licenses: []string{"mit", "apache-2.0"}}},
		{"what was known before is gone", "# no front matter", Model{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := Model{License: "mit", LicenseName: "x", LicenseLink: "y", Parent: "z", NotForAllAudiences: true}
			if err := m.ReadCard([]byte(tt.readme)); err != nil || !reflect.DeepEqual(m, tt.want) {
				t.Errorf("ReadCard(%q) gives %+v, %v; want %+v", tt.readme, m, err, tt.want)
			}
		})
	}
	m := Model{License: "mit"}
	if err := m.ReadCard([]byte("---\n- a\n---\n")); !errors.Is(err, ErrFrontMatter) || m.License != "mit" {
		t.Errorf("ReadCard = %v, and the license is %q; want ErrFrontMatter and mit", err, m.License)
	}
}

func FuzzFrontMatter(f *testing.F) {
	for _, s := range []string{"", "---\na: b\n---\nc", "---\n---\n", "---\n\n---", "---\na: &a [*a]\n---\n", "---\n? [a]\n: b\n---\n", "---\n<<: {a: b}\n---\n",
		"---\na: !!binary x\n---\n", "---\n1: .nan\n~: x\n---\n", "\ufeff---\r\na: 'b\r\n---\r\n", "---\n%YAML 1.1\n---\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, readme []byte) {
		in := bytes.Clone(readme)
		meta, body, err := FrontMatter(readme)
		if !bytes.Equal(in, readme) {
			t.Fatal("FrontMatter changed its input")
		}
		if err != nil && (!errors.Is(err, ErrFrontMatter) || meta != nil) {
			t.Fatalf("FrontMatter = %v, %v; want nil and an ErrFrontMatter", meta, err)
		}
		if !bytes.HasSuffix(readme, body) || err == nil && meta == nil && len(body) != len(readme) {
			t.Fatalf("body %q of %q", body, readme)
		}
		if meta == nil {
			return
		}
		// The front matter alone, with no text under it, says the same.
		again, rest, err := FrontMatter(readme[:len(readme)-len(body)])
		if err != nil || len(rest) != 0 || len(again) != len(meta) {
			t.Fatalf("without its body: %v, %q, %v; want %v", again, rest, err, meta)
		}
		for key := range meta {
			if again.Text(key) != meta.Text(key) || !slices.Equal(again.Strings(key), meta.Strings(key)) {
				t.Fatalf("without its body, %q is %v, want %v", key, again[key], meta[key])
			}
		}
	})
}
