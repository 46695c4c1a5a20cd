package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/sample"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// mergeOf merges the config into dir.
func mergeOf(ctx context.Context, config, dir string, step func(what string) error) error {
	tools := Tools{UI: ui.New(ui.Options{}), Hub: &hub.Client{}, step: step}
	name, text, err := ReadConfig(ctx, tools.UI, config, nil)
	if err != nil {
		return err
	}
	_, _, err = MergeInto(ctx, tools, Request{Name: name, Text: text, Tool: "test", Options: plan.Options{ShardSize: 2000}}, dir)
	return err
}

// Where a test is started again as a process of its own, to be killed: before which step, and what it merges.
const killAt = "LAZYMERGE_TEST_KILL_AT"

// TestMergeToBeKilled is such a process.
func TestMergeToBeKilled(t *testing.T) {
	step := os.Getenv(killAt)
	if step == "" {
		t.Skip("it is started by TestKilledMergeGoesOn")
	}
	err := mergeOf(t.Context(), os.Getenv("CONFIG"), os.Getenv("DIR"), func(what string) error {
		if what == step {
			if self, err := os.FindProcess(os.Getpid()); err == nil {
				_ = self.Kill()
			}
			select {} // until it is dead
		}
		return nil
	})
	t.Fatalf("it has not come to %q: %v", step, err)
}

// journalName is what the list is called of the files that a merge moves in.
var journalName = regexp.MustCompile(`^\.lazymerge-[0-9a-f]{12}\.json$`)

// twoConfigs writes two configs of the same two models, which give different bytes.
func twoConfigs(t *testing.T) (one, other string) {
	t.Helper()
	dir := t.TempDir()
	shape := sample.Shape{Type: "mistral", Layers: 2, Hidden: 8, Intermediate: 8, Heads: 2, KeyValues: 1, Vocabulary: 96, ShardSize: 1 << 20}
	for i, name := range []string{"a", "b"} {
		if err := shape.Write(filepath.Join(dir, name), 1, uint64(i), "apache-2.0"); err != nil {
			t.Fatal(err)
		}
	}
	config := func(name string, weight float64) string {
		path := filepath.Join(dir, name)
		text := fmt.Sprintf("merge_method: linear\nmodels:\n  - model: %s\n    parameters: {weight: %g}\n  - model: %s\n    parameters: {weight: 0.5}\n", filepath.Join(dir, "a"), weight, filepath.Join(dir, "b"))
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return config("one.yaml", 0.5), config("other.yaml", 0.25)
}

// contents are all files of dir by their paths, but for the lock that a killed run has left.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, path := range namesIn(t, dir) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		rel, _ := filepath.Rel(dir, path)
		if rel == ".lazymerge-lock" {
			continue
		}
		if info.IsDir() {
			all[filepath.ToSlash(rel)+"/"] = ""
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.ToSlash(rel)] = string(text)
	}
	return all
}

