package recipe_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// TestReadsWhatPyYAMLReads holds the reader of configs to PyYAML, which mergekit uses: what that reads is not said to be no YAML,
// and what it refuses is refused. testdata/yaml/make.py recorded what it makes of each text.
func TestReadsWhatPyYAMLReads(t *testing.T) {
	raw, err := os.ReadFile("testdata/yaml/pyyaml.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded struct {
		Cases []struct {
			Name, Text, Error, Method string
			Keys                      []string
		}
	}
	if err := json.Unmarshal(raw, &recorded); err != nil || len(recorded.Cases) == 0 {
		t.Fatalf("%d cases, %v", len(recorded.Cases), err)
	}
	// What is read here and not there. A tab between words harms nobody, and JSON may be indented with them.
	lenient := []string{"JSON with tabs", "a tab behind the colon", "a tab behind a value", "a tab before a comment", "an anchor twice"}
	for _, c := range recorded.Cases {
		t.Run(c.Name, func(t *testing.T) {
			r, faults := recipe.Parse("merge.yaml", []byte(c.Text), merge.Known())
			odd := slices.ContainsFunc(faults, func(f *recipe.Fault) bool { return !f.Warning && (f.Code == "syntax" || f.Code == "encoding") })
			switch {
			case c.Error == "" && odd:
				t.Errorf("PyYAML reads it, and here it is %v:\n%s", faults, c.Text)
			case c.Error != "" && len(faults.Errors()) == 0 != slices.Contains(lenient, c.Name):
				t.Errorf("PyYAML says %q, and here it is %v:\n%s", c.Error, faults, c.Text)
			case c.Error == "" && r != nil && r.Method != c.Method:
				t.Errorf("the method is %q, and %q for PyYAML:\n%s", r.Method, c.Method, c.Text)
			}
		})
	}
}
