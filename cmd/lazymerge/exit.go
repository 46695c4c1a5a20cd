package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/hub/openfiles"
	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Exit codes, as listed in the guides.
const (
	exitUnexpected  = 1
	exitUsage       = 2
	exitConfig      = 3
	exitAccess      = 4
	exitNetwork     = 5
	exitNoRoom      = 6
	exitStrict      = 7
	exitDiffers     = 8
	exitInterrupted = 130
)

// exits maps errors to exit codes. The first match wins.
var exits = []struct {
	code int
	is   []error
	as   []func(error) bool
}{
	{exitUsage, []error{fault.Usage}, nil},
	{exitAccess, []error{fault.Token, hub.ErrUnauthorized, hub.ErrGated, hub.ErrForbidden}, nil},
	{exitDiffers, []error{fault.Differs}, nil},
	{exitNoRoom, []error{fault.NoRoom}, []func(error) bool{file.IsFull}},
	{exitConfig, []error{fault.Config, fault.Lock, plan.ErrNoWeights, plan.ErrQuantized},
		[]func(error) bool{as[*recipe.Fault], as[recipe.Faults], as[*merge.NonFinite], as[*merge.Overflow]}},
	{exitNetwork, []error{hub.ErrNetwork, hub.ErrRateLimited, hub.ErrConflict, hub.ErrChanged, hub.ErrAnswer, hub.ErrTransfer, hub.ErrOffline, hub.ErrNotFound},
		[]func(error) bool{as[*hub.Error], as[*hub.Missing]}},
	{exitConfig, []error{fault.Source, fault.Update}, nil},
	{exitUsage, []error{fault.Folder, fault.Target}, []func(error) bool{as[*file.Error]}}, // the user must name another one
}

func exitCode(ctx context.Context, err error) int {
	if refused, ok := errors.AsType[*fault.Refused](err); ok {
		return refusedCode(ctx, refused)
	}
	switch {
	case ctx.Err() != nil:
		return exitInterrupted
	case openfiles.Is(err):
		return exitUnexpected
	}
	for _, e := range exits {
		if slices.ContainsFunc(e.is, func(target error) bool { return errors.Is(err, target) }) ||
			slices.ContainsFunc(e.as, func(as func(error) bool) bool { return as(err) }) {
			return e.code
		}
	}
	return exitUnexpected
}

// refusedCode returns the code that all faults share, else exitConfig. A missing source counts as a fault in the config.
// Warnings alone mean --strict.
func refusedCode(ctx context.Context, r *fault.Refused) int {
	code := 0
	for _, err := range r.Errs {
		if f, ok := errors.AsType[*recipe.Fault](err); ok && f.Warning {
			continue
		}
		c := exitCode(ctx, err)
		if errors.Is(err, hub.ErrNotFound) && errors.Is(err, fault.Source) {
			c = exitConfig
		}
		if code != 0 && c != code {
			return exitConfig
		}
		code = c
	}
	if code == 0 {
		return exitStrict
	}
	return code
}

func as[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// guide is an annotation: the URL of the guide for a command that users do not type.
const guide = "guide"

// explain prints err, the state it leaves and what to do next.
func (a *app) explain(cmd *cobra.Command, code int, err error) {
	stopped, mid := errors.AsType[*pipeline.Stopped](err)
	state := func() {
		if mid {
			a.ui.Fail("stopped", "%s", stopped.State())
		}
	}
	if code == exitInterrupted {
		if state(); mid {
			a.ui.Hint("%s", a.caller.SameAgain())
		} else {
			a.ui.Fail("stopped", "nothing was published or left behind")
		}
		return
	}
	if refused, ok := errors.AsType[*fault.Refused](err); ok {
		a.ui.Error(errors.Join(refused.Errs...))
		a.ui.Fail(count(refused.Errs)+a.untouched(mid), "")
		state()
		return
	}
	a.ui.Error(err)
	if state(); mid {
		said := openfiles.Is(stopped.Err) || strings.Contains(fault.Hint(stopped.Err), a.caller.Again())
		if code != exitConfig && !said { // a bad config would fail again
			a.ui.Hint("%s", a.caller.SameAgain())
		}
	}
	switch {
	case mid, code == exitUnexpected, code == exitDiffers, errors.Is(err, fault.Output):
	case !errors.Is(err, fault.Usage):
		a.ui.Fail(count([]error{err})+a.untouched(false), "")
	case cmd.Annotations[guide] != "":
		a.ui.Hint("see %s", cmd.Annotations[guide])
	default:
		a.ui.Hint("see %s --help", cmd.CommandPath())
	}
}

// untouched says at the end of a refusal that nothing was created; not if mid, for a refusal after the target was opened.
func (a *app) untouched(mid bool) string {
	received := int64(0) // bytes from the network
	for _, c := range a.clients {
		received += c.Received()
	}
	switch {
	case mid || len(a.clients) == 0:
		return ""
	case received == 0:
		return " Nothing was created."
	}
	return fmt.Sprintf(" %s read, nothing created.", say.Bytes(received))
}

// count counts the faults and warnings in errs, in words.
func count(errs []error) string {
	all := recipe.Faults(fault.Faults(errors.Join(errs...)))
	faults, warnings := len(all.Errors()), len(all.Warnings())
	line := say.N(faults, "fault")
	switch {
	case faults == 0:
		line = say.N(warnings, "warning") + ", refused by --strict"
	case warnings > 0:
		line += ", " + say.N(warnings, "warning")
	}
	return line + "."
}
