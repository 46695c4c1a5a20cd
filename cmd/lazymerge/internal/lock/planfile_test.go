package lock

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// planFile is a plan file of two models, as it is written.
func planFile() *PlanFile {
	f := &PlanFile{
		Format: PlanFormat, Tool: "0.1.0", Numeric: 1, Plan: strings.Repeat("0a", 32),
		Options: Options{ShardSize: 5_000_000_000, Seed: 1<<64 - 1},
		Sources: []Pin{{Repo: "alice/a", Commit: strings.Repeat("1b", 20)}, {Digest: strings.Repeat("2c", 32)}},
		Aliases: []string{"./b=alice/b"},
		Target:  &PlanTarget{Repo: "bob/out", Revision: "main", Private: true},
		Name:    "merge.yaml", Config: []string{"merge_method: linear\r", "models: [\"<a>\u2028\"]", ""},
	}
	f.Sum = f.sum()
	return f
}

func TestPlanFileIsReadAsWritten(t *testing.T) {
	want := planFile()
	want.Path = filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(want.Path, want.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	got, err := ReadPlanFile(t.Context(), want.Path, nil)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("ReadPlanFile = %+v, %v; want %+v", got, err, want)
	}
	if text := string(got.Text()); text != "merge_method: linear\r\nmodels: [\"<a>\u2028\"]\n" {
		t.Errorf("Text() = %q", text)
	}
}

// TestPlanFileFaults gives each fault the right sha256, which anybody can make.
func TestPlanFileFaults(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*PlanFile)
		code string
		says string
	}{
		{"a plan that is no hash", func(f *PlanFile) { f.Plan = "../x" }, "plan-file", "plan is not a hash of 64 hex digits"},
		{"no sources", func(f *PlanFile) { f.Sources = nil }, "plan-file", "it names no sources"},
		{"a repo without a commit", func(f *PlanFile) { f.Sources[0].Commit = "" }, "plan-file", "source 1 is neither a repo at a commit nor the digest of a folder"},
		{"a branch for a commit", func(f *PlanFile) { f.Sources[0].Commit = "main" }, "plan-file", "source 1 is neither"},
		{"a repo that is a path", func(f *PlanFile) { f.Sources[0].Repo = "../a" }, "plan-file", "source 1 is neither"},
		{"a folder that is a repo too", func(f *PlanFile) { f.Sources[1].Repo = "alice/b" }, "plan-file", "source 2 is neither"},
		{"a target without namespace", func(f *PlanFile) { f.Target.Repo = "out" }, "plan-file", "the target is not a repo and branch"},
		{"a target that is a commit of a pull request", func(f *PlanFile) { f.Target.Revision = "" }, "plan-file", "the target is not a repo and branch"},
		{"a name that is none", func(f *PlanFile) { f.Aliases[0] = "x" }, "plan-file", "--as x: write PATH=NAMESPACE/NAME"},
		{"a license that the Hub does not have", func(f *PlanFile) { f.Options.License = "mine" }, "plan-file", "its license is not one a card can state"},
		{"no config", func(f *PlanFile) { f.Config = nil }, "plan-file", "it has no config"},
		{"an empty config", func(f *PlanFile) { f.Config = []string{""} }, "plan-file", "it has no config"},
		{"a config that is too long", func(f *PlanFile) { f.Config = []string{strings.Repeat("#", MaxConfig+1)} }, "plan-file", "its config has more than"},
		{"the arithmetic of another version", func(f *PlanFile) { f.Numeric = 7 }, "plan-version", "lazymerge 0.1.0 made it with arithmetic 7"},
		{"a later format", func(f *PlanFile) { f.Format = 2 }, "plan-version", "it has format 2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := planFile()
			tt.edit(f)
			f.Sum = f.sum()
			_, err := parsePlanFile("plan.json", f.Bytes())
			fault, ok := errors.AsType[*recipe.Fault](err)
			if !ok || fault.Code != tt.code || !strings.HasPrefix(fault.Message, tt.says) || fault.Hint == "" {
				t.Errorf("parsePlanFile = %#v, want code %s and %q", err, tt.code, tt.says)
			}
		})
	}
	f := planFile()
	f.Options.Seed++
	_, err := parsePlanFile("plan.json", f.Bytes())
	if fault, ok := errors.AsType[*recipe.Fault](err); !ok || fault.Code != "plan-edited" {
		t.Errorf("of an edited file: %v", err)
	}
}

func TestPortableNames(t *testing.T) {
	for name, want := range map[string]string{
		"merge.yaml": "merge.yaml", "./configs/a.yaml": "configs/a.yaml", "/home/bob/a.yaml": "a.yaml", "../a.yaml": "a.yaml", "stdin": "stdin",
	} {
		if got := Portable(name); got != want {
			t.Errorf("Portable(%q) = %q, want %q", name, got, want)
		}
	}
}

// FuzzPlanFile reads any bytes. What is refused is a fault at a place in the file, and what is taken is written as a
// file that reads the same.
func FuzzPlanFile(f *testing.F) {
	good := planFile().Bytes()
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add(append(slices.Clone(good), "{}"...))
	f.Add(bytes.ReplaceAll(good, []byte("  "), nil))
	f.Add([]byte(strings.Repeat("[", 10_001)))
	f.Add([]byte(`{"format":1,"numeric":1,"plan":"x","config":[1e999]}`))
	f.Add([]byte(`{"format":1,"format":2,"numeric":1,"plan":"x"}`))
	f.Add([]byte("{\"format\": 1,\n\xff"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := parsePlanFile("plan.json", text)
		if err != nil {
			fault, ok := errors.AsType[*recipe.Fault](err)
			if p != nil || !ok || fault.File != "plan.json" || fault.Message == "" || fault.Pos.Line > 1+bytes.Count(text, []byte("\n")) {
				t.Fatalf("parsePlanFile = %v, %#v; want nil and a fault within the file", p, err)
			}
			return
		}
		again, err := parsePlanFile("plan.json", p.Bytes())
		if err != nil || !reflect.DeepEqual(again, p) {
			t.Fatalf("written and read again it is %+v, %v; want %+v", again, err, p)
		}
	})
}
