package ui

import (
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui/uitest"
)

func TestDetectATerminal(t *testing.T) {
	_, sized := uitest.OpenPTY(t, 100, 30)
	_, sizeless := uitest.OpenPTY(t, 0, 0)
	for _, tt := range []struct {
		name string
		tty  *os.File
		env  map[string]string
		want Options
	}{
		{"a terminal", sized, nil, Options{Terminal: true, Width: 100, Wrap: true, Color: true}},
		{"NO_COLOR", sized, map[string]string{"NO_COLOR": "0"}, Options{Terminal: true, Width: 100, Wrap: true}},
		{"bars are unwanted", sized, map[string]string{"HF_HUB_DISABLE_PROGRESS_BARS": "True"}, Options{Width: 100, Wrap: true, Color: true}},
		{"bars are wanted", sized, map[string]string{"HF_HUB_DISABLE_PROGRESS_BARS": "false"}, Options{Terminal: true, Width: 100, Wrap: true, Color: true}},
		{"a dumb one", sized, map[string]string{"TERM": "dumb"}, Options{Width: 100, Wrap: true}},
		{"Actions", sized, map[string]string{"GITHUB_ACTIONS": "true"}, Options{Width: 100, Actions: true}},
		{"one that does not know its size shows no rows", sizeless, map[string]string{"HF_HUB_DISABLE_PROGRESS_BARS": "0"}, Options{}},
	} {
		tt.want.Err = tt.tty
		if got := Detect(tt.tty, func(name string) string { return tt.env[name] }, false); !same(got, tt.want) {
			t.Errorf("%s: Detect with %v = %+v, want %+v", tt.name, tt.env, got, tt.want)
		}
	}
}

// A run on a real terminal, whose width is asked of the terminal and not of the options.
func TestTerminalOfTheSystem(t *testing.T) {
	master, slave := uitest.OpenPTY(t, 60, 20)
	output := make(chan string)
	go func() {
		p, _ := io.ReadAll(master) // ends with an error once the other end is closed
		output <- string(p)
	}()
	o := Detect(slave, func(string) string { return "" }, false)
	o.Width = 200
	now := time.Now()
	o.Now = func() time.Time { return now }
	u := New(o)
	a := u.Bar("merge", 1000, read)
	b := u.Bar("upload", 1000, sent)
	a.Add(1000)
	a.Note("3 of 3 shards")
	a.Done()
	u.Line("check", "all is well")
	b.Add(500)
	u.Close()
	slave.Close()

	s := newScreen(t, 60)
	if _, err := s.Write([]byte(strings.ReplaceAll(<-output, "\r\n", "\n"))); err != nil {
		t.Fatal(err)
	}
	s.check(t, "at the end", `merge    ███████████  1.0 kB read, 3 of 3 shards         0s
check    all is well
upload   ████      500 B sent        0s             stopped
`)
}
