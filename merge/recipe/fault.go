package recipe

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/merge/recipe/internal/yamltext"
)

// A Fault is one thing wrong with a config or with what it asks for. A warning is a fault
// that does not stop a merge.
type Fault struct {
	File    string // "" for a fault of a source or target
	Pos     Pos
	Warning bool
	Code    string // stable and short, for machines: "unknown-key", "shape-mismatch"
	Message string // what is wrong, and what follows from it
	Hint    string // what to write or do instead; may be empty
}

func newFault(pos Pos, code, hint, format string, args ...any) *Fault {
	return &Fault{Pos: pos, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// Error returns one line: file:line:col: message; hint.
func (f *Fault) Error() string {
	text := f.Message
	if f.Hint != "" {
		text += "; " + f.Hint
	}
	if f.Warning {
		text = "warning: " + text
	}
	switch {
	case f.File != "" && f.Pos.Line > 0:
		return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Pos.Line, f.Pos.Col, text)
	case f.File != "":
		return f.File + ": " + text
	}
	return text
}

// Faults are reported together, in the order of their places.
type Faults []*Fault

// Error returns one line for each fault.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

// Sort puts the faults in the order of their places; those of one place keep theirs.
func (fs Faults) Sort() {
	slices.SortStableFunc(fs, func(a, b *Fault) int { return a.Pos.compare(b.Pos) })
}

// Errors returns the faults that stop a merge.
func (fs Faults) Errors() Faults { return fs.filter(false) }

// Warnings returns the faults that do not.
func (fs Faults) Warnings() Faults { return fs.filter(true) }

func (fs Faults) filter(warning bool) Faults {
	return slices.DeleteFunc(slices.Clone(fs), func(f *Fault) bool { return f.Warning != warning })
}

func clip(s string) string { return yamltext.Clip(s) }

func quote(s string) string { return yamltext.Quote(s) }
