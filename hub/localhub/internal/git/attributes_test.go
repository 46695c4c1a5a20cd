package git

import (
	"slices"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
)

// Every answer below is that of git check-attr.
func TestAttributes(t *testing.T) {
	rules := ParseAttributes(`# comment
*.bin filter=lfs diff=lfs merge=lfs -text
saved_model/**/* filter=lfs
*tfevents* filter=lfs
*.tar.* filter=lfs
/root.dat filter=lfs
dir/*.x filter=lfs
deep/** filter=lfs
no.bin -filter
other.bin filter=other
un.bin !filter
"sp ace.q" filter=lfs
[ab].c filter=lfs
[!a].d filter=lfs
q?.e filter=lfs
esc\*.f filter=lfs
folder/ filter=lfs
!neg.g filter=lfs
**/mid/*.h filter=lfs
[]x].i filter=lfs
a[b.j filter=lfs
*.K filter=lfs
`)
	yes := `x.bin d/x.bin saved_model/x saved_model/a/b saved_model/a/b/c tfevents.1 d/atfeventsb x.tar.gz
		root.dat dir/y.x deep/a deep/a/b a.c b.d qq.e esc*.f mid/x.h a/mid/x.h a/b/mid/x.h x.i ].i x.K`
	no := `x.tar d/root.dat dir/d/y.x e/dir/y.x x/deep/a deep no.bin d/no.bin other.bin un.bin c.c a.d q/.e
		escx.f folder/x neg.g mid/a/x.h ]x.i a[b.j x.k .gitattributes`
	for _, path := range append(strings.Fields(yes), "sp ace.q") {
		if !rules.LFS(path) {
			t.Errorf("%q is not sent to LFS; git sends it", path)
		}
	}
	for _, path := range strings.Fields(no) {
		if rules.LFS(path) {
			t.Errorf("%q is sent to LFS; git does not", path)
		}
	}
}

// Every answer below is that of git check-ignore.
func TestIgnore(t *testing.T) {
	rules := ParseIgnore("*.log\n!keep.log\nbuild/\n/top\na/**/z\n\\#hash\ntrail  \ndocs/*.tmp\n/x/\n**/cache\n# comment\n\n")
	yes := `a.log d/a.log build/x d/build/x top a/z a/b/c/z #hash trail docs/a.tmp x/y cache/y q/cache/y build/keep.log`
	no := `keep.log build d/top docs/b/a.tmp x comment`
	for path := range strings.FieldsSeq(yes) {
		if !rules.Ignored(path) {
			t.Errorf("%q is not ignored; git ignores it", path)
		}
	}
	for path := range strings.FieldsSeq(no) {
		if rules.Ignored(path) {
			t.Errorf("%q is ignored; git does not", path)
		}
	}
}

func TestDefaultAttributes(t *testing.T) {
	rules := ParseAttributes(string(DefaultAttributes))
	for _, path := range []string{"model.safetensors", "tokenizer.model", "runs/events.out.tfevents.1", "a.tar.gz", "saved_model/x/y"} {
		if !rules.LFS(path) {
			t.Errorf("%q is not sent to LFS", path)
		}
	}
	for _, path := range []string{"config.json", "tokenizer.json", "README.md", "model.safetensors.index.json", ".gitattributes"} {
		if rules.LFS(path) {
			t.Errorf("%q is sent to LFS", path)
		}
	}
}

func TestTrack(t *testing.T) {
	tests := []struct {
		name       string
		attributes string
		paths      []string
		want       string
	}{
		{"a path that a rule covers adds nothing", "*.bin filter=lfs", []string{"a.bin"}, "*.bin filter=lfs"},
		{"a line without its end gets one", "*.bin filter=lfs", []string{"a.png"},
			"*.bin filter=lfs\n/a.png filter=lfs diff=lfs merge=lfs -text\n"},
		{"special characters are escaped", "", []string{"d/a b[1]*.x"},
			`"/d/a b\\[1]\\*.x" filter=lfs diff=lfs merge=lfs -text` + "\n"},
	}
	for _, tt := range tests {
		before := []byte(tt.attributes)
		if got := string(Track(before, tt.paths)); got != tt.want {
			t.Errorf("%s: track(%q, %q) = %q, want %q", tt.name, tt.attributes, tt.paths, got, tt.want)
		}
	}
}

// Whatever a path is, the line that track writes for it matches it, and no other path of the
// same name in a folder.
func FuzzTrack(f *testing.F) {
	for _, path := range []string{"a.bin", "a b", `q"uote`, "#x", "!x", "[a]", `d/*?`, "ö/ü", "x\u00a0y"} {
		f.Add(path, "*.bin filter=lfs\n")
	}
	f.Fuzz(func(t *testing.T, path, attributes string) {
		if names.CheckPath(path) != nil || len(attributes) > 1<<16 {
			return
		}
		grown := string(Track([]byte(attributes), []string{path}))
		if !strings.HasPrefix(grown, attributes) {
			t.Fatalf("track(%q, %q) = %q, which changes what was there", attributes, path, grown)
		}
		if !ParseAttributes(grown).LFS(path) {
			t.Fatalf("track(%q, %q) = %q, which does not track it", attributes, path, grown)
		}
		if alone := string(Track(nil, []string{path})); ParseAttributes(alone).LFS("folder/" + path) {
			t.Fatalf("track(nil, %q) = %q, which tracks folder/ too", path, alone)
		}
		if again := Track([]byte(grown), []string{path}); !slices.Equal(again, []byte(grown)) {
			t.Fatalf("track twice gives %q", again)
		}
	})
}
