package main

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// environ is an environment of names and values.
func environ(vars ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(vars); i += 2 {
			if vars[i] == name {
				return vars[i+1]
			}
		}
		return ""
	}
}

func TestInputs(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		vars []string
		want []string // the command line after push and its repo
	}{
		{"nothing but what is needed", nil, []string{"--", "m.yaml"}},
		{"all of them", []string{"INPUT_REVISION", "v2", "INPUT_COMMIT_MESSAGE", "a b", "INPUT_PRIVATE", "true", "INPUT_CREATE_PR", "TRUE", "INPUT_DRY_RUN", "True"},
			[]string{"--revision=v2", "--commit-message=a b", "--private", "--create-pr", "--dry-run", "--", "m.yaml"}},
		{"by GitHub's own names", []string{"INPUT_COMMIT-MESSAGE", "a", "INPUT_CREATE-PR", "true", "INPUT_DRY-RUN", "true"},
			[]string{"--commit-message=a", "--create-pr", "--dry-run", "--", "m.yaml"}},
		{"what is false", []string{"INPUT_PRIVATE", "false", "INPUT_DRY_RUN", " False\n"}, []string{"--", "m.yaml"}},
		{"arguments as a shell splits them", []string{"INPUT_ARGS", "--seed 7\n --template 'a b'\\ c --license \"$HOME `x` *\" --work-dir=''"},
			[]string{"--seed", "7", "--template", "a b c", "--license", "$HOME `x` *", "--work-dir=", "--", "m.yaml"}},
		{"values that look like flags", []string{"INPUT_COMMIT_MESSAGE", "--private", "INPUT_CONFIG", "--help"},
			[]string{"--commit-message=--private", "--", "--help"}},
		{"a path of the workspace", []string{"GITHUB_WORKSPACE", filepath.Join(here, "sub"), "INPUT_CONFIG", "./x/m.yaml"}, []string{"--", "sub/x/m.yaml"}},
		{"a path of the system", []string{"GITHUB_WORKSPACE", here, "INPUT_CONFIG", filepath.Join(here, "m.yaml")}, []string{"--", filepath.Join(here, "m.yaml")}},
	} {
		in, err := readInputs(environ(append(tt.vars, "INPUT_CONFIG", "m.yaml", "INPUT_REPO", "bob/out")...))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got, want := in.commandLine(), append([]string{"push", "--repo=bob/out"}, tt.want...); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the command line is %q, want %q", tt.name, got, want)
		}
	}
}

