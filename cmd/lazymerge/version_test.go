package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// TestVersionOfRelease stamps a build as .goreleaser.yaml does, so that the name of the variable cannot go astray.
// The other flags would compile everything anew, and stamp nothing.
func TestVersionOfRelease(t *testing.T) {
	config, err := os.ReadFile("../../.goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^    ldflags: \["(.*)"\]$`).FindSubmatch(config)
	if found == nil {
		t.Fatal(".goreleaser.yaml has no ldflags in the form that this test reads")
	}
	ldflags := strings.ReplaceAll(string(found[1]), "{{ .Version }}", "1.2.3-rc.1")
	path := filepath.Join(t.TempDir(), "lazymerge")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-ldflags", ldflags, "-o", path, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("go build -ldflags %q: %v\n%s", ldflags, err, out)
	}
	for arg, want := range map[string]string{
		"version":   "lazymerge 1.2.3-rc.1 " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH + "\n",
		"--version": "lazymerge 1.2.3-rc.1\n",
	} {
		if got, err := exec.CommandContext(t.Context(), path, arg).Output(); err != nil || string(got) != want {
			t.Errorf("lazymerge %s = %q, %v, want %q", arg, got, err, want)
		}
	}
}

// TestVersionOfModule is about the fallback: a test binary has no version of its own.
func TestVersionOfModule(t *testing.T) {
	out, _, code := runHere(t, "version")
	if want := "lazymerge dev " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH + "\n"; code != 0 || out != want {
		t.Errorf("lazymerge version = %q, exit %d, want %q", out, code, want)
	}
}
