package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Where several things are true of an error, the code is that of what a person has to change.
func TestExitCode(t *testing.T) {
	missing := &hub.Error{Status: 404, Code: "RepoNotFound"}
	with := func(code fault.Code, err error) error { return &fault.Fault{Code: code, Err: err} }
	for _, tt := range []struct {
		name string
		err  error
		want int
	}{
		{"anything", errors.New("odd"), exitUnexpected},
		{"a fault that only its cause sorts", with("", errors.New("odd")), exitUnexpected},
		{"a flag", fault.Usagef("--seed"), exitUsage},
		{"several flags", fault.Of(fault.Usage, errors.Join(errors.New("--seed"), errors.New("--repo"))), exitUsage},
		{"a target", with(fault.Target, errors.New("it holds weights")), exitUsage},
		{"a target that the Hub does not let in", with(fault.Target, &hub.Error{Status: 403}), exitAccess},
		{"a target behind a broken network", with(fault.Target, &hub.Error{}), exitNetwork},
		{"a folder", fault.Folderf("name another", "it is not empty"), exitUsage},
		{"a folder on a full disk", with(fault.Folder, with(fault.NoRoom, errors.New("full"))), exitNoRoom},
		{"a source", with(fault.Source, errors.New("no weights")), exitConfig},
		{"a source that is not there", with(fault.Source, missing), exitNetwork},
		{"that and nothing else", &fault.Refused{Errs: []error{with(fault.Source, missing)}}, exitConfig},
		{"a card that was edited", with(fault.Update, errors.New("edited")), exitConfig},
		{"a card of a repo that is not there", with(fault.Update, missing), exitNetwork},
		{"a lock that is absent", with("", with(fault.Lock, errors.New("no lock"))), exitConfig},
		{"an overflow", with("", &merge.Overflow{}), exitConfig},
		{"a token", with(fault.Token, errors.New("two words")), exitAccess},
		{"a difference", fmt.Errorf("verify: %w", with(fault.Differs, errors.New("config.json"))), exitDiffers},
		{"a result that cannot be printed", with(fault.Output, errors.New("closed")), exitUnexpected},
		{"too many open files, whatever that looks like", with(fault.Target, &hub.Error{Err: syscall.EMFILE}), exitUnexpected},
		{"warnings alone", &fault.Refused{Errs: []error{&recipe.Fault{Warning: true}}}, exitStrict},
		{"faults of two kinds", &fault.Refused{Errs: []error{fault.Usagef("--as"), with(fault.Target, missing)}}, exitConfig},
	} {
		if got := exitCode(t.Context(), tt.err); got != tt.want {
			t.Errorf("%s: exitCode(%v) = %d, want %d", tt.name, tt.err, got, tt.want)
		}
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if got := exitCode(stopped, with(fault.Target, missing)); got != exitInterrupted {
		t.Errorf("exitCode after an interrupt = %d, want %d", got, exitInterrupted)
	}
}
