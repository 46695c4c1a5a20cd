package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

// actionFile is action.yml, as far as GitHub's schema goes for a composite action.
type actionFile struct {
	Name, Description, Author string
	Branding                  struct{ Icon, Color string }
	Inputs                    map[string]struct {
		Description string
		Required    bool
		Default     *string
	}
	Outputs map[string]struct{ Description, Value string }
	Runs    struct {
		Using string
		Steps []actionStep
	}
}

type actionStep struct {
	ID, If, Uses, Shell, Run string
	Env, With                map[string]string
}

func readAction(t *testing.T) *actionFile {
	t.Helper()
	f, err := os.Open("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var a actionFile
	d := yaml.NewDecoder(f)
	d.KnownFields(true)
	if err := d.Decode(&a); err != nil {
		t.Fatal(err)
	}
	return &a
}

// TestActionForm holds action.yml to what it must be for anybody who uses it.
func TestActionForm(t *testing.T) {
	a := readAction(t)
	if a.Runs.Using != "composite" || a.Name == "" || a.Description == "" || a.Branding.Icon == "" || a.Branding.Color == "" {
		t.Errorf("action.yml is no composite action with a name and a face: %+v", a)
	}
	pinned := regexp.MustCompile(`^[a-z-]+/[a-z-]+@[0-9a-f]{40}$`)
	given := map[string]bool{}
	for _, s := range a.Runs.Steps {
		if strings.Contains(s.Run, "${{") {
			t.Errorf("a script has an expression in it, which an input could end:\n%s", s.Run)
		}
		for _, v := range slices.Concat(slices.Collect(maps.Values(s.Env)), slices.Collect(maps.Values(s.With))) {
			if strings.Contains(v, "github.") || strings.Contains(v, "runner.") {
				t.Errorf("%q is the path of another machine in a job that runs in a container", v)
			}
		}
		if s.Run != "" && s.Shell != "bash" {
			t.Errorf("a script runs in %q, want bash, which all runners have", s.Shell)
		}
		if s.Uses != "" && !pinned.MatchString(s.Uses) {
			t.Errorf("%s is not pinned to a commit", s.Uses)
		}
		for name, value := range s.Env {
			if strings.HasPrefix(name, "INPUT_") {
				given[value] = true
				input := strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(name, "INPUT_")), "_", "-")
				if value != "${{ inputs."+input+" }}" {
					t.Errorf("%s is %s", name, value)
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.Inputs)) {
		in := a.Inputs[name]
		if in.Description == "" || in.Required == (in.Default != nil) {
			t.Errorf("input %s needs a description, and a default unless it is required", name)
		}
		if !given["${{ inputs."+name+" }}"] && name != "cache" {
			t.Errorf("input %s does not reach the program", name)
		}
		delete(given, "${{ inputs."+name+" }}")
	}
	for value := range given {
		t.Errorf("%s is given to the program and is no input", value)
	}
	var outputs []string
	for name, out := range a.Outputs {
		outputs = append(outputs, name)
		if out.Description == "" || out.Value != "${{ steps.push.outputs."+name+" }}" {
			t.Errorf("output %s is %+v", name, out)
		}
	}
	var made []string
	for _, o := range outputsOf(stepRun{}, nil, "") {
		made = append(made, o[0])
	}
	slices.Sort(outputs)
	slices.Sort(made)
	if !slices.Equal(outputs, made) {
		t.Errorf("the outputs are %q, and the program makes %q", outputs, made)
	}
}

// TestActionDocs holds the guide and the ready workflows to action.yml.
func TestActionDocs(t *testing.T) {
	a := readAction(t)
	b, err := os.ReadFile("docs/action.md")
	if err != nil {
		t.Fatal(err)
	}
	guide := string(b)
	section := func(title string) string {
		_, rest, _ := strings.Cut(guide, "\n## "+title+"\n")
		rest, _, _ = strings.Cut(rest, "\n## ")
		return rest
	}
	row := regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|")
	listed := func(title string) (names []string) {
		for _, m := range row.FindAllStringSubmatch(section(title), -1) {
			names = append(names, m[1])
		}
		slices.Sort(names)
		return names
	}
	if got, want := listed("Inputs"), slices.Sorted(maps.Keys(a.Inputs)); !slices.Equal(got, want) {
		t.Errorf("the guide lists the inputs %q, want %q", got, want)
	}
	if got, want := listed("Outputs"), slices.Sorted(maps.Keys(a.Outputs)); !slices.Equal(got, want) {
		t.Errorf("the guide lists the outputs %q, want %q", got, want)
	}
	workflows, err := filepath.Glob("docs/workflows/*.yml")
	if err != nil || len(workflows) < 4 {
		t.Fatalf("workflows %q, %v", workflows, err)
	}
	for _, path := range workflows {
		if !strings.Contains(section("Ready workflows"), "("+strings.TrimPrefix(filepath.ToSlash(path), "docs/")+")") {
			t.Errorf("the guide does not link %s", path)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var w struct {
			Jobs map[string]struct {
				Steps []struct {
					Uses string
					With map[string]string
				}
			}
		}
		if err := yaml.Unmarshal(b, &w); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		used := 0
		for _, job := range w.Jobs {
			for _, s := range job.Steps {
				if !strings.HasPrefix(s.Uses, "lazymerge/lazymerge@v") {
					continue
				}
				used++
				for name := range s.With {
					if _, ok := a.Inputs[name]; !ok {
						t.Errorf("%s: there is no input %s", path, name)
					}
				}
				for name, in := range a.Inputs {
					if in.Required && s.With[name] == "" {
						t.Errorf("%s: the input %s is missing", path, name)
					}
				}
			}
		}
		if used != 1 {
			t.Errorf("%s uses the Action %d times", path, used)
		}
		for _, m := range regexp.MustCompile(`steps\.merge\.outputs\.([a-z-]+)`).FindAllStringSubmatch(string(b), -1) {
			if _, ok := a.Outputs[m[1]]; !ok {
				t.Errorf("%s: there is no output %s", path, m[1])
			}
		}
	}
}

// A runner does what GitHub's does with action.yml, but for the steps that use other actions.
type runner struct {
	*testing.T
	action    *actionFile
	root      string // of the action
	workspace string
	temp      string
	env       []string
}

// A workflowRun is what came of one use of the action.
type workflowRun struct {
	log     string
	summary string
	outputs map[string]string // of the action
	ran     []string          // ids of the steps that ran, or the start of their scripts
	err     error
}

var expression = regexp.MustCompile(`\$\{\{ *(.*?) *\}\}`)

// use runs the steps of the action in order, until one fails.
func (r *runner) use(with map[string]string, env ...string) *workflowRun {
	r.Helper()
	known := map[string]string{}
	for name, in := range r.action.Inputs {
		if v, ok := with[name]; ok {
			known["inputs."+name] = v
		} else if in.Default != nil {
			known["inputs."+name] = *in.Default
		}
	}
	value := func(text string) string {
		return expression.ReplaceAllStringFunc(text, func(e string) string {
			name := expression.FindStringSubmatch(e)[1]
			v, ok := known[name]
			if !ok && !strings.HasPrefix(name, "steps.") {
				r.Errorf("%s is not known", e)
			}
			return v
		})
	}
	run := &workflowRun{outputs: map[string]string{}}
	for _, s := range r.action.Runs.Steps {
		if !r.wanted(s.If, known) || s.Uses != "" {
			continue
		}
		run.ran = append(run.ran, s.ID)
		script, output, summary := filepath.Join(r.temp, "script.sh"), filepath.Join(r.temp, "output"), filepath.Join(r.temp, "summary")
		for path, text := range map[string]string{script: s.Run, output: "", summary: ""} {
			if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
				r.Fatal(err)
			}
		}
		// As GitHub calls it for "shell: bash".
		cmd := exec.CommandContext(r.Context(), "bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script)
		cmd.Dir = r.workspace
		cmd.Env = append(append(slices.Clone(r.env), env...), "GITHUB_OUTPUT="+output, "GITHUB_STEP_SUMMARY="+summary)
		for name, v := range s.Env {
			cmd.Env = append(cmd.Env, name+"="+value(v))
		}
		out, err := cmd.CombinedOutput()
		run.log += string(out)
		text, readErr := os.ReadFile(output)
		if readErr != nil {
			r.Fatal(readErr)
		}
		outputs, readErr := readOutputs(string(text))
		if readErr != nil {
			r.Error(readErr)
		}
		for _, o := range outputs {
			known["steps."+s.ID+".outputs."+o[0]] = o[1]
		}
		shown, readErr := os.ReadFile(summary)
		if readErr != nil {
			r.Fatal(readErr)
		}
		run.summary += string(shown)
		if err != nil {
			if !errors.As(err, new(*exec.ExitError)) {
				r.Fatal(err)
			}
			run.err = fmt.Errorf("step %s: %w", s.ID, err)
			break
		}
	}
	for name, out := range r.action.Outputs {
		run.outputs[name] = value(out.Value)
	}
	return run
}

// wanted evaluates the condition of a step: comparisons with a text, joined by &&.
func (r *runner) wanted(condition string, known map[string]string) bool {
	if condition == "" {
		return true
	}
	inner := expression.FindStringSubmatch(condition)[1]
	for term := range strings.SplitSeq(inner, " && ") {
		parts := regexp.MustCompile(`^(\S+) ([!=]=) '([^']*)'$`).FindStringSubmatch(term)
		if parts == nil {
			r.Fatalf("the condition %q is not understood", condition)
		}
		if (known[parts[1]] == parts[3]) != (parts[2] == "==") {
			return false
		}
	}
	return true
}

// TestActionRuns does with action.yml what a workflow does, against a Hub of its own.
func TestActionRuns(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the bash of a runner for Windows is another one than that of WSL, which may be first here")
	}
	if testing.Short() {
		t.Skip("it builds the program")
	}
	server, err := localhub.New(localhub.Options{
		Users: []localhub.User{{Name: "bob", Tokens: []localhub.Token{
			{Secret: scriptToken, Role: localhub.Write}, {Secret: readerToken, Role: localhub.Read}}}},
		Publishers: jobPublishers,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for k, id := range []string{"alice/a", "alice/b"} {
		if err := putTiny(server, id, fmt.Sprintf("w=%d", k+1)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := server.PutRepo("bob/other", localhub.RepoOptions{}, map[string]localhub.Content{"README.md": localhub.Text("")}); err != nil {
		t.Fatal(err)
	}

	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	release := filepath.Join(dir, "_actions", "lazymerge", "lazymerge", "v0.9.1") // where the runner puts it, and as what
	if err := os.MkdirAll(filepath.Dir(release), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(root, release); err != nil {
		t.Fatal(err)
	}
	r := &runner{T: t, action: readAction(t), root: release, workspace: filepath.Join(dir, "work space"), temp: filepath.Join(dir, "_temp")}
	for path, text := range map[string]string{
		filepath.Join(r.workspace, "merges", "merge.yaml"): "merge_method: linear\nmodels:\n  - model: alice/a\n    parameters: {weight: 0.5}\n  - model: alice/b\n    parameters: {weight: 0.5}\n",
		filepath.Join(r.workspace, "bad.yaml"):             "merge_method: linear\nmodels:\n  - model: alice/a\n    parameters: {weight: x}\n",
		filepath.Join(r.temp, "keep"):                      "",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"PATH", "HOME", "GOPATH", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS", "GOTOOLCHAIN"} {
		if v, ok := os.LookupEnv(name); ok {
			r.env = append(r.env, name+"="+v)
		}
	}
	r.env = append(r.env, "GITHUB_ACTIONS=true", "RUNNER_OS=Linux", "RUNNER_ARCH=X64", "RUNNER_TEMP="+r.temp, "GITHUB_ACTION_PATH="+r.root, "GITHUB_WORKSPACE="+r.workspace,
		"HF_HOME="+t.TempDir(), "HF_ENDPOINT="+server.URL())
	inputs := map[string]string{"config": "merges/merge.yaml", "repo": "bob/out", "token": scriptToken, "args": "--shard-size '1 kB'"}

	first := r.use(inputs)
	if first.err != nil {
		t.Fatalf("%v\n%s", first.err, first.log)
	}
	commits, err := server.Commits("bob/out", "")
	if err != nil {
		t.Fatal(err)
	}
	card, err := os.ReadFile(first.outputs["card-path"])
	published, readErr := server.Read("bob/out", "", "README.md")
	if err != nil || readErr != nil || len(card) == 0 || !strings.Contains(string(published), "lazymerge) 0.9.1") {
		t.Errorf("the card is %q, %v; published is %q, %v", card, err, published, readErr)
	}
	want := map[string]string{"repo-url": server.URL() + "/bob/out", "commit": commits[0].OID, "pull-request": "", "card-path": first.outputs["card-path"], "plan": first.outputs["plan"], "changed": "true"}
	if !maps.Equal(first.outputs, want) || len(first.outputs["plan"]) != 64 {
		t.Errorf("the outputs are %q, want %q", first.outputs, want)
	}
	if !strings.Contains(first.summary, "## Published [bob/out]") || !strings.HasSuffix(first.log, want["repo-url"]+"/commit/"+want["commit"]+"\n") {
		t.Errorf("the summary is\n%s\nthe log is\n%s", first.summary, first.log)
	}
	if want := []string{"program", "", "push"}; !slices.Equal(first.ran, want) {
		t.Errorf("the steps %q have run, want %q", first.ran, want)
	}

	again := r.use(inputs)
	if again.err != nil || again.outputs["changed"] != "false" || again.outputs["commit"] != want["commit"] {
		t.Errorf("again: %v, %q\n%s", again.err, again.outputs, again.log)
	}
	if want := []string{"program", "push"}; !slices.Equal(again.ran, want) {
		t.Errorf("again the steps %q have run, want %q", again.ran, want)
	}

	job := server.NewJob(jobSubject)
	keyless := r.use(map[string]string{"config": "merges/merge.yaml", "repo": "bob/other", "oidc": "true"},
		"ACTIONS_ID_TOKEN_REQUEST_URL="+job.RequestURL, "ACTIONS_ID_TOKEN_REQUEST_TOKEN="+job.RequestToken)
	commits, err = server.Commits("bob/other", "")
	if keyless.err != nil || err != nil || commits[0].Author != "[OIDC]" {
		t.Errorf("without a stored token: %v, %v\n%s", keyless.err, commits, keyless.log)
	}

	dry := r.use(map[string]string{"config": "merges/merge.yaml", "repo": "bob/new", "dry-run": "true"})
	if dry.err != nil || dry.outputs["changed"] != "false" || !strings.Contains(dry.summary, "## Dry run for [bob/new]") {
		t.Errorf("a dry run: %v, %q\n%s\n%s", dry.err, dry.outputs, dry.log, dry.summary)
	}
	if _, err := server.Files("bob/new", ""); err == nil {
		t.Error("a dry run has created its repo")
	}

	// What a workflow's author writes is never part of a script.
	hostile := r.use(map[string]string{"config": "merges/merge.yaml\"; touch \"$HOME/evil", "repo": "bob/out", "token": scriptToken, "commit-message": "$(touch evil)`touch evil`"})
	if hostile.err == nil || !strings.Contains(hostile.log, `touch "$HOME/evil: cannot be read: no such file`) {
		t.Errorf("a config that is a script: %v\n%s", hostile.err, hostile.log)
	}

	bad := r.use(map[string]string{"config": "bad.yaml", "repo": "bob/out", "token": scriptToken})
	exit, ok := errors.AsType[*exec.ExitError](bad.err)
	if !ok || exit.ExitCode() != exitConfig || !strings.Contains(bad.log, "\n::error file=bad.yaml,line=4,col=26,title=value::") || bad.outputs["changed"] != "false" {
		t.Errorf("a config with a fault: %v, %q\n%s", bad.err, bad.outputs, bad.log)
	}
	for _, run := range []*workflowRun{first, again, keyless, dry, hostile, bad} {
		shown := string(withoutMasks([]byte(run.log))) + run.summary + fmt.Sprint(run.outputs)
		if token := minted.FindString(shown); token != "" || strings.Contains(shown, scriptToken) || strings.Contains(shown, job.RequestToken) {
			t.Errorf("a token is shown:\n%s", shown)
		}
	}
}
