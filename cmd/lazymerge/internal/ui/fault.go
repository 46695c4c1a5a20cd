package ui

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Warn prints a warning beside the others of a run:
//
//	warning  merge.yaml:15:3: "select_topk" has no effect on ties
//	         hint: it belongs to sce
//
// It prints when quiet too. Under GitHub Actions a warning with a file is an annotation as well.
func (u *UI) Warn(f *recipe.Fault) {
	body := place(f) + strip(f.Message)
	if f.Hint != "" {
		body += "\nhint: " + strip(f.Hint)
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
// any other error is what its method Hint() string returns. Error prints when quiet too, and never
// inside a folded group. Under GitHub Actions a fault with a file is an annotation as well.
func (u *UI) Error(err error) {
	u.unfold()
	var lines []string
	for _, f := range Faults(err) {
		if at := place(f); f.Warning {
			lines = append(lines, u.mark(yellow, at, "warning:", trimmed(at+"warning: "+strip(f.Message))))
		} else {
			lines = append(lines, trimmed(at+strip(f.Message)))
		}
		if f.Hint != "" {
			lines = append(lines, u.mark(cyan, "  ", "hint:", trimmed("  hint: "+strip(f.Hint))))
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
		return fmt.Sprintf("%s: ", strip(f.File))
	}
	return fmt.Sprintf("%s:%d:%d: ", strip(f.File), f.Pos.Line, f.Pos.Col)
}

// Faults takes err apart as [UI.Error] shows it. The text that a wrapper put in front goes in front of
// each message. What is no fault of a text has no Code.
func Faults(err error) []*recipe.Fault {
	switch e := err.(type) {
	case nil:
		return nil
	case *recipe.Fault:
		return []*recipe.Fault{e}
	case recipe.Faults:
		return e
	case interface{ Hint() string }:
		return []*recipe.Fault{{Message: err.Error(), Hint: e.Hint()}}
	case interface{ Unwrap() []error }:
		parts := e.Unwrap()
		if joined := errors.Join(parts...); joined != nil && err.Error() == joined.Error() {
			var all []*recipe.Fault
			for _, part := range parts {
				all = append(all, Faults(part)...)
			}
			return all
		}
	}
	if inner := errors.Unwrap(err); inner != nil {
		if prefix, ok := strings.CutSuffix(err.Error(), inner.Error()); ok {
			var all []*recipe.Fault
			for _, f := range Faults(inner) {
				wrapped := *f
				wrapped.Message = prefix + f.Message
				all = append(all, &wrapped)
			}
			if len(all) > 0 {
				return all
			}
		}
	}
	f := &recipe.Fault{Message: err.Error()}
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		f.Hint = h.Hint()
	}
	return []*recipe.Fault{f}
}
