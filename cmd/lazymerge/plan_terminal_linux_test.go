package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/sample"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui/uitest"
)

// A plan on a terminal has the words of its left column in bold, and lines that end where the terminal does.
func TestPlanOnATerminal(t *testing.T) {
	shape, _ := sample.Find("demo")
	t.Chdir(t.TempDir())
	var folders []string
	for i := range 2 {
		folder := fmt.Sprintf("./a-model-whose-name-is-longer-than-most-%d", i)
		if err := shape.WriteHollow(folder, "apache-2.0"); err != nil {
			t.Fatal(err)
		}
		folders = append(folders, folder)
	}
	text := fmt.Sprintf("merge_method: slerp\nbase_model: %[1]s\nmodels:\n  - model: %[1]s\n  - model: %[2]s\nparameters:\n  t: [0, 1]\ndtype: bfloat16\n", folders[0], folders[1])
	if err := os.WriteFile("merge.yaml", []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	escapes := regexp.MustCompile("\x1b\\[[0-9;]*m")
	for _, tt := range []struct {
		name    string
		columns uint16
		env     map[string]string
		bold    bool
	}{
		{"a hundred columns", 100, nil, true},
		{"eighty columns and no colors", 80, map[string]string{"NO_COLOR": "1"}, false},
		{"sixty columns", 60, nil, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			master, slave := uitest.OpenPTY(t, tt.columns, 30)
			shown := make(chan string)
			go func() {
				p, _ := io.ReadAll(master) // ends with an error once the other end is closed
				shown <- string(p)
			}()
			var stderr bytes.Buffer
			code := run(t.Context(), []string{"plan", "merge.yaml"}, process{
				stdin: strings.NewReader(""), stdout: quietPipe{slave}, stderr: &stderr,
				getenv: func(name string) string { return tt.env[name] },
			})
			slave.Close()
			screen := <-shown
			if code != 0 {
				t.Fatalf("plan has ended with %d: %s", code, stderr.String())
			}
			if got := strings.Contains(screen, "\x1b[1mplan\x1b[0m"); got != tt.bold {
				t.Errorf("the word plan is bold: %t, want %t", got, tt.bold)
			}
			for line := range strings.Lines(escapes.ReplaceAllString(screen, "")) {
				if line = strings.TrimRight(line, "\r\n"); utf8.RuneCountInString(line) > int(tt.columns) {
					t.Errorf("%d columns: %s", utf8.RuneCountInString(line), line)
				}
			}
			if t.Failed() {
				t.Logf("\n%s", screen)
			}
		})
	}
}

// A config that is awaited from a terminal is asked for at once, and the wait ends with the context.
func TestConfigFromATerminal(t *testing.T) {
	_, slave := uitest.OpenPTY(t, 80, 30)
	ctx, stop := context.WithCancel(t.Context())
	said := &told{stop: stop}
	began := time.Now()
	code := run(ctx, []string{"plan", "-"}, process{stdin: slave, stdout: io.Discard, stderr: said, getenv: func(string) string { return "" }})
	if want := "reading  the config from standard input\n"; code != exitInterrupted || !strings.HasPrefix(said.String(), want) {
		t.Errorf("plan - has ended with %d, and says %q; want %d, and %q at first", code, said, exitInterrupted, want)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("it was said after %s", took)
	}
}

// told is what a run says; the first of it stops the run.
type told struct {
	bytes.Buffer
	stop func()
}

func (t *told) Write(p []byte) (int, error) {
	t.stop()
	return t.Buffer.Write(p)
}

// The help of every command fits the terminal, but for examples, which are there to be pasted. In a pipe it is as it is written.
func TestHelpOnATerminal(t *testing.T) {
	show := func(stdout io.Writer, command string) {
		code := run(t.Context(), append(strings.Fields(command), "--help"), process{stdin: strings.NewReader(""), stdout: stdout, stderr: io.Discard,
			getenv: func(string) string { return "" }})
		if code != 0 {
			t.Errorf("%s --help has ended with %d", command, code)
		}
	}
	words := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	const columns = 60
	for _, command := range []string{"", "plan", "push", "merge", "validate", "card", "verify", "methods", "hub serve", "demo", "completion bash"} {
		master, slave := uitest.OpenPTY(t, columns, 30)
		shown := make(chan string)
		go func() {
			p, _ := io.ReadAll(master) // ends with an error once the other end is closed
			shown <- strings.ReplaceAll(string(p), "\r\n", "\n")
		}()
		show(quietPipe{slave}, command) // as the program has it
		slave.Close()
		screen := <-shown
		var pipe bytes.Buffer
		show(&pipe, command)
		if words(screen) != words(pipe.String()) {
			t.Errorf("%s --help says something else on a terminal:\n%s", command, screen)
		}
		example := false
		for line := range strings.SplitSeq(screen, "\n") {
			if line != "" && line[0] != ' ' {
				example = line == "Examples:"
			}
			if !example && !strings.HasPrefix(line, "\t") && len(line) > columns {
				t.Errorf("%s --help has a line of %d columns: %s", command, len(line), line)
			}
		}
	}
}