func namesIn(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		all = append(all, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// hasOnly fails where got is not want.
func hasOnly(t *testing.T, got, want map[string]string) {
	t.Helper()
	if maps.Equal(got, want) {
		return
	}
	t.Errorf("the folder has %q, want %q", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	for name, text := range got {
		if other, ok := want[name]; ok && other != text {
			t.Errorf("%s is another one", name)
		}
	}
}

// copyOf is a copy of dir beside it, under the same name, which the card has.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), filepath.Base(dir))
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// TestKilledMergeGoesOn kills a merge before each step in which it moves its files in. The next run ends with what an
// undisturbed one makes, another merge takes the place of what was left, and what somebody has put there is never lost.
func TestKilledMergeGoesOn(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a process for each step")
	}
	one, other := twoConfigs(t)
	var steps []string
	whole := filepath.Join(t.TempDir(), "out")
	if err := mergeOf(t.Context(), one, whole, func(what string) error { steps = append(steps, what); return nil }); err != nil {
		t.Fatal(err)
	}
	want := contents(t, whole)
	whole = filepath.Join(t.TempDir(), "out")
	if err := mergeOf(t.Context(), other, whole, nil); err != nil {
		t.Fatal(err)
	}
	wantOther := contents(t, whole)
	if len(steps) < 12 || wantOther["README.md"] == want["README.md"] {
		t.Fatalf("steps %q", steps)
	}
	for i, step := range steps {
		t.Run(step, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "out")
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMergeToBeKilled$")
			cmd.Env = append(os.Environ(), killAt+"="+step, "CONFIG="+one, "DIR="+dir)
			if said, err := cmd.CombinedOutput(); err == nil || bytes.Contains(said, []byte("FAIL")) {
				t.Fatalf("the process was not killed: %v, %s", err, said)
			}
			if step != "journal" && !slices.ContainsFunc(namesIn(t, dir), func(path string) bool { return journalName.MatchString(filepath.Base(path)) }) {
				t.Fatalf("no journal is there: %v", namesIn(t, dir))
			}
			complete := i >= len(steps)-2 // all files have moved

			t.Run("the same merge again", func(t *testing.T) {
				dir := copyOf(t, dir)
				if err := mergeOf(t.Context(), one, dir, nil); err != nil {
					t.Fatal(err)
				}
				hasOnly(t, contents(t, dir), want)
			})
			t.Run("another merge", func(t *testing.T) {
				dir := copyOf(t, dir)
				err := mergeOf(t.Context(), other, dir, nil)
				if complete {
					if !errors.Is(err, fault.Folder) || !strings.Contains(err.Error(), "is not empty: it holds model-00001") {
						t.Errorf("ToFolder = %v", err)
					}
					hasOnly(t, contents(t, dir), want)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				hasOnly(t, contents(t, dir), wantOther)
			})
			for j, mine := range []string{"notes.txt", "README.md", "config.json", "1/2/3"} {
				what, config := "the same merge", one
				if (i+j)%2 == 1 { // so that each file meets each merge at every other step
					what, config = "another merge", other
				}
				t.Run(what+" beside my "+mine, func(t *testing.T) {
					dir := copyOf(t, dir)
					path := filepath.Join(dir, filepath.FromSlash(mine))
					text := strings.Repeat("m", max(1, len(want[mine]))) // of the same size as ours
					if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
						t.Fatal(err)
					}
					before := contents(t, dir)
					err := mergeOf(t.Context(), config, dir, nil)
					if !errors.Is(err, fault.Folder) && !strings.Contains(fmt.Sprint(err), "is not empty: it holds") {
						t.Errorf("ToFolder = %v", err)
					}
					if !strings.HasSuffix(fmt.Sprint(err), "is not empty: it holds "+strings.Split(mine, "/2")[0]) {
						t.Errorf("ToFolder = %v, which does not name %s", err, mine)
					}
					hasOnly(t, contents(t, dir), before)
				})
			}
		})
	}
}

// A merge that is killed while it takes away what another one left is followed by any other.
func TestKilledClearingGoesOn(t *testing.T) {
	one, other := twoConfigs(t)
	stop := errors.New("stop")
	run := func(config, dir, at string) (err error) {
		defer func() {
			if r, ok := recover().(error); ok && errors.Is(r, stop) {
				err = stop
			}
		}()
		return mergeOf(t.Context(), config, dir, func(what string) error {
			if what == at {
				panic(stop) // so that nothing is put in order
			}
			return nil
		})
	}
	want := filepath.Join(t.TempDir(), "out")
	if err := mergeOf(t.Context(), one, want, nil); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"remove config.json", "remove README.md", "remove model-00001-of-00003.safetensors", "work folder", "end"} {
		dir := filepath.Join(t.TempDir(), "out")
		if err := run(one, dir, "config.json"); !errors.Is(err, stop) {
			t.Fatalf("the merge has ended with %v", err)
		}
		if err := run(other, dir, at); !errors.Is(err, stop) {
			t.Fatalf("at %q the other has ended with %v", at, err)
		}
		if err := mergeOf(t.Context(), one, dir, nil); err != nil {
			t.Errorf("after %q: %v", at, err)
			continue
		}
		hasOnly(t, contents(t, dir), contents(t, want))
	}
}
