package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/sample"
	"github.com/lazymerge/lazymerge/hub/localhub"
)

const tutorialToken = "hf_tutorialtoken"

// tutorialJob is a merge of the tutorial, and what testdata/tutorial.py and tutorial.mjs expect of it.
type tutorialJob struct {
	Repo       string `json:"repo"`
	Config     string `json:"config"`
	Layers     int    `json:"layers"`
	Parameters int64  `json:"parameters"`
}

// TestTutorialClient pushes the four configs that the tutorial's readers have, unchanged and with the command line that it
// gives them, from stand-ins of their sources: 32 layers as Mistral-7B has them, of a 32nd of its widths. The results
// are read by the official clients, where LAZYMERGE_PYTHON and LAZYMERGE_NODE_PATH name them as in .ci/run.
//
// Source: M. Labonne, "Merge Large Language Models with mergekit", January 2024.
func TestTutorialClient(t *testing.T) {
	server, err := localhub.New(localhub.Options{Users: []localhub.User{{Name: "me", Tokens: []localhub.Token{{Secret: tutorialToken, Role: localhub.Write}}}}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	shape, ok := sample.Find("demo")
	if !ok {
		t.Fatal("there is no such shape")
	}
	for tune, id := range []string{
		"mistralai/Mistral-7B-v0.1", "OpenPipe/mistral-ft-optimized-1218", "mlabonne/NeuralHermes-2.5-Mistral-7B",
		"samir-fama/SamirGPT-v1", "abacusai/Slerp-CM-mist-dpo", "EmbeddedLLM/Mistral-7B-Merge-14-v0.2",
	} {
		dir := t.TempDir()
		if err := shape.Write(dir, 1, uint64(tune), "apache-2.0"); err != nil {
			t.Fatal(err)
		}
		files, err := localhub.Folder(dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := server.PutRepo(id, localhub.RepoOptions{}, files); err != nil {
			t.Fatal(err)
		}
	}
	if err := server.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	var outside, each int64 // parameters beside the layers, and of each
	for _, tensor := range shape.Tensors() {
		switch {
		case !strings.HasPrefix(tensor.Name, "model.layers."):
			outside += tensor.N()
		case strings.HasPrefix(tensor.Name, "model.layers.0."):
			each += tensor.N()
		}
	}

	binary, env := scriptBinary(t)
	env = append(append(os.Environ(), env...), "HF_ENDPOINT="+server.URL(), "HF_TOKEN="+tutorialToken, "HF_HUB_DISABLE_XET=1", "HF_HOME="+t.TempDir(),
		"HF_HUB_DISABLE_PROGRESS_BARS=1", "HF_HUB_DISABLE_TELEMETRY=1", "NO_PROXY=127.0.0.1", "PYTHONDONTWRITEBYTECODE=1")
	var jobs []tutorialJob
	for _, tt := range []struct {
		config, repo string
		layers       int
	}{
		{"docs/slerp.yaml", "me/NeuralPipe-7B-slerp", 32},
		{"testdata/tutorial/ties.yaml", "me/NeuralPipe-7B-ties", 32},
		{"testdata/tutorial/dare-ties.yaml", "me/Daredevil-7B", 32},
		{"testdata/tutorial/passthrough.yaml", "me/NeuralPipe-9B-merged", 40},
	} {
		cmd := exec.CommandContext(t.Context(), binary, "push", tt.config, "--repo", tt.repo,
			"--copy-tokenizer", "--allow-crimes", "--out-shard-size", "5M", "--lazy-unpickle")
		cmd.Env = env
		var said strings.Builder
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil || !strings.HasPrefix(string(out), server.URL()+"/"+tt.repo+"/commit/") {
			t.Errorf("push %s: %v, %s\n%s", tt.config, err, out, said.String())
			continue
		}
		if strings.Contains(said.String(), "warning") {
			t.Errorf("push %s warns:\n%s", tt.config, said.String())
		}
		config, err := filepath.Abs(tt.config)
		if err != nil {
			t.Fatal(err)
		}
		jobs = append(jobs, tutorialJob{Repo: tt.repo, Config: config, Layers: tt.layers, Parameters: outside + int64(tt.layers)*each})
	}
	asked, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	for _, client := range []struct {
		name, variable string
		command        []string
	}{
		{"huggingface_hub and safetensors", "LAZYMERGE_PYTHON", []string{os.Getenv("LAZYMERGE_PYTHON"), "testdata/tutorial.py"}},
		{"@huggingface/hub", "LAZYMERGE_NODE_PATH", []string{"node", "testdata/tutorial.mjs"}},
	} {
		t.Run(client.name, func(t *testing.T) {
			if os.Getenv(client.variable) == "" {
				t.Skip("set " + client.variable + " as .ci/run does")
			}
			cmd := exec.CommandContext(t.Context(), client.command[0], append(client.command[1:], string(asked))...)
			cmd.Env = env
			out, err := cmd.CombinedOutput()
			if err != nil || strings.Count(string(out), "\n") != len(jobs) {
				t.Fatalf("%v\n%s", err, out)
			}
			t.Logf("%s", out)
		})
	}
	if leaks := server.Leaks(); len(leaks) > 0 {
		t.Errorf("storage got the token: %+v", leaks)
	}
}

// TestTutorialAtRealSize plans the frankenmerge of the tutorial from headers of the real shapes, which lie in a cache of
// the official clients.
func TestTutorialAtRealSize(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files of zeros take room here")
	}
	shape, ok := sample.Find("mistral-7b")
	if !ok {
		t.Fatal("there is no such shape")
	}
	cache := t.TempDir()
	const commit = "0123456789abcdef0123456789abcdef01234567"
	for _, id := range []string{"OpenPipe--mistral-ft-optimized-1218", "mlabonne--NeuralHermes-2.5-Mistral-7B"} {
		repo := filepath.Join(cache, "models--"+id)
		if err := errors.Join(
			shape.WriteHollow(filepath.Join(repo, "snapshots", commit), "apache-2.0"),
			os.Mkdir(filepath.Join(repo, "refs"), 0o777),
			os.WriteFile(filepath.Join(repo, "refs", "main"), []byte(commit), 0o666),
		); err != nil {
			t.Fatal(err)
		}
	}
	env := map[string]string{"HF_HUB_CACHE": cache, "HF_HUB_OFFLINE": "1", "HF_HOME": cache}
	var out, said strings.Builder
	code := run(t.Context(), []string{"plan", "testdata/tutorial/passthrough.yaml"}, process{
		stdin: strings.NewReader(""), stdout: &out, stderr: &said, getenv: func(name string) string { return env[name] },
	})
	// 131.08 M of the embedding, as many of the head, and 218.11 M in each layer.
	const want = "passthrough of 2 models, 40 layers, 363 tensors, 8.99 B parameters, bfloat16, 21 shards"
	if code != 0 || !strings.Contains(out.String(), want) {
		t.Errorf("plan ends with %d:\n%s%s\nwant %q", code, out.String(), said.String(), want)
	}
}
