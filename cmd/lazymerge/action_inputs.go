package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/kballard/go-shellquote"
	"github.com/spf13/pflag"
)

// inputs are the inputs of the GitHub Action.
type inputs struct {
	config string // path relative to the current folder
	repo   string
	flags  []string // of push, from inputs of the same name
	args   []string // more flags of push
	dryRun bool

	token       string // for the sources, and for the target unless it has its own
	targetToken string
	oidc        bool   // exchange the job's ID token for target tokens
	oidcUser    string // exchange it for source tokens, which read as this user
}

// readInputs reads the inputs from the environment and reports all faults at once.
func readInputs(getenv func(string) string) (*inputs, error) {
	var faults []error
	fault := func(name, format string, args ...any) {
		faults = append(faults, fmt.Errorf("input "+name+": "+format, args...))
	}
	truth := func(name string) bool {
		switch v := input(getenv, name); strings.ToLower(v) { // the YAML 1.2 core schema
		case "true":
			return true
		case "", "false":
		default:
			fault(name, "%q is neither true nor false", v)
		}
		return false
	}
	in := &inputs{config: input(getenv, "config"), repo: input(getenv, "repo")}
	for _, name := range []string{"revision", "commit-message"} {
		if v := input(getenv, name); v != "" {
			in.flags = append(in.flags, "--"+name+"="+v)
		}
	}
	for _, name := range []string{"private", "create-pr", "dry-run"} {
		if truth(name) {
			in.flags = append(in.flags, "--"+name)
		}
	}
	in.dryRun = slices.Contains(in.flags, "--dry-run")
	in.token, in.targetToken = input(getenv, "token"), input(getenv, "target-token")
	in.oidc, in.oidcUser = truth("oidc"), input(getenv, "oidc-user")
	for _, rule := range []struct {
		broken     bool
		name, text string
	}{
		{in.config == "", "config", "required: the path of a mergekit config"},
		{in.repo == "", "repo", "required: the repo to publish to, as namespace/name"},
		{in.oidc && in.targetToken != "", "oidc", "cannot be combined with target-token"},
		{in.oidcUser != "" && in.token != "", "oidc-user", "cannot be combined with token; to write to the target, use target-token"},
		{strings.Contains(in.oidcUser, "/"), "oidc-user", strconv.Quote(in.oidcUser) + " is not a user name"},
	} {
		if rule.broken {
			fault(rule.name, "%s", rule.text)
		}
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

// inputFlags are the flags of push with an input of the same name.
var inputFlags = []string{"repo", "revision", "create-pr", "private", "commit-message", "dry-run", "token", "target-token"}

// checkArgs finds what the args input may not contain: anything but flags of push, and flags that have their own input.
// The latter keeps tokens out of the process list and leaves no doubt about which value wins.
func checkArgs(args []string) []error {
	nowhere := &app{process: system()}
	push := newPushCommand(nowhere, runPush)
	rootCommand(nowhere, push) // adds the global flags
	var faults []error
	switch err := push.ParseFlags(args); {
	case errors.Is(err, pflag.ErrHelp):
		faults = append(faults, errors.New("--help is not allowed here"))
	case err != nil:
		faults = append(faults, flagFault(err))
	}
	push.Flags().Visit(func(f *pflag.Flag) {
		if slices.Contains(inputFlags, f.Name) {
			faults = append(faults, fmt.Errorf("use the `%s` input instead of --%s", f.Name, f.Name))
		}
	})
	for _, word := range push.Flags().Args() {
		faults = append(faults, fmt.Errorf("%q is not a flag; use the `config` input for the config", word))
	}
	return faults
}

// tokenNames maps the variable in which push finds a token to the input it came from.
func (in *inputs) tokenNames() map[string]string {
	names := map[string]string{}
	if in.token != "" {
		names["HF_TOKEN"] = "the `token` input"
	}
	if in.targetToken != "" {
		names[targetTokenVariable] = "the `target-token` input"
	}
	return names
}

// input reads one input. GitHub turns create-pr into INPUT_CREATE-PR, which no shell can set, so action.yml uses
// INPUT_CREATE_PR.
//
// Source: actions/toolkit, packages/core/src/core.ts.
func input(getenv func(string) string, name string) string {
	name = "INPUT_" + strings.ToUpper(name)
	return cmp.Or(strings.TrimSpace(getenv(strings.ReplaceAll(name, "-", "_"))), strings.TrimSpace(getenv(name)))
}

// inWorkspace turns a path in the workspace into one relative to the current folder, with slashes as in annotations.
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

func (in *inputs) commandLine() []string {
	return slices.Concat([]string{"push", "--repo=" + in.repo}, in.flags, in.args, []string{"--", in.config})
}

// environment returns the push's environment, where inputs override variables.
func (in *inputs) environment(getenv func(string) string) func(string) string {
	set := map[string]string{"HF_TOKEN": in.token, targetTokenVariable: in.targetToken, "HF_OIDC_RESOURCE": in.oidcUser}
	if in.oidc {
		set[targetOIDCVariable] = in.repo
	}
	keyless := !in.dryRun || hasIDToken(getenv)
	return func(name string) string {
		if isResource := name == "HF_OIDC_RESOURCE" || name == targetOIDCVariable; isResource && !keyless {
			return ""
		}
		return cmp.Or(set[name], getenv(name))
	}
}

// hasIDToken reports whether this job can get ID tokens. Pull requests from forks cannot.
func hasIDToken(getenv func(string) string) bool {
	return getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN") != "" || getenv("HF_OIDC_ID_TOKEN") != ""
}

// lookOnly reports whether this is a dry run that cannot get the OIDC token a push would use, as in a pull request from a
// fork. It then looks at the target anonymously.
func (in *inputs) lookOnly(getenv func(string) string) bool {
	makes := in.oidc || getenv(targetOIDCVariable) != "" || strings.Contains(getenv("HF_OIDC_RESOURCE"), "/")
	return in.dryRun && in.targetToken == "" && makes && !hasIDToken(getenv)
}
