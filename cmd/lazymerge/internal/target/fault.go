package target

import (
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/hub"
)

// Fault is a target that cannot be published to. Advice "" is the cause's.
func Fault(repo string, err error, advice string) *fault.Fault {
	return &fault.Fault{Code: fault.Target, Subject: "target " + repo, Text: hub.Reason(err), Err: err, Advice: advice}
}
