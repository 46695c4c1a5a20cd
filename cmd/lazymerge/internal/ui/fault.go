package ui

import (
	"fmt"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Warn prints a warning beside the others of a run:
//
//	warning  merge.yaml:15:3: "select_topk" has no effect on ties
//	         hint: it belongs to sce
//
// It prints even when quiet. Under GitHub Actions a warning is also an annotation.
func (u *UI) Warn(f *recipe.Fault) {
	body := place(f) + say.Strip(f.Message)
	if f.Hint != "" {
		body += "\nhint: " + say.Strip(f.Hint)
	}
	u.print(append(u.column(yellow, "warning", body), u.annotation(f, true)...)...)
}

// Error prints each fault in err on its own line, with its hint below:
//
//	merge.yaml:7:7: unknown parameter "wieght" for ties
//	  hint: did you mean "weight"?
//	source alice/gated: access to a gated repo is needed
//	  hint: accept the terms on the page of alice/gated
//
// Joined errors and recipe.Faults are taken apart, even if wrapped. Any other error has its hint from a
// method Hint() string, unless too many files are open. Error prints even when quiet. Under GitHub Actions
// each fault is also an annotation, at its place if it has one: an error has one by a method
// Place() (file string, at recipe.Pos) that returns a file.
func (u *UI) Error(err error) {
	var lines []string
	for _, p := range fault.Parts(err) {
		f := p.Fault
		at, label := place(f), ""
		if f.Warning {
			label = "warning: "
		}
		message := u.fit(trimmed(at+label+say.Strip(f.Message)), 0, 4)
		message[0] = u.mark(yellow, at, strings.TrimSpace(label), message[0])
		lines = append(lines, message...)
		if f.Hint != "" {
			hint := u.fit(trimmed("  hint: "+say.Strip(f.Hint)), 2, 4)
			hint[0] = u.mark(cyan, "  ", "hint:", hint[0])
			lines = append(lines, hint...)
		}
		if p.At != nil {
			f = p.At
		}
		lines = append(lines, u.annotation(f, f.Warning)...)
	}
	u.print(lines...)
}

// place returns file:line:col and a separator, or "" for a fault without a file.
func place(f *recipe.Fault) string {
	switch {
	case f.File == "":
		return ""
	case f.Pos.Line == 0:
		return fmt.Sprintf("%s: ", say.Strip(f.File))
	}
	return fmt.Sprintf("%s:%d:%d: ", say.Strip(f.File), f.Pos.Line, f.Pos.Col)
}
