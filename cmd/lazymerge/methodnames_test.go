package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge"
)

// notOfMethods are words that are also the name of a method or of a method's parameter, and mean something else in the
// file where they stand.
var notOfMethods = []struct{ file, word, reason string }{
	{"card/groups.go", "weight", "how the name of a tensor ends"},
	{"hub/ratelimit.go", "r", "what is left of a quota, in the header RateLimit"},
	{"hub/ratelimit.go", "t", "the time until a quota starts anew, in the header RateLimit"},
	{"merge/plan/quantised.go", "weight", "how the name of a tensor ends"},
	{"merge/recipe/value.go", "t", "a way to write true"},
}

// TestMethodNames holds what is known of a single method to package merge: no other package says the name of a method
// or of a method's parameter. Measurements and the demo may, which merge by methods of their choice.
func TestMethodNames(t *testing.T) {
	const root = "../.."
	isName := map[string]bool{}
	for _, m := range merge.Known() {
		isName[m.Name] = true
		for _, p := range m.Params {
			isName[p.Name] = true
		}
	}
	files := 0
	needed := make([]bool, len(notOfMethods))
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		file := filepath.ToSlash(rel)
		if d.IsDir() {
			if file != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || file == "cmd/lazymerge/internal/bench") {
				return fs.SkipDir
			}
			return nil
		}
		demo, _ := path.Match("cmd/lazymerge/demo*.go", file)
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") || demo || path.Dir(file) == "merge" {
			return nil
		}
		files++
		for _, l := range stringsIn(t, name, nil) {
			if !isName[l.text] {
				continue
			}
			i := slices.IndexFunc(notOfMethods, func(w struct{ file, word, reason string }) bool { return w.file == file && w.word == l.text })
			if i < 0 {
				t.Errorf("%s:%d says %q: only package merge knows the names of methods and of their parameters; ask the table for what is meant", file, l.line, l.text)
				continue
			}
			needed[i] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Errorf("%d files were looked at, want the whole module", files)
	}
	for i, w := range notOfMethods {
		if !needed[i] || w.reason == "" {
			t.Errorf("%s does not say %q, or it has no reason to", w.file, w.word)
		}
	}
}

type stringAt struct {
	text string
	line int
}

// stringsIn returns the strings of a Go file but for its import paths and the tags of its structs. src is its text, nil
// for the one on disk.
func stringsIn(t *testing.T, name string, src any) []stringAt {
	t.Helper()
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, name, src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var found []stringAt
	tags := map[*ast.BasicLit]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			tags[n.Tag] = true
		case *ast.BasicLit:
			if n.Kind == token.STRING && !tags[n] {
				text, err := strconv.Unquote(n.Value)
				if err != nil {
					t.Fatalf("%s: %v", set.Position(n.Pos()), err)
				}
				found = append(found, stringAt{text, set.Position(n.Pos()).Line})
			}
		}
		return true
	})
	return found
}

func TestStringsIn(t *testing.T) {
	const src = "package p\nimport \"imported\"\ntype T struct { F int `tag` }\nvar M = map[string]T{\"key\": {}}\n" +
		"func f(s string) bool { switch s { case `raw`, \"\\x74\": return true }; return s == \"a\"+\"b\" }\n"
	want := []stringAt{{"key", 4}, {"raw", 5}, {"t", 5}, {"a", 5}, {"b", 5}}
	if got := stringsIn(t, "p.go", src); !slices.Equal(got, want) {
		t.Errorf("stringsIn(\n%s) = %v, want %v", src, got, want)
	}
}
