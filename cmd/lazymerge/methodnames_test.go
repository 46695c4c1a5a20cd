package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/lazymerge/lazymerge/merge"
)

// notOfMethods are words that are also the name of a method or of a method's parameter, and mean something else in the
// file where they stand.
var notOfMethods = []struct{ file, word, reason string }{
	{"card/groups.go", "weight", "how the name of a tensor ends"},
	{"hub/ratelimit.go", "r", "what is left of a quota, in the header RateLimit"},
	{"hub/ratelimit.go", "t", "the time until a quota starts anew, in the header RateLimit"},
	{"merge/plan/quantized.go", "weight", "how the name of a tensor ends"},
	{"merge/recipe/value.go", "t", "a way to write true"},
	{"templates/card.md.tmpl", "linear", "how values lie between those of a list"},
}

// TestMethodNames holds what is known of a single method to package merge: no other package and no template says the name of
// a method or of a method's parameter, nor the name of a method within a longer text, unless it is as short as a word of
// English. Measurements and the demo may, which merge by methods of their choice.
func TestMethodNames(t *testing.T) {
	const root = "../.."
	isName, isWord := map[string]bool{}, map[string]bool{}
	for _, m := range merge.Known() {
		isName[m.Name] = true
		isWord[m.Name] = len(m.Name) >= 5 || strings.Contains(m.Name, "_")
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
		var found []stringAt
		switch {
		case strings.HasSuffix(file, ".tmpl"):
			found = stringsInTemplate(t, name)
		case strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go") && !demo && path.Dir(file) != "merge":
			found = stringsIn(t, name, nil)
		default:
			return nil
		}
		files++
		for _, l := range found {
			words := strings.FieldsFunc(l.text, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
			words = slices.DeleteFunc(words, func(w string) bool { return !isWord[w] })
			if isName[l.text] {
				words = []string{l.text}
			}
			for _, word := range words {
				i := slices.IndexFunc(notOfMethods, func(w struct{ file, word, reason string }) bool { return w.file == file && w.word == word })
				if i < 0 {
					t.Errorf("%s:%d says %q: only package merge knows the names of methods and of their parameters; ask the table for what is meant", file, l.line, word)
					continue
				}
				needed[i] = true
			}
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

// quoted is a string within a template.
var quoted = regexp.MustCompile(`"[^"]*"`)

// stringsInTemplate returns the lines of a template, and the strings in them.
func stringsInTemplate(t *testing.T, name string) []stringAt {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var found []stringAt
	for i, line := range strings.Split(string(text), "\n") {
		found = append(found, stringAt{line, i + 1})
		for _, s := range quoted.FindAllString(line, -1) {
			found = append(found, stringAt{strings.Trim(s, `"`), i + 1})
		}
	}
	return found
}

// stringsIn returns the strings of a Go file but for its import paths and the tags of its structs, those that are joined
// with + as one. src is its text, nil for the one on disk.
func stringsIn(t *testing.T, name string, src any) []stringAt {
	t.Helper()
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, name, src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var found []stringAt
	tags := map[ast.Expr]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			tags[n.Tag] = true
		case ast.Expr:
			if text, ok := literal(n); ok && !tags[n] {
				found = append(found, stringAt{text, set.Position(n.Pos()).Line})
				return false
			}
		}
		return true
	})
	return found
}

// literal returns the text of a string, or of strings that are joined.
func literal(e ast.Expr) (text string, ok bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, e.Kind == token.STRING && err == nil
	case *ast.BinaryExpr:
		left, isLeft := literal(e.X)
		right, isRight := literal(e.Y)
		return left + right, e.Op == token.ADD && isLeft && isRight
	}
	return "", false
}

func TestStringsIn(t *testing.T) {
	const src = "package p\nimport \"imported\"\ntype T struct { F int `tag` }\nvar M = map[string]T{\"key\": {}}\n" +
		"func f(s string) bool { switch s { case `raw`, \"\\x74\": return true }; return s == \"a\"+\"b\"+s+(\"c\"+`d`) }\n"
	want := []stringAt{{"key", 4}, {"raw", 5}, {"t", 5}, {"ab", 5}, {"cd", 5}}
	if got := stringsIn(t, "p.go", src); !slices.Equal(got, want) {
		t.Errorf("stringsIn(\n%s) = %v, want %v", src, got, want)
	}
}
