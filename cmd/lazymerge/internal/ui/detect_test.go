package ui

import (
	"bytes"
	"io"
	"os"
	"testing"
)

func TestDetectWithoutATerminal(t *testing.T) {
	for _, tt := range []struct {
		name string
		env  map[string]string
		want Options
	}{
		{"a pipe", nil, Options{}},
		{"Actions", map[string]string{"GITHUB_ACTIONS": "true"}, Options{Actions: true}},
		{"Actions is said with one word", map[string]string{"GITHUB_ACTIONS": "1"}, Options{}},
		{"bars are wanted for good", map[string]string{"HF_HUB_DISABLE_PROGRESS_BARS": "0"}, Options{Terminal: true}},
		{"bars are unwanted for good", map[string]string{"HF_HUB_DISABLE_PROGRESS_BARS": "yes"}, Options{}},
		{"a dumb terminal has none, wanted or not", map[string]string{"HF_HUB_DISABLE_PROGRESS_BARS": "0", "TERM": "dumb"}, Options{}},
		{"nor has Actions", map[string]string{"HF_HUB_DISABLE_PROGRESS_BARS": "0", "GITHUB_ACTIONS": "true"}, Options{Actions: true}},
	} {
		getenv := func(name string) string { return tt.env[name] }
		tt.want.Err = io.Discard
		tt.want.Quiet = true
		if got := Detect(io.Discard, getenv, true); !same(got, tt.want) {
			t.Errorf("%s: Detect with %v = %+v, want %+v", tt.name, tt.env, got, tt.want)
		}
	}

	file, err := os.Create(t.TempDir() + "/stderr")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if got := Detect(file, func(string) string { return "" }, false); !same(got, Options{Err: file}) {
		t.Errorf("Detect of a file = %+v, want neither bars nor color", got)
	}
}

// same compares all but Now, which Detect leaves alone.
func same(a, b Options) bool {
	return a.Err == b.Err && a.Terminal == b.Terminal && a.Width == b.Width && a.Color == b.Color &&
		a.Quiet == b.Quiet && a.Actions == b.Actions && a.Now == nil
}

func TestColors(t *testing.T) {
	for _, tt := range []struct {
		goos, name, value string
		want              bool
	}{
		{"linux", "", "", true},
		{"windows", "", "", false},
		{"windows", "WT_SESSION", "guid", true},
		{"windows", "TERM", "xterm", true},
		{"windows", "ConEmuANSI", "ON", true},
		{"windows", "ConEmuANSI", "OFF", false},
	} {
		getenv := func(name string) string {
			if name == tt.name {
				return tt.value
			}
			return ""
		}
		if got := colors(tt.goos, getenv); got != tt.want {
			t.Errorf("colors(%s, %s=%s) = %v, want %v", tt.goos, tt.name, tt.value, got, tt.want)
		}
	}
}

func TestZeroOptions(t *testing.T) {
	u := New(Options{})
	u.Line("plan", "goes nowhere")
	b := u.Bar("merge", 1, Unit{})
	b.Add(1)
	b.Done()
	u.Close()

	var out bytes.Buffer
	u = New(Options{Err: &out})
	u.Bar("merge", 0, Unit{}).Done() // no total, no unit
	u.Close()
	if want := "merge    0 B\nmerge    0 B\n"; out.String() != want {
		t.Errorf("a bar without a total prints\n%swant\n%s", out.String(), want)
	}
}
