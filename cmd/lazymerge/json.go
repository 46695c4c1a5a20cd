package main

import (
	"encoding/json"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// printJSON prints v the way every --json does.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// asksJSON tells whether args have --json among the flags of cmd. It looks for itself, since a flag that is wrong ends
// the parsing before those after it are read.
func asksJSON(cmd *cobra.Command, args []string) bool {
	asked := false
	for i := 0; i < len(args) && args[i] != "--"; i++ {
		name, value, has := strings.Cut(args[i], "=")
		switch {
		case name == "--json":
			on, err := strconv.ParseBool(value)
			asked = !has || err != nil || on
		case !has && takesNext(cmd, name):
			i++
		}
	}
	return asked
}

// takesNext tells whether arg is a flag of cmd whose value is the next argument.
func takesNext(cmd *cobra.Command, arg string) bool {
	if cmd == nil || len(arg) < 2 || arg[0] != '-' {
		return false
	}
	f := cmd.Flag(strings.TrimPrefix(arg, "--"))
	if arg[1] != '-' { // of several letters the first that takes a value takes the rest
		for i, letter := range arg[1:] {
			short := cmd.Flags().ShorthandLookup(string(letter))
			if short != nil && short.NoOptDefVal == "" {
				return i == len(arg)-2
			}
		}
		return false
	}
	return f != nil && f.NoOptDefVal == ""
}
