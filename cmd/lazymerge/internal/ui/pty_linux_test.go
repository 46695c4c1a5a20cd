package ui

import (
	"fmt"
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

// reflowing is a terminal that folds lines which are wider than it is, as most do when they are made narrower.
type reflowing struct {
	lines []string // as they were written, whatever the width
}

// feed takes output at a width. A cursor that goes up counts the folded lines.
func (r *reflowing) feed(t *testing.T, output string, width int) {
	t.Helper()
	for output != "" {
		if r.lines == nil {
			r.lines = []string{""}
		}
		last := len(r.lines) - 1
		var n int
		var final byte
		switch {
		case strings.HasPrefix(output, "\r"):
			output = output[1:]
			continue
		case strings.HasPrefix(output, "\n"):
			r.lines, output = append(r.lines, ""), output[1:]
			continue
		case strings.HasPrefix(output, "\x1b[J"): // what is below was dropped as the cursor went up
			output = output[3:]
			continue
		case output[0] == '\x1b':
			if _, err := fmt.Sscanf(output, "\x1b[%d%c", &n, &final); err != nil || final != 'A' || r.lines[last] != "" {
				t.Fatalf("unexpected escape sequence in %q after %q", output, r.lines[last])
			}
			for n > 0 && last > 0 {
				last--
				n -= 1 + max(columns(r.lines[last])-1, 0)/width
			}
			if n < 0 { // in the middle of a line, whose upper part stays
				r.lines[last] = string([]rune(r.lines[last])[:-n*width])
				last++
			}
			r.lines = append(r.lines[:last], "")
			_, output, _ = strings.Cut(output, "A")
			continue
		}
		end := strings.IndexAny(output, "\r\n\x1b")
		if end < 0 {
			end = len(output)
		}
		r.lines[last] += output[:end]
		output = output[end:]
	}
}

// A terminal that is made narrower and wider while rows move shows each of them once.
func TestTerminalThatIsResized(t *testing.T) {
	master, slave := uitest.OpenPTY(t, 100, 20)
	output := make(chan string, 1000)
	go func() {
		defer close(output)
		p := make([]byte, 1<<16)
		for {
			n, err := master.Read(p)
			if err != nil {
				return
			}
			output <- string(p[:n])
		}
	}()
	o := Detect(slave, func(name string) string { return map[string]string{"NO_COLOR": "1"}[name] }, false)
	u := New(o)
	screen, width := &reflowing{}, 100
	settle := func() { // some drawings, and what they have written
		time.Sleep(3 * refreshEvery)
		for {
			select {
			case text, ok := <-output:
				if !ok {
					return
				}
				screen.feed(t, text, width)
				continue
			case <-time.After(refreshEvery / 3):
			}
			return
		}
	}
	u.Line("plan", "stays above")
	a, b := u.Bar("merge", 1000, read), u.Bar("upload", 1000, sent)
	a.Add(500)
	a.Note("2 of 3 shards")
	b.Add(400)
	b.Note("1 of 3 shards")
	settle()
	for _, width = range []int{40, 25, 70, 50, 100} {
		uitest.Resize(t, master, uint16(width), 20)
		settle()
		shown := strings.Join(screen.lines, "\n")
		for _, word := range []string{"plan ", "merge ", "upload ", "shards"} {
			want := 1
			if word == "shards" {
				want = strings.Count(shown, "merge") + strings.Count(shown, "upload")
				if width < 40 {
					continue // there is no room for it
				}
			}
			if n := strings.Count(shown, word); n != want {
				t.Errorf("at %d columns %q is on the screen %d times, want %d:\n%s", width, word, n, want, shown)
			}
		}
	}
	a.Done()
	u.Line("check", "goes below")
	u.Close()
	slave.Close()
	for text := range output {
		screen.feed(t, text, width)
	}
	shown := strings.Join(screen.lines, "\n")
	if strings.Count(shown, "merge ") != 1 || strings.Count(shown, "upload ") != 1 || strings.Count(shown, "plan ") != 1 {
		t.Errorf("at the end the screen shows\n%s", shown)
	}
}
