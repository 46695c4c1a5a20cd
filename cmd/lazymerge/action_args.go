package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/pflag"
)

// inputFlags are the flags of push that have an input of their own, of the same name.
var inputFlags = []string{"repo", "revision", "create-pr", "private", "commit-message", "dry-run", "token", "target-token"}

// checkArgs says what in args, which are to be flags of push, cannot be there. What has an input of its own is given there
// alone, so that nobody is surprised by which of the two counts, and no token shows in a list of processes.
func checkArgs(args []string) []error {
	push, _, err := newRootCommand(&app{process: system()}).Find([]string{"push"})
	if err != nil {
		return []error{err}
	}
	var faults []error
	switch err := push.ParseFlags(args); {
	case errors.Is(err, pflag.ErrHelp):
		faults = append(faults, errors.New("--help is nothing that a push could do"))
	case err != nil:
		faults = append(faults, flagFault(err))
	}
	push.Flags().Visit(func(f *pflag.Flag) {
		if slices.Contains(inputFlags, f.Name) {
			faults = append(faults, fmt.Errorf("leave out the flag %s, for there is an input of that name", f.Name))
		}
	})
	for _, word := range push.Flags().Args() {
		faults = append(faults, fmt.Errorf("%q is no flag; the config is the input config", word))
	}
	return faults
}
