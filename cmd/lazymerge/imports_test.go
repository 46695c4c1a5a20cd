package main

import (
	"encoding/json"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/lazymerge/lazymerge/"

// pkg is what go list tells of a package.
type pkg struct {
	ImportPath string
	Imports    []string
}

// TestImports holds the packages to the one direction in which they may know each other.
func TestImports(t *testing.T) {
	const rooms = "hub/localhub/internal"
	room := func(names ...string) func(string) bool {
		return func(s string) bool { return path.Dir(s) == rooms && slices.Contains(names, path.Base(s)) }
	}
	but := func(may func(string) bool) func(string) bool {
		return func(s string) bool { return ours(s) && !may(s) }
	}
	rules := []struct {
		what     string
		from     func(string) bool // import path without the module
		excepted func(string) bool // packages that the rule does not hold for
		not      func(string) bool
	}{
		{"hub and merge do not know each other", under("hub"), none, under("merge")},
		{"merge does not know hub, card or cmd, but for how files are opened", under("merge"), none, func(s string) bool {
			return s != "hub/inside" && under("hub", "card", "templates", "cmd")(s)
		}},
		{"card uses only merge/recipe and templates", is("card"), none, func(s string) bool {
			return ours(s) && !slices.Contains([]string{"merge/recipe", "templates"}, s)
		}},
		{"the chart uses only the card and merge/recipe", is("card/chart"), none, func(s string) bool {
			return ours(s) && !slices.Contains([]string{"card", "merge/recipe"}, s)
		}},
		{"templates uses nothing of ours", under("templates"), none, ours},
		{"hub/inside uses nothing of ours", under("hub/inside"), none, ours},
		{"merge/recipe uses nothing of ours but its own rooms", under("merge/recipe"), none, func(s string) bool {
			return ours(s) && !strings.HasPrefix(s, "merge/recipe/internal/")
		}},
		{"merge/plan does not use the engine", under("merge/plan"), none, func(s string) bool { return s == "merge" }},
		{"localhub does not use hub", under("hub/localhub"), none, func(s string) bool { return s == "hub" || strings.HasPrefix(s, "hub/internal") }},
		{"localhub's rooms do not use localhub", under(rooms), none, is("hub/localhub")},
		{"the lowest rooms of localhub use nothing of ours", room("names", "refusal", "depot", "page"), none, ours},
		{"localhub/git knows names", room("git"), none, but(room("names"))},
		{"localhub/store knows what it keeps, and nobody who asks", room("store"), none, but(room("depot", "git", "names", "refusal"))},
		{"localhub/model and account know the store", room("model", "account"), none, but(room("store", "depot", "git", "names", "refusal"))},
		{"localhub/signed, traffic and faults know no repos", room("signed", "traffic", "faults"), none, but(room("refusal", "signed", "traffic"))},
		{"localhub/web knows nobody who answers", room("web"), none, room("api", "storage", "pages", "page", "faults", "traffic", "signed", "model")},
		{"localhub/api does not know storage and pages", room("api"), none, room("storage", "pages", "page", "faults", "traffic")},
		{"localhub/storage does not know api and pages", room("storage"), none, room("api", "pages", "page", "model", "faults", "traffic")},
		{"localhub/pages does not know api and storage", room("pages"), none, room("api", "storage", "signed", "faults", "traffic")},
		{"hub/openfiles uses nothing of ours", under("hub/openfiles"), none, ours},
		{"cobra stays in cmd", everything, under("cmd/lazymerge"), is("github.com/spf13/cobra")},
		{"cobra stays out of the internal packages", under("cmd/lazymerge/internal"), none, is("github.com/spf13/cobra")},
		{"go-retryablehttp stays in hub", everything, under("hub"), is("github.com/hashicorp/go-retryablehttp")},
		{"float16 stays with the types", everything, under("merge/dtype", "merge/internal/vec"), is("github.com/x448/float16")},
		{"fonts and images stay in the chart", everything, is("card/chart"), func(s string) bool { return strings.HasPrefix(s, "golang.org/x/image/") }},
		{"yaml.v3 stays in merge/recipe, card and localhub", everything, under("merge/recipe", "card", "hub/localhub"), is("gopkg.in/yaml.v3")},
	}
	packages := list(t)
	if len(packages) < 10 {
		t.Fatalf("go list found %d packages", len(packages))
	}
	for _, r := range rules {
		matched := false
		for _, p := range packages {
			from := strings.TrimPrefix(p.ImportPath, module)
			if !r.from(from) || r.excepted(from) {
				continue
			}
			matched = true
			for _, imp := range p.Imports {
				if r.not(strings.TrimPrefix(imp, module)) {
					t.Errorf("%s: %s imports %s", r.what, from, strings.TrimPrefix(imp, module))
				}
			}
		}
		if !matched {
			t.Errorf("%s: the rule holds for no package", r.what)
		}
	}
}

func everything(string) bool { return true }

func none(string) bool { return false }

func ours(s string) bool {
	first, _, _ := strings.Cut(s, "/")
	return slices.Contains([]string{"cmd", "hub", "merge", "card", "templates", "internal"}, first)
}

func is(path string) func(string) bool { return func(s string) bool { return s == path } }

func under(dirs ...string) func(string) bool {
	return func(s string) bool {
		return slices.ContainsFunc(dirs, func(d string) bool { return s == d || strings.HasPrefix(s, d+"/") })
	}
}

func list(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}
