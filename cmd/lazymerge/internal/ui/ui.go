// Package ui prints what a person sees while lazymerge works: lines with a fixed word in the
// left column, warnings and faults, and bars that move on a terminal.
//
// It writes to stderr; a command writes its result to stdout itself. Callers need no care with
// text from a config, a file name or a Hub: all of it passes [say.Clean] here. [New] with [Detect] makes a UI, [UI.Line] prints, [UI.Bar] counts, [UI.Close] ends.
package ui

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
)

// Options say where and how a UI prints. The zero value prints nowhere, in plain lines.
type Options struct {
	Err      io.Writer // nil discards
	Terminal bool      // bars may move: the cursor can go up and lines can be erased
	Width    int       // columns, if Err itself does not tell; 0 means 80
	Wrap     bool      // lines are broken at spaces to fit Width
	Color    bool      // words in the left column are colored
	Quiet    bool      // only warnings, faults and hints; no other line, no bars
	Actions  bool      // GitHub Actions: annotations, and bars never move

	Now func() time.Time // nil means time.Now; called from several goroutines
}

// A UI prints the output of one run. It is safe for concurrent use.
type UI struct {
	o Options // complete, and Terminal says whether bars move

	mu     sync.Mutex
	closed bool
	bars   []*Bar // neither done nor aborted
	live   *live  // the rows that move; nil while there are none
}

// New makes the UI of a run. It must be closed.
func New(o Options) *UI {
	o.Terminal = o.Terminal && !o.Actions
	o.Width = cmp.Or(max(o.Width, 0), 80)
	if o.Err == nil {
		o.Err = io.Discard
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &UI{o: o}
}

// Line prints word in the left column and the text beside it. A newline in format starts a
// line under the text, and so does an empty word. Newlines in args do not.
func (u *UI) Line(word, format string, args ...any) {
	if !u.o.Quiet {
		u.print(u.column(bold, word, text(format, args...))...)
	}
}

// Text prints a line without a word, from the first column on.
func (u *UI) Text(format string, args ...any) {
	if u.o.Quiet {
		return
	}
	var lines []string
	for line := range strings.SplitSeq(text(format, args...), "\n") {
		lines = append(lines, u.fit(trimmed(line), 0, 0)...)
	}
	u.print(lines...)
}

// Fail is Line for a word that ends a run, such as "stopped" or "network". It prints even when
// quiet.
func (u *UI) Fail(word, format string, args ...any) {
	u.print(u.column(red, word, text(format, args...))...)
}

// Hint prints what to do next: something to paste or click. It prints even when quiet.
func (u *UI) Hint(format string, args ...any) {
	u.print(u.column(cyan, "hint", text(format, args...))...)
}

// Close aborts unfinished bars, waits until they are drawn, and leaves the cursor at the start of
// the line below. Nothing is printed after it. A second call does nothing.
func (u *UI) Close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, b := range slices.Clone(u.bars) {
		u.finish(b, true)
	}
	u.closed = true
}

// print writes complete lines at once.
func (u *UI) print(lines ...string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.write(lines...)
}

// write is print for a caller that holds u.mu. Lines go above moving rows.
func (u *UI) write(lines ...string) {
	if u.closed || len(lines) == 0 {
		return
	}
	p := []byte(strings.Join(lines, "\n") + "\n")
	if u.live != nil {
		if _, err := u.live.progress.Write(p); err == nil { // else the terminal is gone
			return
		}
	}
	_, _ = u.o.Err.Write(p) // if stderr is gone, nothing is left to report it
}

// The left column: a word of up to eight letters and a space.
const columnWidth = 9

// column lays out text beside word, one string a line.
func (u *UI) column(style, word, text string) []string {
	head := fmt.Sprintf("%-*s ", columnWidth-1, say.Strip(word))
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		line = trimmed(head + line)
		lines = append(lines, u.fit(line, columnWidth, columnWidth+2)...)
		head = strings.Repeat(" ", columnWidth)
	}
	lines[0] = u.mark(style, "", say.Strip(word), lines[0])
	return lines
}

// fit breaks line to fit the terminal, see wrapped; elsewhere it stays whole.
func (u *UI) fit(line string, from, indent int) []string {
	if !u.o.Wrap {
		return []string{line}
	}
	return wrapped(line, u.o.Width, from, indent)
}

// trimmed makes s safe as a line of its own.
func trimmed(s string) string { return strings.TrimRight(say.Clean(s), " ") }

// mark colors word in a line that starts with before and word.
func (u *UI) mark(style, before, word, line string) string {
	if rest, ok := strings.CutPrefix(line, before+word); ok && u.o.Color && word != "" {
		return before + "\x1b[" + style + "m" + word + "\x1b[0m" + rest
	}
	return line
}

// The parameters of SGR, ECMA-48 8.3.117.
const (
	bold   = "1"
	red    = "31"
	yellow = "33"
	cyan   = "36"
)

// text formats like fmt.Sprintf, with every argument stripped of what could move a cursor
// or end a line: the only newlines are those of format.
func text(format string, args ...any) string {
	if false {
		_ = fmt.Sprintf(format, args...) // makes vet check all callers as printf wrappers
	}
	safe := make([]any, len(args))
	for i, arg := range args {
		switch arg.(type) {
		case bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64:
			safe[i] = arg // harmless, and a width for * must stay an int
		default:
			safe[i] = stripped{arg}
		}
	}
	return fmt.Sprintf(format, safe...)
}

// stripped formats a value as fmt would, without the dangerous parts.
type stripped struct{ value any }

func (s stripped) Format(f fmt.State, verb rune) {
	_, _ = io.WriteString(f, say.Strip(fmt.Sprintf(fmt.FormatString(f, verb), s.value)))
}