// Which of the tokens of an environment a push from inputs sees.
func TestInputsAsEnvironment(t *testing.T) {
	for _, tt := range []struct {
		name     string
		vars     []string
		want     map[string]string
		lookOnly bool
	}{
		{"none", nil, map[string]string{"HF_TOKEN": ""}, false},
		{"that of the environment", []string{"HF_TOKEN", "hf_e"}, map[string]string{"HF_TOKEN": "hf_e"}, false},
		{"that of the input before it", []string{"HF_TOKEN", "hf_e", "INPUT_TOKEN", "hf_i"}, map[string]string{"HF_TOKEN": "hf_i"}, false},
		{"one of each slot", []string{"INPUT_TOKEN", "hf_s", "INPUT_TARGET_TOKEN", "hf_t"}, map[string]string{"HF_TOKEN": "hf_s", targetTokenVariable: "hf_t", targetOIDCVariable: ""}, false},
		{"made ones", []string{"INPUT_OIDC", "true", "INPUT_OIDC_USER", "bob"}, map[string]string{"HF_OIDC_RESOURCE": "bob", targetOIDCVariable: "bob/out"}, false},
		{"a dry run without any", []string{"INPUT_DRY_RUN", "true"}, nil, false},
		{"a dry run with one", []string{"INPUT_DRY_RUN", "true", "INPUT_TOKEN", "hf_i"}, nil, false},
		{"a dry run with one in the environment", []string{"INPUT_DRY_RUN", "true", "HUGGING_FACE_HUB_TOKEN", "hf_e"}, nil, false},
		{"a dry run that may make none", []string{"INPUT_DRY_RUN", "true", "INPUT_OIDC", "true"}, map[string]string{targetOIDCVariable: ""}, true},
		{"though it may read", []string{"INPUT_DRY_RUN", "true", "INPUT_OIDC", "true", "INPUT_TOKEN", "hf_s"}, map[string]string{"HF_TOKEN": "hf_s", targetOIDCVariable: ""}, true},
		{"nor one to read", []string{"INPUT_DRY_RUN", "true", "INPUT_OIDC_USER", "bob"}, map[string]string{"HF_OIDC_RESOURCE": ""}, false},
		{"nor what the environment asks for", []string{"INPUT_DRY_RUN", "true", "HF_OIDC_RESOURCE", "bob/out", "HF_TOKEN", "hf_s"}, map[string]string{"HF_OIDC_RESOURCE": "", "HF_TOKEN": "hf_s"}, true},
		{"which others do", []string{"HF_OIDC_RESOURCE", "bob/out"}, map[string]string{"HF_OIDC_RESOURCE": "bob/out"}, false},
		{"a dry run that may make one", []string{"INPUT_DRY_RUN", "true", "INPUT_OIDC", "true", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t"}, map[string]string{targetOIDCVariable: "bob/out"}, false},
	} {
		getenv := environ(append(tt.vars, "INPUT_CONFIG", "m.yaml", "INPUT_REPO", "bob/out")...)
		in, err := readInputs(getenv)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := in.lookOnly(getenv); got != tt.lookOnly {
			t.Errorf("%s: lookOnly is %v", tt.name, got)
		}
		env := in.environment(getenv)
		for name, want := range tt.want {
			if got := env(name); got != want {
				t.Errorf("%s: %s is %q, want %q", tt.name, name, got, want)
			}
		}
	}
}

// Every input that a flag of push is made of is refused in args, so that none can say something else.
func TestInputFlags(t *testing.T) {
	push, _, err := newRootCommand(&app{}).Find([]string{"push"})
	if err != nil {
		t.Fatal(err)
	}
	inputs := readAction(t).Inputs
	var both []string
	add := func(f *pflag.Flag) {
		if _, ok := inputs[f.Name]; ok {
			both = append(both, f.Name)
		}
	}
	push.Flags().VisitAll(add)
	push.InheritedFlags().VisitAll(add)
	slices.Sort(both)
	both = slices.Compact(both) // those of every command are in both lists
	if want := slices.Sorted(slices.Values(inputFlags)); !slices.Equal(both, want) {
		t.Errorf("inputs and flags of push have %q in common, and %q are refused in args", both, want)
	}
}

// Inputs of several lines are told on one, and start no command.
func TestInputsThatAreCommands(t *testing.T) {
	var stdout, stderr strings.Builder
	p := process{strings.NewReader(""), &stdout, &stderr, environ("GITHUB_ACTIONS", "true", "INPUT_CONFIG", "a\n::error::b", "INPUT_REPO", "bob/out\r\n::error::c",
		"INPUT_PRIVATE", "x\n::error::d", "INPUT_ARGS", "--x\n'\n::error::e'")}
	if code := run(t.Context(), []string{"action"}, p); code != exitUsage || stdout.Len() > 0 {
		t.Errorf("code %d, output %q", code, &stdout)
	}
	for line := range strings.Lines(stderr.String()) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "::") && !strings.HasPrefix(line, "::error title=lazymerge::input ") {
			t.Errorf("a command was said: %q", line)
		}
	}
}

