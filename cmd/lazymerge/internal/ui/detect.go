package ui

import (
	"io"
	"os"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/term"
)

// Detect finds the options for err, usually os.Stderr, from what it is and from the environment; getenv is usually os.Getenv.
//
// Bars move on a terminal with a known size. HF_HUB_DISABLE_PROGRESS_BARS overrides that: true means never, any other value
// always, except that TERM=dumb and GitHub Actions (GITHUB_ACTIONS=true) cannot move a cursor. Lines are broken only on a
// terminal, so a pipe can be searched by line. Color needs a terminal, and any NO_COLOR turns it off.
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

// colors tells whether the system's terminal understands escape sequences. The old Windows console
// does not by default; its successors set a variable.
func colors(goos string, getenv func(string) string) bool {
	return goos != "windows" || getenv("WT_SESSION") != "" || getenv("TERM") != "" || getenv("ConEmuANSI") == "ON"
}

// isTrue reads a switch the way huggingface_hub does.
func isTrue(v string) bool {
	return slices.Contains([]string{"1", "ON", "YES", "TRUE"}, strings.ToUpper(v))
}
