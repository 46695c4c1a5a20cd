package pipeline

import (
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// targetFault is a target that cannot be published to. Advice "" is the cause's.
func targetFault(repo string, err error, advice string) *fault.Fault {
	return &fault.Fault{Code: fault.Target, Subject: "target " + repo, Text: hub.Reason(err), Err: err, Advice: advice}
}

// updateFault is a published merge whose card cannot be made again. Advice "" is the cause's.
func updateFault(repo string, err error, advice string) *fault.Fault {
	return &fault.Fault{Code: fault.Update, Subject: "card of " + repo, Text: hub.Reason(err), Err: err, Advice: advice}
}

// verifyFault is a published merge that cannot be compared with anything.
func verifyFault(repo string, err error) *fault.Fault {
	return &fault.Fault{Subject: "verify " + repo, Text: hub.Reason(err), Err: err}
}

// withoutEchoes takes joined errors apart and keeps the first of those that all requests to a Hub have in common.
func withoutEchoes(errs []error) []error {
	var out []error
	heard := map[string]bool{}
	for _, err := range fault.Flat(errs...) {
		if cause := hub.Common(err); cause != "" {
			if heard[cause] {
				continue
			}
			heard[cause] = true
		}
		out = append(out, err)
	}
	return out
}

func asErrors(faults recipe.Faults) []error {
	var errs []error
	for _, f := range faults {
		errs = append(errs, f)
	}
	return errs
}
