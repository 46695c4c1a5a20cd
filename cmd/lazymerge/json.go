package main

import (
	"encoding/json"
	"io"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
)

// printJSON prints v the way every --json does.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// refused returns err, the reason why a command has no result, and under --json prints its faults and warnings
// where the result would have been.
func (a *app) refused(asJSON bool, err error) error {
	if asJSON {
		if printErr := printJSON(a.stdout, pipeline.ReportError(err)); printErr != nil {
			return printErr
		}
	}
	return err
}
