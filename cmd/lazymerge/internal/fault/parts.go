package fault

import (
	"cmp"
	"errors"
	"strings"

	"github.com/lazymerge/lazymerge/hub/openfiles"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Faults takes err apart for display. The text that a wrapper put in front goes in front of each
// message. Only a fault in a text has a Code.
func Faults(err error) []*recipe.Fault {
	var all []*recipe.Fault
	for _, p := range Parts(err) {
		all = append(all, p.Fault)
	}
	return all
}

// A Part of an error, and where to annotate it.
type Part struct {
	*recipe.Fault
	At *recipe.Fault // in another file, or nil for its own
}

// Parts is Faults with places. An error that is due to a text, but not a fault in it, has a method Place.
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
	}
	if all := joined(err); all != nil {
		var parts []Part
		for _, one := range all {
			parts = append(parts, Parts(one)...)
		}
		return parts
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
	return []Part{{Fault: &recipe.Fault{Message: err.Error(), Hint: cmp.Or(openfiles.Hint(err), Hint(err))}}}
}

// Refused holds everything wrong with a merge that was not started, one error each. Warnings among Errs are recipe.Faults
// with Warning set.
type Refused struct{ Errs []error }

func (r *Refused) Error() string { return errors.Join(r.Errs...).Error() }

func (r *Refused) Unwrap() []error { return r.Errs }

// Flat takes apart what errors.Join has joined, and only that.
func Flat(errs ...error) []error {
	var out []error
	for _, err := range errs {
		if all := joined(err); all != nil {
			out = append(out, Flat(all...)...)
		} else {
			out = append(out, err)
		}
	}
	return out
}

// joined is what errors.Join made err of; nil if it did not.
func joined(err error) []error {
	if e, ok := err.(interface{ Unwrap() []error }); ok {
		if again := errors.Join(e.Unwrap()...); again != nil && again.Error() == err.Error() {
			return e.Unwrap()
		}
	}
	return nil
}
