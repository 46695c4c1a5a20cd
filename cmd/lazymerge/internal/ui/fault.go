package ui

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/lazymerge/lazymerge/hub/openfiles"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Warn prints a warning beside the others of a run:
//
//	warning  merge.yaml:15:3: "select_topk" has no effect on ties
//	         hint: it belongs to sce
//
// It prints when quiet too. Under GitHub Actions a warning is an annotation as well.
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
// any other error is what its method Hint() string returns, unless too many files are open, whatever that looks like. Error prints when quiet too. Under GitHub Actions each of
// them is an annotation as well, at its place in a file where it has one. An error has one by a method
// Place() (file string, at recipe.Pos), for the text that it is due to, unless the file is "".
func (u *UI) Error(err error) {
	var lines []string
	for _, p := range parts(err) {
		f := p.Fault
		if at := place(f); f.Warning {
			warning := u.fit(trimmed(at+"warning: "+strip(f.Message)), 0, 4)
			warning[0] = u.mark(yellow, at, "warning:", warning[0])
			lines = append(lines, warning...)
		} else {
			lines = append(lines, u.fit(trimmed(at+strip(f.Message)), 0, 4)...)
		}
		if f.Hint != "" {
			hint := u.fit(trimmed("  hint: "+strip(f.Hint)), 2, 4)
			hint[0] = u.mark(cyan, "  ", "hint:", hint[0])
			lines = append(lines, hint...)
		}
		if p.at != nil {
			f = p.at
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
	var all []*recipe.Fault
	for _, p := range parts(err) {
		all = append(all, p.Fault)
	}
	return all
}

// A part of an error, and where an annotation of it belongs.
type part struct {
	*recipe.Fault
	at *recipe.Fault // of another fault's file, or nil for its own
}

// parts is Faults. An error that is no fault of a text, but due to one, tells the place by a method Place.
func parts(err error) []part {
	switch e := err.(type) { //nolint:errorlint // it takes off one wrapper at a time, for the text of each counts
	case nil:
		return nil
	case *recipe.Fault:
		return []part{{Fault: e}}
	case recipe.Faults:
		var all []part
		for _, f := range e {
			all = append(all, part{Fault: f})
		}
		return all
	case interface{ Hint() string }:
		p := part{Fault: &recipe.Fault{Message: err.Error(), Hint: cmp.Or(openfiles.Hint(err), e.Hint())}}
		if placed, ok := err.(interface{ Place() (string, recipe.Pos) }); ok {
			if file, at := placed.Place(); file != "" {
				p.at = &recipe.Fault{Message: p.Message, Hint: p.Hint, File: file, Pos: at}
			}
		}
		return []part{p}
	case interface{ Unwrap() []error }:
		inner := e.Unwrap()
		if joined := errors.Join(inner...); joined != nil && err.Error() == joined.Error() {
			var all []part
			for _, one := range inner {
				all = append(all, parts(one)...)
			}
			return all
		}
	}
	if inner := errors.Unwrap(err); inner != nil {
		if prefix, ok := strings.CutSuffix(err.Error(), inner.Error()); ok {
			var all []part
			for _, p := range parts(inner) {
				wrapped := *p.Fault
				wrapped.Message = prefix + p.Message
				all = append(all, part{&wrapped, p.at})
			}
			if len(all) > 0 {
				return all
			}
		}
	}
	f := &recipe.Fault{Message: err.Error(), Hint: openfiles.Hint(err)}
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok && f.Hint == "" {
		f.Hint = h.Hint()
	}
	return []part{{Fault: f}}
}