// Whatever a value is, it is read back, and nothing else is.
func FuzzOutputs(f *testing.F) {
	for _, s := range []string{"", "a", "a\nb", "\n", "commit<<x\nevil\nx", "end-A\ncommit=evil", "a\n\n", "::error::"} {
		f.Add(s)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, value string) {
		path := filepath.Join(dir, "output")
		defer os.Remove(path)
		want := [][2]string{{"before", "1"}, {"value", value}, {"after", "2"}}
		if err := writeOutputs(path, want); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := readOutputs(string(text)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("outputs are %q, %v; want %q", got, err, want)
		}
	})
}

func TestSummary(t *testing.T) {
	long := strings.Repeat("0123456789abcde\n", 100)
	linked := "![what *it* shows](merge.png) [`lock`](lock.json) [x](https://x.test) [y](#y)\n````yaml\n[a](b)\n```\n[a](b)\n````\n[z](d/e)\n"
	for _, tt := range []struct {
		name string
		s    summary
		room int
		want string
	}{
		{"a title alone", summary{title: "T"}, 1000, "## T\n\n"},
		{"faults", summary{title: "T", text: "a\n"}, 1000, "## T\n\n```text\na\n```\n"},
		{"fences within", summary{title: "T", text: "```\n````\n"}, 1000, "## T\n\n`````text\n```\n````\n`````\n"},
		{"a card", summary{title: "T", text: "p\n", card: "---\na: 1\n---\n# M\n"}, 1000, "## T\n\n```text\np\n```\n\n## Model card\n\n```yaml\na: 1\n```\n# M\n"},
		{"a card without front matter", summary{title: "T", text: "p\n", card: "# M\n"}, 1000, "## T\n\n```text\np\n```\n\n## Model card\n\n# M\n"},
		{"front matter without an end", summary{title: "T", text: "p\n", card: "---\nM\n"}, 1000, "## T\n\n```text\np\n```\n\n## Model card\n\n---\nM\n"},
		{"a picture that is not published", summary{title: "T", card: "# M\n\n![words](merge.png)\n\nmore\n", chart: "a  █▁\n"}, 1000,
			"## T\n\n\n## Model card\n\n# M\n\nwords\n\n```text\na  █▁\n```\n\nmore\n"},
		{"files beside a published card", summary{title: "T", card: linked, page: "https://hub.test/a/b", at: "c0"}, 1000, "## T\n\n\n## Model card\n\n" +
			"![what *it* shows](https://hub.test/a/b/resolve/c0/merge.png) [`lock`](https://hub.test/a/b/blob/c0/lock.json) [x](https://x.test) [y](#y)\n````yaml\n[a](b)\n```\n[a](b)\n````\n[z](https://hub.test/a/b/blob/c0/d/e)\n"},
		{"files beside a card that is not", summary{title: "T", card: linked}, 1000, "## T\n\n\n## Model card\n\n" +
			"what *it* shows `lock` [x](https://x.test) [y](#y)\n````yaml\n[a](b)\n```\n[a](b)\n````\nz\n"},
		{"a card that is too long", summary{title: "T", text: "p\n", card: "```\n" + long}, 500, "## T\n\n```text\np\n```\n\n## Model card\n\n````md\n```\n" + long[:16*17] + "````\n" +
			"\nCut here: GitHub limits summaries to 1 MiB. The output card-path names the whole card.\n"},
		{"no room for a card", summary{title: "T", text: "p\n", card: long}, 200, "## T\n\n```text\np\n```\n"},
		{"a plan that is too long", summary{title: "T", text: long}, 200, "## T\n\n```text\n" + long[:16*6] + "```\n"},
		{"one endless line", summary{title: "T", text: strings.Repeat("a", 300)}, 200, "## T\n\n```text\n\n```\n"},
		{"no room", summary{title: "T", text: "a"}, -5, ""},
	} {
		got := tt.s.markdown(tt.room)
		if got != tt.want {
			t.Errorf("%s: the summary is\n%q, want\n%q", tt.name, got, tt.want)
		}
		if len(got) > max(tt.room, 0) {
			t.Errorf("%s: the summary has %d bytes of %d", tt.name, len(got), tt.room)
		}
	}
}
