package localhub_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

// TestPythonClient runs testdata/python_client.py with the interpreter that LAZYMERGE_PYTHON
// names, which must have huggingface_hub.
func TestPythonClient(t *testing.T) {
	python := os.Getenv("LAZYMERGE_PYTHON")
	if python == "" {
		t.Skip("LAZYMERGE_PYTHON names no Python interpreter that has huggingface_hub")
	}
	for _, mode := range storeModes {
		t.Run(mode.name, func(t *testing.T) {
			opts := mode.options(t)
			opts.RedirectRegular = true // as the public Hub
			opts.OnePort = opts.Root == ""
			if opts.Root != "" {
				opts.MultipartAbove, opts.PartSize = 1<<20, 500_000
			}
			server := clientServer(t, opts)
			runClient(t, server, exec.CommandContext(t.Context(), python, "-W", "ignore", "testdata/python_client.py"), opts.MultipartAbove > 0)
		})
	}
}

// TestPythonClientOfAJob runs testdata/python_publisher.py as a job of GitHub Actions would.
func TestPythonClientOfAJob(t *testing.T) {
	python := os.Getenv("LAZYMERGE_PYTHON")
	if python == "" {
		t.Skip("LAZYMERGE_PYTHON names no Python interpreter that has huggingface_hub")
	}
	server, _ := startPublisher(t)
	job := server.NewJob(subject)
	cmd := exec.CommandContext(t.Context(), python, "-W", "ignore", "testdata/python_publisher.py")
	cmd.Env = []string{"GITHUB_ACTIONS=true", "ACTIONS_ID_TOKEN_REQUEST_URL=" + job.RequestURL, "ACTIONS_ID_TOKEN_REQUEST_TOKEN=" + job.RequestToken}
	runClient(t, server, cmd, false)
	commits, err := server.Commits("alice/merged", "")
	if err != nil || commits[0].Title != "by a job" || commits[0].Author != "[OIDC]" {
		t.Errorf("the commit is %+v, %v", commits[0], err)
	}
}

// TestJavaScriptClient runs testdata/js_client.mjs with the packages of the folder that
// LAZYMERGE_NODE_PATH names: its node_modules must have @huggingface/hub.
func TestJavaScriptClient(t *testing.T) {
	packages := os.Getenv("LAZYMERGE_NODE_PATH")
	if packages == "" {
		t.Skip("LAZYMERGE_NODE_PATH names no folder whose node_modules has @huggingface/hub")
	}
	for _, mode := range storeModes {
		t.Run(mode.name, func(t *testing.T) {
			opts := mode.options(t)
			opts.OnePort = opts.Root == ""
			if opts.Root != "" {
				opts.MultipartAbove, opts.PartSize = 1<<20, 500_000
			}
			server := clientServer(t, opts)
			runClient(t, server, exec.CommandContext(t.Context(), "node", "testdata/js_client.mjs"), opts.MultipartAbove > 0)
		})
	}
}

// clientServer has the users and repos that the scripts expect.
func clientServer(t *testing.T, opts localhub.Options) *localhub.Server {
	t.Helper()
	opts.Users = []localhub.User{
		{Name: "alice", Orgs: []string{"acme"}, Tokens: []localhub.Token{{Secret: "hf_clientalice", Role: localhub.Write}}},
		{Name: "bob", Tokens: []localhub.Token{{Secret: "hf_clientbob", Role: localhub.Read}}},
	}
	server := start(t, opts)
	files := map[string]localhub.Content{"config.json": localhub.Text("{}")}
	put(t, server, "carol/public", localhub.RepoOptions{}, files)
	put(t, server, "carol/private", localhub.RepoOptions{Private: true}, files)
	put(t, server, "carol/gated", localhub.RepoOptions{Gated: localhub.Manual}, files)
	return server
}

// runClient runs a script against server; inParts is whether large files must go up in parts.
func runClient(t *testing.T, server *localhub.Server, cmd *exec.Cmd, inParts bool) {
	t.Helper()
	home := t.TempDir()
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "HF_") && !strings.HasPrefix(kv, "HUGGING") {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	cmd.Env = append(cmd.Env,
		"HF_ENDPOINT="+server.URL(),
		"HF_TOKEN=hf_clientalice",
		"OTHER_TOKEN=hf_clientbob",
		"HF_HOME="+filepath.Join(home, "hf"),
		"HF_HUB_DISABLE_XET=1",
		"HF_HUB_DISABLE_TELEMETRY=1",
		"HF_HUB_DISABLE_PROGRESS_BARS=1",
		"TMPDIR="+home,
		"NO_PROXY=127.0.0.1",
	)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", cmd, err, out)
	}
	if leaks := server.Leaks(); len(leaks) > 0 {
		t.Errorf("%s sent its token to storage: %+v", cmd, leaks)
	}
	parts := 0
	for _, r := range server.Log() {
		if r.Query.Has("partNumber") && r.Status == 200 {
			parts++
		}
		if r.Status >= 500 {
			t.Errorf("%s %s was answered %d", r.Method, r.Path, r.Status)
		}
	}
	if inParts != (parts > 0) {
		t.Errorf("%s sent %d parts", cmd, parts)
	}
}
