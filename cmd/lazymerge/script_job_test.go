package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

// jobSubject is who the jobs of scripts are to the Hub, which trusts it to publish bob/out and bob/other, and to read
// as bob.
const jobSubject = "repo:bob/merges:ref:refs/heads/main"

var jobPublishers = []localhub.Publisher{
	{Subject: jobSubject, Resource: "bob/out"},
	{Subject: jobSubject, Resource: "bob/other"},
	{Subject: jobSubject, Resource: "bob"},
}

// job [id-token]: what follows runs as in a step of GitHub Actions, whose job may ask for id tokens or not. The
// files of a step are $WORK/.job/output and $WORK/.job/summary.
func cmdJob(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 || len(args) == 1 && args[0] != "id-token" {
		ts.Fatalf("usage: job [id-token]")
	}
	dir := ts.MkAbs(".job")
	ts.Check(os.RemoveAll(dir))
	ts.Check(os.MkdirAll(filepath.Join(dir, "temp"), 0o777))
	for _, name := range []string{"output", "summary"} { // the runner makes them
		ts.Check(os.WriteFile(filepath.Join(dir, name), nil, 0o666))
	}
	ts.Setenv("GITHUB_ACTIONS", "true")
	ts.Setenv("GITHUB_WORKSPACE", ts.Getenv("WORK"))
	ts.Setenv("GITHUB_OUTPUT", filepath.Join(dir, "output"))
	ts.Setenv("GITHUB_STEP_SUMMARY", filepath.Join(dir, "summary"))
	ts.Setenv("RUNNER_TEMP", filepath.Join(dir, "temp"))
	if len(args) == 1 {
		job := of(ts).server.NewJob(jobSubject)
		ts.Setenv("ACTIONS_ID_TOKEN_REQUEST_URL", job.RequestURL)
		ts.Setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", job.RequestToken)
	}
}

// outputs [NAME VARIABLE]: the outputs of the step so far, a line "name=value" for each, read as the runner reads them, and
// that of NAME as a variable.
func cmdOutputs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 && len(args) != 2 {
		ts.Fatalf("usage: outputs [NAME VARIABLE]")
	}
	outputs, err := readOutputs(ts.ReadFile(ts.Getenv("GITHUB_OUTPUT")))
	ts.Check(err)
	for _, o := range outputs {
		fmt.Fprintf(ts.Stdout(), "%s=%q\n", o[0], o[1])
		if len(args) == 2 && o[0] == args[0] {
			ts.Setenv(args[1], o[1])
		}
	}
}

// readOutputs reads a GITHUB_OUTPUT file: names and values in the order of the file.
//
// Source: actions/runner, src/Runner.Worker/FileCommandManager.cs.
func readOutputs(text string) (outputs [][2]string, err error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := 0; i < len(lines) && text != ""; i++ {
		name, rest, ok := strings.Cut(lines[i], "=")
		if before, delimiter, heredoc := strings.Cut(lines[i], "<<"); heredoc && (!ok || len(before) < len(name)) {
			var value []string
			for i++; i < len(lines) && lines[i] != delimiter; i++ {
				value = append(value, lines[i])
			}
			if i == len(lines) {
				return nil, fmt.Errorf("the value of %s has no end", before)
			}
			name, rest, ok = before, strings.Join(value, "\n"), true
		}
		if !ok || name == "" {
			return nil, fmt.Errorf("line %d is no output: %q", i+1, lines[i])
		}
		outputs = append(outputs, [2]string{name, rest})
	}
	return outputs, nil
}

var (
	maskLine = regexp.MustCompile(`(?m)^::add-mask::.*$`)
	minted   = regexp.MustCompile(`hf_(jwt|oauth)_[0-9a-zA-Z]+|eyJ[0-9a-zA-Z_-]+\.[0-9a-zA-Z_-]+|job-[0-9a-f]{16,}`)
)

// mintedStarts are how what minted matches begins. Weights and the like have none of them, and are not searched any further.
var mintedStarts = [][]byte{[]byte("hf_jwt_"), []byte("hf_oauth_"), []byte("eyJ"), []byte("job-")}

func findMinted(b []byte) []byte {
	if !slices.ContainsFunc(mintedStarts, func(start []byte) bool { return bytes.Contains(b, start) }) {
		return nil
	}
	return minted.Find(b)
}

// withoutMasks takes out the lines in which the runner is told a secret, which it prints nowhere.
func withoutMasks(b []byte) []byte {
	if !bytes.Contains(b, []byte("::add-mask::")) {
		return b
	}
	return maskLine.ReplaceAll(b, []byte("::add-mask::SECRET"))
}
