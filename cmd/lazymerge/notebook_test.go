package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

const notebookPath = "docs/lazymerge.ipynb"

func readNotebook(t *testing.T) gjson.Result {
	t.Helper()
	b, err := os.ReadFile(notebookPath)
	if err != nil {
		t.Fatal(err)
	}
	if !gjson.ValidBytes(b) {
		t.Fatalf("%s is not JSON", notebookPath)
	}
	return gjson.ParseBytes(b)
}

// cellSource is the text of the cell with the id.
func cellSource(t *testing.T, notebook gjson.Result, id string) string {
	t.Helper()
	var text strings.Builder
	for _, cell := range notebook.Get("cells").Array() {
		if cell.Get("id").Str == id {
			for _, line := range cell.Get("source").Array() {
				text.WriteString(line.Str)
			}
			return text.String()
		}
	}
	t.Fatalf("no cell %q", id)
	return ""
}

// TestNotebookForm holds the notebook to its format, and to what it shares with other files. It needs no Python.
//
// Source: the format is nbformat 4.5, nbformat.v4.5.schema.json.
func TestNotebookForm(t *testing.T) {
	notebook := readNotebook(t)
	if major, minor := notebook.Get("nbformat").Int(), notebook.Get("nbformat_minor").Int(); major != 4 || minor != 5 {
		t.Errorf("nbformat %d.%d, want 4.5", major, minor)
	}
	seen := map[string]bool{}
	var code []string
	for _, cell := range notebook.Get("cells").Array() {
		id := cell.Get("id").Str
		if !regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`).MatchString(id) || seen[id] {
			t.Errorf("cell id %q is not valid or not unique", id)
		}
		seen[id] = true
		if !cell.Get("metadata").IsObject() || !cell.Get("source").IsArray() {
			t.Errorf("cell %s has no metadata or source", id)
		}
		if cell.Get("cell_type").Str != "code" {
			continue
		}
		code = append(code, id)
		if outputs := cell.Get("outputs"); !outputs.IsArray() || len(outputs.Array()) > 0 || cell.Get("execution_count").Type != gjson.Null {
			t.Errorf("cell %s was run: %s", id, cell.Raw)
		}
		if text := cellSource(t, notebook, id); regexp.MustCompile(`(?m)^\s*[!%]`).MatchString(text) {
			t.Errorf("cell %s uses IPython's syntax, which the tests cannot run", id)
		}
	}
	if got := strings.Join(code, " "); got != "get config push" {
		t.Errorf("the code cells are %q", got)
	}

	tutorial, err := os.ReadFile("docs/slerp.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if config := cellSource(t, notebook, "config"); !strings.Contains(config, "r\"\"\"\n"+string(tutorial)+"\"\"\"") {
		t.Errorf("the config is not docs/slerp.yaml:\n%s", config)
	}
	release, err := os.ReadFile("../../.goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	get := cellSource(t, notebook, "get")
	name := regexp.MustCompile(`name_template: "(\{\{ \.ProjectName.*)"`).FindSubmatch(release)
	if name == nil {
		t.Fatal(".goreleaser.yaml has no name of archives in the form that this test reads")
	}
	archive := strings.NewReplacer("{{ .ProjectName }}", "lazymerge", "{{ .Os }}", "linux", "{{ .Arch }}", "amd64").Replace(string(name[1])) + ".tar.gz"
	if !strings.Contains(get, `ARCHIVE = "`+archive+`"`) || !strings.Contains(get, `"checksums.txt"`) ||
		!bytes.Contains(release, []byte("name_template: checksums.txt")) {
		t.Errorf("the notebook does not fetch %s and checksums.txt, which are what a release has:\n%s", archive, get)
	}
}

// notebookJob is what testdata/notebook.py is asked to do.
type notebookJob struct {
	Fields  map[string]any     `json:"fields,omitempty"`
	Cells   []string           `json:"cells,omitempty"`
	Secrets map[string]*string `json:"secrets,omitempty"`
}

// notebook is a command that runs the cells in a folder of its own, with no token and no cache but what env says.
func notebook(t *testing.T, job notebookJob, env ...string) *exec.Cmd {
	t.Helper()
	python := os.Getenv("LAZYMERGE_PYTHON")
	if python == "" {
		t.Skip("set LAZYMERGE_PYTHON to a Python 3")
	}
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	asked, err := json.Marshal(job)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, filepath.Join(here, "testdata/notebook.py"), filepath.Join(here, notebookPath))
	cmd.Dir = t.TempDir()
	cmd.Stdin = bytes.NewReader(asked)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "HF_") && !strings.HasPrefix(v, "LAZYMERGE_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(append(cmd.Env, "HF_HOME="+t.TempDir(), "PYTHONUNBUFFERED=1"), env...)
	return cmd
}

const notebookConfig = `merge_method: linear
models:
  - model: acme/a
    parameters: {weight: 0.5}
  - model: acme/b
    parameters: {weight: 0.5}
`

// seeded is a folder with the repos of a Hub that has two models.
func seeded(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	server, err := localhub.New(localhub.Options{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for _, name := range []string{"a", "b"} {
		m, err := parseTiny(nil)
		if err != nil {
			t.Fatal(err)
		}
		files, err := m.files()
		if err != nil {
			t.Fatal(err)
		}
		contents := map[string]localhub.Content{}
		for path, text := range files {
			contents[path] = localhub.Text(text)
		}
		if _, err := server.PutRepo("acme/"+name, m.repo, contents); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// ask reads from the Hub as the owner of the token.
func ask(t *testing.T, url, token string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

// TestNotebookClient runs all cells against `hub serve`. It needs LAZYMERGE_PYTHON, any Python 3.
func TestNotebookClient(t *testing.T) {
	if os.Getenv("LAZYMERGE_PYTHON") == "" {
		t.Skip("set LAZYMERGE_PYTHON to a Python 3")
	}
	binary := buildBinary(t)
	token := "hf_notebooktoken"
	stale := "hf_staletoken"
	config := "\n" + notebookConfig
	for _, tt := range []struct {
		name    string
		repo    string
		fields  map[string]any
		secrets map[string]*string
		env     string // HF_TOKEN
		fails   string // what a failure says; "" is success
		prints  string
		exists  bool // the repo, afterwards
		private bool
	}{
		{name: "the secret publishes", repo: "me/one", fields: map[string]any{"MODEL_NAME": "one", "yaml_config": config},
			secrets: map[string]*string{"HF_TOKEN": &token}, env: stale, prints: "Your model: HUB/me/one\n", exists: true},
		{"the environment publishes away from Colab, privately", "acme/two",
			map[string]any{"MODEL_NAME": "two", "username": "acme", "PRIVATE": true, "yaml_config": config},
			nil, token, "", "The commit: HUB/acme/two/commit/", true, true},
		{"the environment stands in for a secret that may not be read", "me/three", map[string]any{"MODEL_NAME": "three", "yaml_config": config},
			map[string]*string{"HF_TOKEN": nil}, token, "", "Notebook does not have access to secret HF_TOKEN The key symbol", true, false},
		{"without a token it says so", "me/four", map[string]any{"MODEL_NAME": "four", "yaml_config": config},
			map[string]*string{"other": &token}, "", "exit code 4", "Secret HF_TOKEN does not exist. The key symbol", false, false},
		{"a dry run shows the card and publishes nothing", "me/five", map[string]any{"MODEL_NAME": "five", "DRY_RUN": true, "yaml_config": config},
			map[string]*string{"HF_TOKEN": &token}, "", "", "base_model:\n- acme/a\n- acme/b\n", false, false},
		{"a fault is shown with its place", "me/six", map[string]any{"MODEL_NAME": "six", "yaml_config": strings.Replace(config, "linear", "lineal", 1)},
			map[string]*string{"HF_TOKEN": &token}, "", "exit code 3", "config.yaml:1:15:", false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			endpoint := serve(t, binary, token, "--root", seeded(t), "--user", "me,acme")
			cmd := notebook(t, notebookJob{Fields: tt.fields, Secrets: tt.secrets},
				"LAZYMERGE_BIN="+binary, "HF_ENDPOINT="+endpoint, "HF_TOKEN="+tt.env)
			b, err := cmd.CombinedOutput()
			out := strings.ReplaceAll(string(b), endpoint, "HUB")
			if (err != nil) != (tt.fails != "") || !strings.Contains(out, tt.fails) || !strings.Contains(out, tt.prints) {
				t.Fatalf("%v, want %q and %q in\n%s", err, tt.fails, tt.prints, out)
			}
			if strings.Contains(out, token) || strings.Contains(out, stale) || strings.Contains(out, "Traceback") {
				t.Errorf("the output has a token or a traceback:\n%s", out)
			}
			if !strings.HasPrefix(out, "lazymerge dev\nwrote config.yaml for "+tt.fields["MODEL_NAME"].(string)+"\n") {
				t.Errorf("the first cells print:\n%s", out)
			}
			status, info := ask(t, endpoint+"/api/models/"+tt.repo, token)
			if !tt.exists {
				if status != http.StatusNotFound {
					t.Errorf("%s answers %d: %s", tt.repo, status, info)
				}
				return
			}
			if status != http.StatusOK || gjson.Get(info, "private").Bool() != tt.private {
				t.Errorf("%s answers %d: %s", tt.repo, status, info)
			}
			if _, published := ask(t, endpoint+"/"+tt.repo+"/resolve/main/mergekit_config.yml", token); published != notebookConfig {
				t.Errorf("the published config is %q", published)
			}
			if !gjson.Get(info, `siblings.#(rfilename=="model.safetensors")`).Exists() {
				t.Errorf("there are no weights: %s", info)
			}
		})
	}
}

