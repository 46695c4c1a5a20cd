package ui

import (
	"fmt"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Warn prints a warning beside the others of a run:
//
//	warning  merge.yaml:15:3: "select_topk" has no effect on ties
//	         hint: it belongs to sce
//
// It prints when quiet too. Under GitHub Actions a warning is an annotation as well.
func (u *UI) Warn(f *recipe.Fault) {
	body := place(f) + say.Strip(f.Message)
	if f.Hint != "" {
		body += "\nhint: " + say.Strip(f.Hint)
	}
	u.print(append(u.column(yellow, "warning", body), u.annotation(f, true)...)...)
}

// Error prints all that err holds, each fault on a line of its own with its hint below:
//
//	merge.yaml:7:7: unknown parameter "wieght" for ties
//	  hint: did you mean "weight"?
//	source alice/gated: access to a gated repo is needed
//	  hint: accept the terms on the page of alice/gated
//
// Joined errors and recipe.Faults are taken apart, also where a caller wrapped them. The hint of
// any other error is what its method Hint() string returns, unless too many files are open, whatever that looks like. Error prints when quiet too. Under GitHub Actions each of
// them is an annotation as well, at its place in a file where it has one. An error has one by a method
// Place() (file string, at recipe.Pos), for the text that it is due to, unless the file is "".
func (u *UI) Error(err error) {
	var lines []string
	for _, p := range fault.Parts(err) {
		f := p.Fault
		if at := place(f); f.Warning {
			warning := u.fit(trimmed(at+"warning: "+say.Strip(f.Message)), 0, 4)
			warning[0] = u.mark(yellow, at, "warning:", warning[0])
			lines = append(lines, warning...)
		} else {
			lines = append(lines, u.fit(trimmed(at+say.Strip(f.Message)), 0, 4)...)
		}
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

// place returns file:line:col and a separator, or "" for a fault that is nowhere in a text.
func place(f *recipe.Fault) string {
	switch {
	case f.File == "":
		return ""
	case f.Pos.Line == 0:
		return fmt.Sprintf("%s: ", say.Strip(f.File))
	}
	return fmt.Sprintf("%s:%d:%d: ", say.Strip(f.File), f.Pos.Line, f.Pos.Col)
}
