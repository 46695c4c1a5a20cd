package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/lazymerge/lazymerge/card"
)

// cardFields prints what a template may use.
func (a *app) cardFields(asJSON bool) error {
	if asJSON {
		return printJSON(a.stdout, fieldsJSON{card.Fields(), card.Functions()})
	}
	w := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
	for _, f := range card.Fields() {
		if _, err := fmt.Fprintf(w, "%s\t%s\t%s\n", f.Name, f.Type, f.Doc); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(a.stdout, "\n"+card.Functions())
	return err
}

// fieldsJSON is the machine's form of what a template may use.
type fieldsJSON struct {
	Fields    []card.Field `json:"fields"`
	Functions string       `json:"functions"` // as a text for people
}
