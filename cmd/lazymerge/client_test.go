package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPythonClient lets huggingface_hub publish the reference models to `hub serve`, pushes merges of them and
// reads the results with huggingface_hub and safetensors. It needs LAZYMERGE_PYTHON, an interpreter that has
// both, as .ci/run makes one.
func TestPythonClient(t *testing.T) {
	python := os.Getenv("LAZYMERGE_PYTHON")
	if python == "" {
		t.Skip("set LAZYMERGE_PYTHON to a Python that has huggingface_hub, safetensors and numpy")
	}
	binary := buildBinary(t)
	const token = "hf_pythonclienttoken"
	endpoint := serve(t, binary, token, "--user", "me,acme")
	cmd := exec.CommandContext(t.Context(), python, "testdata/client.py", binary, "../../merge/testdata/golden")
	cmd.Env = append(os.Environ(), "HF_ENDPOINT="+endpoint, "HF_TOKEN="+token, "HF_HUB_DISABLE_XET=1",
		"HF_HOME="+t.TempDir(), "HF_HUB_DISABLE_PROGRESS_BARS=1", "HF_HUB_DISABLE_TELEMETRY=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("client.py: %v\n%s", err, out)
	}
	if strings.Contains(string(out), token) {
		t.Error("the token was printed")
	}
	t.Logf("%s", out)
}

func buildBinary(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lazymerge")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", path, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// serve runs `hub serve` with a folder of its own and returns its address.
func serve(t *testing.T, binary, token string, flags ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, binary, append([]string{"hub", "serve", "--addr", "127.0.0.1:0", "--root", t.TempDir(), "--token", token}, flags...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("hub serve printed no address: %v", err)
	}
	go io.Copy(io.Discard, out) // it prints nothing more
	return strings.TrimSpace(line)
}
