package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A workflow is what has to hold for all of them, ours and the ready ones.
type workflow struct {
	On          yaml.Node
	Concurrency any
	Jobs        map[string]struct {
		Concurrency any
		Environment string
		Steps       []struct {
			Uses string
			With map[string]string
		}
	}
}

// TestWorkflows holds every workflow to what keeps secrets and tokens apart from code that others can change.
func TestWorkflows(t *testing.T) {
	ready, err := filepath.Glob("docs/workflows/*.yml")
	ours, oursErr := filepath.Glob("../../.github/workflows/*.yml")
	if err != nil || oursErr != nil || len(ready) < 4 || len(ours) < 2 {
		t.Fatalf("workflows %q, %v; %q, %v", ready, err, ours, oursErr)
	}
	pinned := regexp.MustCompile(`^\s*- uses: [a-z-]+/[a-z-]+@[0-9a-f]{40} # v[0-9]+\.[0-9]+\.[0-9]+$`)
	for _, path := range append(ready, ours...) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			line = strings.TrimSuffix(line, "\n")
			own := strings.Contains(line, "uses: lazymerge/lazymerge@v") || strings.Contains(line, "uses: ./") // a release, or this commit
			if strings.Contains(line, "uses:") && !own && !pinned.MatchString(line) {
				t.Errorf("%s: %q is not pinned to a commit, with its version beside it", path, line)
			}
		}
		var w workflow
		if err := yaml.Unmarshal(b, &w); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for name, job := range w.Jobs {
			if w.Concurrency == nil && job.Concurrency == nil {
				t.Errorf("%s: two runs of %s do not know of each other", path, name)
			}
			for _, s := range job.Steps {
				switch {
				case strings.HasPrefix(s.Uses, "actions/checkout@"):
					if s.With["persist-credentials"] != "false" {
						t.Errorf("%s: %s leaves a token in the checkout", path, name)
					}
				case !strings.HasPrefix(s.Uses, "lazymerge/"):
				case s.With["dry-run"] == "true":
					if strings.Contains(s.With["token"], "secrets.HF_TOKEN") || s.With["oidc"] != "" {
						t.Errorf("%s: the dry run of %s has what may publish: %q", path, name, s.With)
					}
				case job.Environment == "":
					t.Errorf("%s: %s publishes from any branch", path, name)
				}
			}
		}
	}
}

// TestMatrixTemplate makes the configs that matrix.yml makes.
func TestMatrixTemplate(t *testing.T) {
	workflow, err := os.ReadFile("docs/workflows/matrix.yml")
	if err != nil {
		t.Fatal(err)
	}
	path := regexp.MustCompile(`sed "s/@t@/\$T/" (merges/\S+)`).FindSubmatch(workflow)
	values := regexp.MustCompile(`t: \["([0-9.", ]*)"\]`).FindSubmatch(workflow)
	if path == nil || values == nil {
		t.Fatal("the workflow does not make its config as this test does")
	}
	template, err := os.ReadFile(filepath.Join("docs/workflows", string(path[1])))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for value := range strings.SplitSeq(string(values[1]), `", "`) {
		var lines []string
		for line := range strings.Lines(string(template)) {
			lines = append(lines, strings.Replace(line, "@t@", value, 1)) // once in each line, as sed
		}
		config := strings.Join(lines, "")
		r, faults := recipe.Parse(string(path[1]), []byte(config), merge.Known())
		if r == nil || len(faults) > 0 {
			t.Errorf("with t = %s the config is refused: %v\n%s", value, faults, config)
		}
		if seen[config] || !strings.Contains(config, "t: "+value) {
			t.Errorf("with t = %s the config is\n%s", value, config)
		}
		seen[config] = true
	}
}
