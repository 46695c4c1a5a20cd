package fault

import "errors"

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
