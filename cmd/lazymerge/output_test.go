package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// refusing is a writer that refuses everything with err.
type refusing struct{ err error }

func (w refusing) Write([]byte) (int, error) {
	return 0, &fs.PathError{Op: "write", Path: "/dev/stdout", Err: w.err}
}

// A reader that goes away ends a command quietly, with the code that it has anyhow; a disk that is full does not.
func TestReaderThatGoesAway(t *testing.T) {
	config := filepath.Join(t.TempDir(), "m.yaml")
	if err := os.WriteFile(config, []byte("merge_method: nothing\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		err  error
		code int
		says string
	}{
		{"a result", []string{"methods"}, syscall.EPIPE, 0, ""},
		{"a refusal", []string{"validate", config, "--json"}, syscall.EPIPE, exitConfig, "unknown merge method"},
		{"a full disk", []string{"methods"}, syscall.ENOSPC, exitNoRoom, "the result cannot be written to standard output: " + syscall.ENOSPC.Error() + "\n  hint: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var said strings.Builder
			code := run(t.Context(), tt.args, process{stdout: quietPipe{refusing{tt.err}}, stderr: &said, getenv: func(string) string { return "" }})
			if code != tt.code || !strings.Contains(said.String(), tt.says) || tt.says == "" && said.Len() > 0 || strings.Contains(said.String(), "broken pipe") {
				t.Errorf("code %d, says %q; want %d, %q", code, said.String(), tt.code, tt.says)
			}
		})
	}
}
