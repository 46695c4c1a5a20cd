package fault

import (
	"cmp"
	"errors"
	"strings"

	"github.com/lazymerge/lazymerge/hub/openfiles"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Faults takes err apart as a person is shown it. The text that a wrapper put in front goes in front of
// each message. What is no fault of a text has no Code.
func Faults(err error) []*recipe.Fault {
	var all []*recipe.Fault
	for _, p := range Parts(err) {
		all = append(all, p.Fault)
	}
	return all
}

// A Part of an error, and where an annotation of it belongs.
type Part struct {
	*recipe.Fault
	At *recipe.Fault // of another fault's file, or nil for its own
}

// Parts is Faults. An error that is no fault of a text, but due to one, tells the place by a method Place.
func Parts(err error) []Part {
	switch e := err.(type) { //nolint:errorlint // it takes off one wrapper at a time, for the text of each counts
	case nil:
		return nil
	case *recipe.Fault:
		return []Part{{Fault: e}}
	case recipe.Faults:
		var all []Part
		for _, f := range e {
			all = append(all, Part{Fault: f})
		}
		return all
	case interface{ Hint() string }:
		p := Part{Fault: &recipe.Fault{Message: err.Error(), Hint: cmp.Or(openfiles.Hint(err), e.Hint())}}
		if placed, ok := err.(interface{ Place() (string, recipe.Pos) }); ok {
			if file, at := placed.Place(); file != "" {
				p.At = &recipe.Fault{Message: p.Message, Hint: p.Hint, File: file, Pos: at}
			}
		}
		return []Part{p}
	case interface{ Unwrap() []error }:
		inner := e.Unwrap()
		if joined := errors.Join(inner...); joined != nil && err.Error() == joined.Error() {
			var all []Part
			for _, one := range inner {
				all = append(all, Parts(one)...)
			}
			return all
		}
	}
	if inner := errors.Unwrap(err); inner != nil {
		if prefix, ok := strings.CutSuffix(err.Error(), inner.Error()); ok {
			var all []Part
			for _, p := range Parts(inner) {
				wrapped := *p.Fault
				wrapped.Message = prefix + p.Message
				all = append(all, Part{&wrapped, p.At})
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
	return []Part{{Fault: f}}
}

// Refused holds everything that is wrong with a merge that was not started, each fault an error of its
// own. Warnings among Errs are recipe.Faults with Warning set.
type Refused struct{ Errs []error }

func (r *Refused) Error() string { return errors.Join(r.Errs...).Error() }

// Unwrap returns the faults.
func (r *Refused) Unwrap() []error { return r.Errs }

// Flat takes apart what errors.Join has joined, and only that.
func Flat(errs ...error) []error {
	var out []error
	for _, err := range errs {
		if parts, ok := err.(interface{ Unwrap() []error }); ok {
			if joined := errors.Join(parts.Unwrap()...); joined != nil && joined.Error() == err.Error() {
				out = append(out, Flat(parts.Unwrap()...)...)
				continue
			}
		}
		out = append(out, err)
	}
	return out
}
