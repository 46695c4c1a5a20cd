package hubtest_test

import (
	"flag"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/hub/localhub"
	"github.com/lazymerge/lazymerge/hub/localhub/hubtest"
)

var (
	endpoint = flag.String("hub-endpoint", "", "run TestAnyHub against the Hub at this URL")
	token    = flag.String("hub-token", os.Getenv("HF_TOKEN"), "a token that may create repos there; HF_TOKEN keeps it out of the process list")
)

const secret = "hf_hubtestalice"

// TestAnyHub is for a person who wants to know whether another Hub keeps to the facts.
func TestAnyHub(t *testing.T) {
	if *endpoint == "" {
		t.Skip("-hub-endpoint names no Hub")
	}
	hubtest.TestHub(t, *endpoint, *token)
}

func start(t *testing.T, opts localhub.Options, fault func(*http.Request) localhub.Fault) *localhub.Server {
	t.Helper()
	opts.Users = []localhub.User{{Name: "alice", Tokens: []localhub.Token{{Secret: secret, Role: localhub.Write}}}}
	server, err := localhub.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	server.Fault = fault
	if err := server.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return server
}

func TestLocalHub(t *testing.T) {
	for _, tt := range []struct {
		name string
		opts localhub.Options
	}{
		{"memory", localhub.Options{}},
		{"folder", localhub.Options{Root: t.TempDir(), RedirectRegular: true, MultipartAbove: 100_000, PartSize: 70_000}},
		{"one port", localhub.Options{OnePort: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := start(t, tt.opts, nil)
			hubtest.TestHub(t, server.URL(), secret)
			if repos := server.Repos(); len(repos) > 0 {
				t.Errorf("the suite left %+v", repos)
			}
			if leaks := server.Leaks(); len(leaks) > 0 {
				t.Errorf("the suite sent its token to storage: %+v", leaks)
			}
		})
	}
}

// A Hub that breaks one fact is found out, and neither the token nor a signature is printed.
func TestSuiteCanFail(t *testing.T) {
	for rule, step := range map[string]string{
		"":                                    "",
		"other-tag /resolve/":                 "read_a_regular_file",
		"other-commit HEAD /resolve/":         "read_a_large_file",
		"short=1 storage: #2":                 "read_a_large_file",
		"whole storage:":                      "read_a_large_file",
		"no-tag PUT storage:":                 "large_file",
		"status=500 /commit/":                 "commit",
		"lose /discussions":                   "draft_pull_request",
		"page /whoami-v2":                     "account",
		"status=409 /preupload/":              "preupload",
		"gzip /tree/":                         "listing",
		"status=404 POST /branch/":            "branches_and_tags",
		"status=403 DELETE /api/repos/delete": "delete",
	} {
		t.Run(strings.ReplaceAll(rule, "/", "|"), func(t *testing.T) {
			t.Parallel()
			var fault func(*http.Request) localhub.Fault
			if rule != "" {
				r, err := localhub.ParseRule(rule)
				if err != nil {
					t.Fatal(err)
				}
				fault = r.Faults(1)
			}
			server := start(t, localhub.Options{}, fault)
			out, err := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAnyHub$", "-test.v", "-hub-endpoint", server.URL(), "-hub-token", secret).CombinedOutput()
			if (err != nil) != (rule != "") || rule != "" && !strings.Contains(string(out), "--- FAIL: TestAnyHub/"+step) {
				t.Errorf("with %q the suite ends with %v, want a failure of %q:\n%s", rule, err, step, out)
			}
			for _, s := range []string{secret, "Signature="} {
				if strings.Contains(string(out), s) {
					t.Errorf("the output has %q in it:\n%s", s, out)
				}
			}
		})
	}
}
