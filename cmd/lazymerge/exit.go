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

// Exit codes, as the help and the guides list them.
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

// exits are the codes of faults and of what they come from, in the order in which they are asked for.
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
	{exitUsage, []error{fault.Folder, fault.Target}, []func(error) bool{as[*file.Error]}}, // name another one
}

// exitCode sorts err.
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

// refusedCode is the code that all faults agree on, else that of a config: a missing source is the
// config's fault, and so is any mixture. Warnings alone are refused by --strict.
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

// guide is the annotation of a command that nobody types: the address of its guide.
const guide = "guide"

// explain prints err, what it leaves behind and what to do.
func (a *app) explain(cmd *cobra.Command, code int, err error) {
	stopped, mid := errors.AsType[*pipeline.Stopped](err)
	switch {
	case code == exitInterrupted && mid:
		a.ui.Fail("stopped", "%s", stopped.State())
		a.ui.Hint("%s", a.caller.SameAgain())
		return
	case code == exitInterrupted:
		a.ui.Fail("stopped", "nothing was published or left behind")
		return
	}
	if refused, ok := errors.AsType[*fault.Refused](err); ok {
		a.ui.Error(errors.Join(refused.Errs...))
		a.ui.Fail(count(refused.Errs)+a.untouched(mid), "")
		if mid {
			a.ui.Fail("stopped", "%s", stopped.State())
		}
		return
	}
	a.ui.Error(err)
	if mid {
		a.ui.Fail("stopped", "%s", stopped.State())
		said := openfiles.Is(stopped.Err) || strings.Contains(fault.Hint(stopped.Err), a.caller.Again())
		if code != exitConfig && !said { // a config would end in the same way
			a.ui.Hint("%s", a.caller.SameAgain())
		}
	}
	switch {
	case mid, code == exitUnexpected, code == exitDiffers, errors.Is(err, fault.Output):
	case !errors.Is(err, fault.Usage):
		a.ui.Fail(count([]error{err})+a.untouched(false), "")
	case cmd == nil:
	case cmd.Annotations[guide] != "":
		a.ui.Hint("%s says more", cmd.Annotations[guide])
	default:
		a.ui.Hint("%s --help says more", cmd.CommandPath())
	}
}

// untouched is what the last line of a refusal says of what was done: mid is a refusal after the target was opened.
func (a *app) untouched(mid bool) string {
	switch {
	case mid || len(a.clients) == 0:
		return ""
	case a.received() == 0:
		return " Nothing was created."
	}
	return fmt.Sprintf(" %s read, nothing created.", say.Bytes(a.received()))
}

// received is how many bytes this run has read from the network so far.
func (a *app) received() int64 {
	n := int64(0)
	for _, c := range a.clients {
		n += c.Received()
	}
	return n
}

// count is how many faults and warnings the refusal of errs has.
func count(errs []error) string {
	faults, warnings := 0, 0
	for _, f := range fault.Faults(errors.Join(errs...)) {
		if f.Warning {
			warnings++
		} else {
			faults++
		}
	}
	line := say.N(faults, "fault")
	switch {
	case faults == 0:
		line = say.N(warnings, "warning") + ", which --strict refuses"
	case warnings > 0:
		line += ", " + say.N(warnings, "warning")
	}
	return line + "."
}
