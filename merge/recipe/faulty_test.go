package recipe_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

var update = flag.Bool("update", false, "write the messages of testdata/faulty as they are")

// TestFaulty reads configs that people write, each with one thing wrong, against the methods that are built. What is
// said of testdata/faulty/NAME.yaml is in NAME.txt beside it, as a terminal shows it; testdata/mended/NAME.yaml is the
// config as it was meant, of which nothing is said.
func TestFaulty(t *testing.T) {
	files, err := filepath.Glob("testdata/faulty/*.yaml")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d configs, %v; want 40 or more", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			faults := parseFile(t, file)
			if len(faults) != 1 {
				t.Errorf("%d faults, want one:\n%s", len(faults), shown(faults))
			}
			said := strings.TrimSuffix(file, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(said, []byte(shown(faults)), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(said)
			if err != nil {
				t.Fatal(err)
			}
			if got := shown(faults); got != string(want) {
				t.Errorf("%s says\n%s\nwant\n%s", file, got, want)
			}
			if len(faults) == 1 && faults[0].Hint == "" {
				t.Error("no hint what to write instead")
			}
			if faults := parseFile(t, filepath.Join("testdata", "mended", name+".yaml")); len(faults) > 0 {
				t.Errorf("of the mended config is said\n%s", shown(faults))
			}
		})
	}
	mended, _ := filepath.Glob("testdata/mended/*.yaml")
	said, _ := filepath.Glob("testdata/faulty/*.txt")
	if len(mended) != len(files) || len(said) != len(files) {
		t.Errorf("%d configs, %d messages, %d mended configs; want as many of each", len(files), len(said), len(mended))
	}
}

// No config that mergekit merges is warned about: the ones its reference outputs were made from and those of the
// tutorial that most people start with. What is not built yet is told elsewhere.
func TestNoWarnings(t *testing.T) {
	for _, pattern := range []string{"testdata/mergekit/*.yaml", "testdata/tutorial/*.yaml", "../testdata/golden/configs/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %d files", pattern, err, len(files))
		}
		for _, file := range files {
			for _, f := range parseFile(t, file) {
				if f.Code != "not-built" {
					t.Errorf("%s: %v", file, f)
				}
			}
		}
	}
}

// Two letters of a key that have changed places are told where the key stands, whichever key it is.
func TestNoSlipIsPassedOver(t *testing.T) {
	files, err := filepath.Glob("testdata/tutorial/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	key := regexp.MustCompile(`^[ -]*([a-z_0-9]{2,}):`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(string(text), "\n")
		for n, line := range lines {
			at := key.FindStringSubmatchIndex(line)
			if at == nil {
				continue
			}
			for i := at[2]; i < at[3]-1; i++ {
				slip := line[:i] + line[i+1:i+2] + line[i:i+1] + line[i+2:]
				if slip == line {
					continue
				}
				config := strings.Join(lines[:n], "") + slip + strings.Join(lines[n+1:], "")
				_, faults := recipe.Parse("m.yaml", []byte(config), merge.Known())
				if len(faults) != 1 || faults[0].Pos != (recipe.Pos{Line: n + 1, Col: at[2] + 1}) || faults[0].Warning {
					t.Errorf("%s:%d: of %q is said\n%s", file, n+1, slip, shown(faults))
				}
			}
		}
	}
}

func parseFile(t *testing.T, file string) recipe.Faults {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r, faults := recipe.Parse(filepath.Base(file), text, merge.Known())
	if r != nil {
		faults = append(faults, r.Misnamed(func(string) bool { return false })...)
	}
	return faults
}

// shown is faults with each hint on a line of its own.
func shown(faults recipe.Faults) string {
	var b bytes.Buffer
	for _, f := range faults {
		line := *f
		line.Hint = ""
		b.WriteString(line.Error() + "\n")
		if f.Hint != "" {
			b.WriteString("  hint: " + f.Hint + "\n")
		}
	}
	return b.String()
}
