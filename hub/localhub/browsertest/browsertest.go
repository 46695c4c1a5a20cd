// Package browsertest looks at the pages of a local Hub with a headless Chromium, in tests.
package browsertest

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Variable is the environment variable that names the Chromium. Without it tests that need one
// are left out. The check "browser" of .ci/run installs one and sets it.
const Variable = "LAZYMERGE_CHROMIUM"

// Need leaves a test out where there is no Chromium.
func Need(t *testing.T) {
	t.Helper()
	if os.Getenv(Variable) == "" {
		t.Skip("set " + Variable + " to a Chromium, as .ci/run browser does")
	}
}

// DOM returns the document that a browser builds of the page at url, after all of it is loaded.
// What the page makes a browser say on its console, as a breach of its policy or a picture
// that is not there, fails the test. flags are Chromium's.
func DOM(t *testing.T, url string, flags ...string) string {
	t.Helper()
	return chromium(t, url, append(flags, "--dump-dom"))
}

// Shot draws the top of the page at url into a PNG file. flags are Chromium's.
func Shot(t *testing.T, url, file string, flags ...string) {
	t.Helper()
	chromium(t, url, append(flags, "--screenshot="+file))
}

func chromium(t *testing.T, url string, flags []string) string {
	t.Helper()
	Need(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	args := append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--hide-scrollbars", "--enable-logging=stderr", "--user-data-dir=" + t.TempDir(),
	}, flags...)
	cmd := exec.CommandContext(ctx, os.Getenv(Variable), append(args, url)...)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("chromium: %v\n%s", err, &log)
	}
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, ":CONSOLE") {
			t.Errorf("the console of %s says: %s", url, line)
		}
	}
	return out.String()
}
