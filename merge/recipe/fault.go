package recipe

import (
	"fmt"
	"slices"
	"strings"
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

// Error returns one line: file:line:col: message; hint.
func (f *Fault) Error() string {
	var b strings.Builder
	switch {
	case f.File != "" && f.Pos.Line > 0:
		fmt.Fprintf(&b, "%s:%d:%d: ", f.File, f.Pos.Line, f.Pos.Col)
	case f.File != "":
		fmt.Fprintf(&b, "%s: ", f.File)
	}
	if f.Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(f.Message)
	if f.Hint != "" {
		b.WriteString("; ")
		b.WriteString(f.Hint)
	}
	return b.String()
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
	var out Faults
	for _, f := range fs {
		if f.Warning == warning {
			out = append(out, f)
		}
	}
	return out
}