// release is a place to download from, as .goreleaser.yaml makes one. Its program is a script that tells its version.
func release(t *testing.T, wrongSum bool) *httptest.Server {
	t.Helper()
	const program = "#!/bin/sh\necho lazymerge 9.9.9 \"$@\"\n"
	var archive bytes.Buffer
	z := gzip.NewWriter(&archive)
	w := tar.NewWriter(z)
	if err := w.WriteHeader(&tar.Header{Name: "lazymerge", Mode: 0o755, Size: int64(len(program))}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, program); err != nil {
		t.Fatal(err)
	}
	for _, c := range []io.Closer{w, z} {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	sum := sha256.Sum256(archive.Bytes())
	if wrongSum {
		sum[0] ^= 1
	}
	sums := fmt.Sprintf("%064x  lazymerge_darwin_arm64.tar.gz\n%x  lazymerge_linux_amd64.tar.gz\n", 7, sum)
	mux := http.NewServeMux()
	for _, where := range []string{"/latest/download/", "/download/v9.9.9/"} {
		mux.HandleFunc(where+"lazymerge_linux_amd64.tar.gz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(archive.Bytes()) })
		mux.HandleFunc(where+"checksums.txt", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, sums) })
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

// TestNotebookDownloadClient runs the first cell against a place with releases.
func TestNotebookDownloadClient(t *testing.T) {
	for _, tt := range []struct {
		name, version string
		wrongSum      bool
		fails         string
	}{
		{"the latest", "latest", false, ""},
		{"a certain one", "v9.9.9", false, ""},
		{"one that is not there", "v0.0.0", false, "404 Not Found. Is v0.0.0 a release?"},
		{"one that was tampered with", "latest", true, "lazymerge_linux_amd64.tar.gz is not what checksums.txt says"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := release(t, tt.wrongSum)
			cmd := notebook(t, notebookJob{Cells: []string{"get"}, Fields: map[string]any{"RELEASES": server.URL, "VERSION": tt.version}})
			out, err := cmd.CombinedOutput()
			if tt.fails == "" {
				if err != nil || string(out) != "lazymerge 9.9.9 --version\n" {
					t.Fatalf("%v: %s", err, out)
				}
				return
			}
			if err == nil || !strings.Contains(string(out), tt.fails) || strings.Contains(string(out), "Traceback") {
				t.Errorf("%v, want %q: %s", err, tt.fails, out)
			}
			if _, err := os.Stat(filepath.Join(cmd.Dir, "lazymerge")); !os.IsNotExist(err) {
				t.Errorf("the program is there: %v", err)
			}
		})
	}
}

// TestNotebookStopClient presses the stop button, which interrupts Python alone, while the Hub does not answer.
func TestNotebookStopClient(t *testing.T) {
	if os.Getenv("LAZYMERGE_PYTHON") == "" {
		t.Skip("set LAZYMERGE_PYTHON to a Python 3")
	}
	asked := make(chan struct{})
	var once sync.Once
	gone := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		once.Do(func() { close(asked) })
		select {
		case <-r.Context().Done():
		case <-gone:
		}
	}))
	defer server.Close()
	defer close(gone)
	token := "hf_notebooktoken"
	cmd := notebook(t, notebookJob{Secrets: map[string]*string{"HF_TOKEN": &token}, Fields: map[string]any{"yaml_config": notebookConfig}},
		"LAZYMERGE_BIN="+buildBinary(t), "HF_ENDPOINT="+server.URL)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-asked:
	case <-time.After(time.Minute):
		t.Error("the Hub was never asked")
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	// Wait returns when lazymerge too has let go of the output.
	if err := cmd.Wait(); err == nil || !strings.Contains(out.String(), "stopped") || !strings.Contains(out.String(), "exit code 130") {
		t.Errorf("%v:\n%s", err, out.String())
	}
}
