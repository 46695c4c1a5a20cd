package main

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/report"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/verify"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// printedAsJSON are the objects of --json, by the section of the page that describes them.
var printedAsJSON = map[string]any{
	"Faults and warnings":     report.Refusal{},
	"push, merge, card, demo": resultJSON{},
	"plan":                    report.Report{},
	"validate":                validity{},
	"verify":                  verify.Verdict{},
	"methods":                 methodsJSON{},
	"card --fields":           fieldsJSON{},
	"version":                 versionJSON{},
}

const jsonPage = "docs/json.md"

// TestJSONPageNamesEveryField compares the keys that can be printed with those of the page, both ways.
func TestJSONPageNamesEveryField(t *testing.T) {
	sections := jsonSections(t)
	for title, object := range printedAsJSON {
		named := sections[title]
		if len(named) == 0 {
			t.Errorf("%s has no section %q with fields", jsonPage, title)
			continue
		}
		printed := keysOfType(reflect.TypeOf(object), title != "Faults and warnings")
		for _, key := range printed {
			if !slices.Contains(named, key) {
				t.Errorf("%s, section %s, does not name %s", jsonPage, title, key)
			}
		}
		for _, key := range named {
			if !slices.Contains(printed, key) {
				t.Errorf("%s, section %s, names %s, which is not printed", jsonPage, title, key)
			}
		}
		delete(sections, title)
	}
	for title := range sections {
		t.Errorf("%s has a section %s about no object that is known here", jsonPage, title)
	}
}

// TestJSONPageNamesEveryCommand compares the commands that have --json with those of the page's first sentence.
func TestJSONPageNamesEveryCommand(t *testing.T) {
	text := readText(t, jsonPage)
	first, _, _ := strings.Cut(text, "have `--json`")
	var have []string
	for _, cmd := range newRootCommand(&app{process: system()}).Commands() {
		walkCommands(cmd, func(c *cobra.Command) {
			if c.Flags().Lookup("json") != nil {
				have = append(have, strings.TrimPrefix(c.CommandPath(), "lazymerge "))
			}
		})
	}
	var named []string
	for _, m := range inBackquotes.FindAllStringSubmatch(first, -1) {
		named = append(named, m[1])
	}
	slices.Sort(have)
	slices.Sort(named)
	if !slices.Equal(have, named) {
		t.Errorf("%s says that %v have --json, and %v have", jsonPage, named, have)
	}
}

func walkCommands(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, sub := range cmd.Commands() {
		walkCommands(sub, visit)
	}
}

var inBackquotes = regexp.MustCompile("`([^`]+)`")

// jsonSections are the fields in the first column of the page's tables, by the section that they are in.
func jsonSections(t *testing.T) map[string][]string {
	sections := map[string][]string{}
	title := ""
	for line := range strings.Lines(readText(t, jsonPage)) {
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			title = strings.TrimSpace(heading)
		}
		if cells := strings.Split(line, "|"); len(cells) > 2 && title != "" {
			for _, m := range inBackquotes.FindAllStringSubmatch(cells[1], -1) {
				sections[title] = append(sections[title], m[1])
			}
		}
	}
	return sections
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// keysOfType are the keys of a struct and of all that it holds, without those of faults if they are described elsewhere.
// Keys of maps are data.
func keysOfType(t reflect.Type, faultsElsewhere bool) []string {
	var keys []string
	seen := map[reflect.Type]bool{}
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			walk(t.Elem())
		case reflect.Interface:
			if t == reflect.TypeFor[plan.Op]() {
				walk(reflect.TypeFor[plan.Leaf]())
				walk(reflect.TypeFor[plan.Call]())
			}
		case reflect.Struct:
			if seen[t] || faultsElsewhere && t == reflect.TypeFor[report.Fault]() {
				return
			}
			seen[t] = true
			for _, f := range reflect.VisibleFields(t) {
				if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
					keys = append(keys, name)
				}
				if f.IsExported() && f.Tag.Get("json") != "-" {
					walk(f.Type)
				}
			}
		}
	}
	walk(t)
	return uniqueSorted(keys)
}
