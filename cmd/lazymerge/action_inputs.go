package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kballard/go-shellquote"
	"github.com/spf13/pflag"
)

// inputs are those of the GitHub Action.
type inputs struct {
	config        string // path from the current folder
	repo          string
	revision      string
	commitMessage string
	private       bool
	createPR      bool
	dryRun        bool
	args          []string // more of push's flags

	token       string // of the sources, and of the target where that has none of its own
	targetToken string
	oidc        bool   // the target's tokens are made for the id token of the job
	oidcUser    string // so are the sources', to read what this user may read
}

// readInputs takes the inputs from the environment. Every fault is reported at once.
func readInputs(getenv func(string) string) (*inputs, error) {
	var faults []error
	fault := func(name, format string, args ...any) {
		faults = append(faults, fmt.Errorf("input "+name+": "+format, args...))
	}
	truth := func(name string) bool {
		switch v := input(getenv, name); strings.ToLower(v) { // as the YAML 1.2 core schema
		case "true":
			return true
		case "", "false":
		default:
			fault(name, "%q is neither true nor false", v)
		}
		return false
	}
	in := &inputs{
		config:        input(getenv, "config"),
		repo:          input(getenv, "repo"),
		revision:      input(getenv, "revision"),
		commitMessage: input(getenv, "commit-message"),
		private:       truth("private"),
		createPR:      truth("create-pr"),
		dryRun:        truth("dry-run"),
		token:         input(getenv, "token"),
		targetToken:   input(getenv, "target-token"),
		oidc:          truth("oidc"),
		oidcUser:      input(getenv, "oidc-user"),
	}
	if in.config == "" {
		fault("config", "it is needed: the path of a mergekit config")
	}
	if in.repo == "" {
		fault("repo", "it is needed: the repo to publish to, as namespace/name")
	}
	if in.oidc && in.targetToken != "" {
		fault("oidc", "leave target-token out, for both are for the repo to publish to")
	}
	if in.oidcUser != "" && in.token != "" {
		fault("oidc-user", "leave token out, for both are for the sources; target-token is for the repo to publish to")
	}
	if strings.Contains(in.oidcUser, "/") {
		fault("oidc-user", "%q is no user; it is who reads the sources", in.oidcUser)
	}
	var err error
	if in.args, err = shellquote.Split(input(getenv, "args")); err != nil {
		fault("args", "%s", strings.ToLower(err.Error()))
	}
	if err == nil {
		for _, err := range checkArgs(in.args) {
			fault("args", "%w", err)
		}
	}
	in.config = inWorkspace(getenv("GITHUB_WORKSPACE"), in.config)
	if len(faults) > 0 {
		return nil, usage(errors.Join(faults...))
	}
	return in, nil
}

// inputFlags are the flags of push that have an input of their own, of the same name.
var inputFlags = []string{"repo", "revision", "create-pr", "private", "commit-message", "dry-run", "token", "target-token"}

// checkArgs says what in args, which are to be flags of push, cannot be there. What has an input of its own is given there
// alone, so that nobody is surprised by which of the two counts, and no token shows in a list of processes.
func checkArgs(args []string) []error {
	nowhere := &app{process: system()}
	push := newPushCommand(nowhere, runPush)
	rootCommand(nowhere, push) // adds the flags of every command
	var faults []error
	switch err := push.ParseFlags(args); {
	case errors.Is(err, pflag.ErrHelp):
		faults = append(faults, errors.New("--help is nothing that a push could do"))
	case err != nil:
		faults = append(faults, flagFault(err))
	}
	push.Flags().Visit(func(f *pflag.Flag) {
		if slices.Contains(inputFlags, f.Name) {
			faults = append(faults, fmt.Errorf("leave out the flag %s, for there is an input of that name", f.Name))
		}
	})
	for _, word := range push.Flags().Args() {
		faults = append(faults, fmt.Errorf("%q is no flag; the config is the input config", word))
	}
	return faults
}

// tokenNames say where a token comes from, by the variable that push finds it in.
func (in *inputs) tokenNames() map[string]string {
	names := map[string]string{}
	if in.token != "" {
		names["HF_TOKEN"] = "the input token"
	}
	if in.targetToken != "" {
		names[targetTokenVariable] = "the input target-token"
	}
	return names
}

// input reads one input. GitHub makes INPUT_CREATE-PR of create-pr; a shell could not name that variable, so
// action.yml writes INPUT_CREATE_PR.
//
// Source: actions/toolkit, packages/core/src/core.ts.
func input(getenv func(string) string, name string) string {
	name = "INPUT_" + strings.ToUpper(name)
	for _, variable := range []string{strings.ReplaceAll(name, "-", "_"), name} {
		if v := strings.TrimSpace(getenv(variable)); v != "" {
			return v
		}
	}
	return ""
}

// inWorkspace makes a path of the workspace one of the current folder, with the slashes that an annotation has.
func inWorkspace(workspace, path string) string {
	if workspace == "" || path == "" || filepath.IsAbs(path) {
		return path
	}
	path = filepath.Join(workspace, path)
	if here, err := os.Getwd(); err == nil {
		if below, err := filepath.Rel(here, path); err == nil {
			path = below
		}
	}
	return filepath.ToSlash(path)
}

// commandLine is the push that the inputs ask for.
func (in *inputs) commandLine() []string {
	line := []string{"push", "--repo=" + in.repo}
	for _, text := range [][2]string{{"--revision", in.revision}, {"--commit-message", in.commitMessage}} {
		if text[1] != "" {
			line = append(line, text[0]+"="+text[1])
		}
	}
	for _, flag := range []struct {
		name string
		set  bool
	}{{"--private", in.private}, {"--create-pr", in.createPR}, {"--dry-run", in.dryRun}} {
		if flag.set {
			line = append(line, flag.name)
		}
	}
	return append(append(line, in.args...), "--", in.config)
}

// environment is that of the push: what the inputs say goes before what was there.
func (in *inputs) environment(getenv func(string) string) func(string) string {
	set := map[string]string{"HF_TOKEN": in.token, targetTokenVariable: in.targetToken, "HF_OIDC_RESOURCE": in.oidcUser}
	if in.oidc {
		set[targetOIDCVariable] = in.repo
	}
	keyless := !in.dryRun || hasIDToken(getenv)
	return func(name string) string {
		isResource := name == "HF_OIDC_RESOURCE" || name == targetOIDCVariable
		if isResource && !keyless {
			return ""
		}
		if v := set[name]; v != "" {
			return v
		}
		return getenv(name)
	}
}

// hasIDToken tells whether this job may have id tokens. Those of pull requests from forks may not.
func hasIDToken(getenv func(string) string) bool {
	return getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN") != "" || getenv("HF_OIDC_ID_TOKEN") != ""
}

// lookOnly tells whether a dry run may not have the tokens that a push of these inputs would make, as a pull request from
// a fork: then the target is looked at as anybody sees it.
func (in *inputs) lookOnly(getenv func(string) string) bool {
	makes := in.oidc || getenv(targetOIDCVariable) != "" || strings.Contains(getenv("HF_OIDC_RESOURCE"), "/")
	return in.dryRun && in.targetToken == "" && makes && !hasIDToken(getenv)
}
