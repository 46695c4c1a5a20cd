package ui

import (
	"io"
	"os"
	"runtime"
	"strings"

	"golang.org/x/term"
)

// Detect finds the options for err, which usually is os.Stderr, from what it is and from the
// environment; getenv usually is os.Getenv.
//
// Bars move on a terminal that says its size. HF_HUB_DISABLE_PROGRESS_BARS overrides that, true
// for never and any other value for always, except that TERM=dumb and GitHub Actions (GITHUB_ACTIONS=true)
// cannot move a cursor. Lines are broken at the width of a terminal, so that what goes into a pipe can be searched by line. Color needs a terminal and is off with any NO_COLOR.
func Detect(err io.Writer, getenv func(string) string, quiet bool) Options {
	o := Options{Err: err, Quiet: quiet, Actions: getenv("GITHUB_ACTIONS") == "true"}
	tty, sized := false, true
	if f, ok := err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		w, h, e := term.GetSize(int(f.Fd()))
		o.Width = w
		o.Wrap = e == nil && w > 0 && !o.Actions
		tty, sized = true, e == nil && w > 0 && h > 0
	}
	dumb := getenv("TERM") == "dumb" || o.Actions || !sized

	o.Terminal = tty && !dumb
	if v := getenv("HF_HUB_DISABLE_PROGRESS_BARS"); v != "" {
		o.Terminal = !isTrue(v) && !dumb
	}
	o.Color = tty && !dumb && getenv("NO_COLOR") == "" && colors(runtime.GOOS, getenv)
	return o
}

// colors tells whether a terminal of the system understands escape sequences. On Windows the
// old console needs to be told to; its successors leave a mark.
func colors(goos string, getenv func(string) string) bool {
	return goos != "windows" || getenv("WT_SESSION") != "" || getenv("TERM") != "" || getenv("ConEmuANSI") == "ON"
}

// isTrue reads a switch the way huggingface_hub does.
func isTrue(v string) bool {
	switch strings.ToUpper(v) {
	case "1", "ON", "YES", "TRUE":
		return true
	}
	return false
}
