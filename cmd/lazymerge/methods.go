package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

type methodsOptions struct {
	name   string // a method or an alias; "" for all
	asJSON bool
}

func newMethodsCommand(a *app) *cobra.Command {
	var opts methodsOptions
	cmd := &cobra.Command{
		Use:     "methods [NAME]",
		Short:   "List merge methods, or the parameters of one",
		Example: "  lazymerge methods\n  lazymerge methods " + recipe.Making(merge.Methods(), recipe.Mean).Name,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				opts.name = args[0]
			}
			return runMethods(a, opts)
		},
	}
	cmd.Flags().BoolVar(&opts.asJSON, "json", false, "print JSON")
	return cmd
}

// runMethods prints all methods or one to stdout.
func runMethods(a *app, opts methodsOptions) error {
	methods := merge.Methods()
	if opts.name != "" {
		m := recipe.Find(methods, opts.name)
		if m == nil {
			return usage(fmt.Errorf("unknown merge method %q; %s", opts.name, methodMeant(methods, opts.name)))
		}
		methods = []recipe.Method{*m}
	}
	switch {
	case opts.asJSON:
		return printMethodsJSON(a.stdout, methods)
	case opts.name != "":
		return printMethod(a.stdout, &methods[0])
	}
	return printMethods(a.stdout, methods)
}

// methodMeant says which method somebody may mean by a name that is none, or how to find it.
func methodMeant(methods []recipe.Method, name string) string {
	var names []string
	for _, m := range methods {
		if slices.Contains(m.Aliases, name) {
			return fmt.Sprintf("did you mean %q?", m.Name)
		}
		names = append(names, m.Name)
	}
	if near := recipe.Nearest(name, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "run lazymerge methods to list them"
}

func printMethods(w io.Writer, methods []recipe.Method) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, m := range methods {
		fmt.Fprintf(t, "%s\t%s\n", m.Name, m.Summary)
	}
	return t.Flush()
}

func printMethod(w io.Writer, m *recipe.Method) error {
	fmt.Fprintf(w, "%s (%s): %s.\n", m.Name, m.Title, m.Summary)
	fmt.Fprintf(w, "base model: %s\n", baseWords(m.Base))
	if len(m.Aliases) > 0 {
		fmt.Fprintf(w, "also called: %s\n", strings.Join(m.Aliases, ", "))
	}
	if m.Source != "" {
		fmt.Fprintf(w, "source: %s\n", m.Source)
	}
	if len(m.Params) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range paramTable(m) {
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	return t.Flush()
}

// paramTable returns a row of headings and one for each parameter.
func paramTable(m *recipe.Method) [][]string {
	rows := [][]string{{"parameter", "of", "default", "range", "meaning"}}
	of := [...]string{recipe.Shared: "the merge", recipe.PerModel: "each model"}
	for _, p := range m.Params {
		rows = append(rows, []string{p.Name, of[p.Scope], defaultWords(p), rangeWords(p), p.Doc + endWords(p)})
	}
	return rows
}

// endWords says which values drop an input. The Doc of a mix says so already.
func endWords(p recipe.Param) string {
	if p.Role == recipe.Mix {
		return ""
	}
	leaves := map[recipe.Leaves]string{recipe.Others: "leaves the model out", recipe.BaseAlone: "leaves the base unchanged", recipe.OtherAlone: "takes only the other model"}
	words := ""
	for _, end := range p.Ends {
		words += fmt.Sprintf("; %g %s", end.At, leaves[end.Leaves])
	}
	return words
}

func baseWords(b recipe.BaseRole) string {
	return [...]string{
		recipe.BaseIgnored: "a normal input, if listed", recipe.BaseOptional: "optional", recipe.BaseRequired: "required",
	}[b]
}

func defaultWords(p recipe.Param) string {
	switch {
	case p.Required:
		return "required"
	case p.Optional:
		return "none"
	case p.Type == recipe.Bool:
		return strconv.FormatBool(p.Default != 0)
	}
	return strconv.FormatFloat(p.Default, 'g', -1, 64)
}

func rangeWords(p recipe.Param) string {
	switch least, most := p.Limits(); {
	case math.IsInf(least, -1):
		return [...]string{recipe.Float: "number", recipe.Int: "integer", recipe.Bool: "true or false"}[p.Type]
	case !p.Above:
		return fmt.Sprintf("%g to %g", least, most)
	case math.IsInf(most, 1):
		return fmt.Sprintf("> %g", least)
	default:
		return fmt.Sprintf("> %g to %g", least, most)
	}
}

// methodsJSON is all methods, or one, as JSON.
type methodsJSON struct {
	Methods []methodJSON `json:"methods"`
}

// methodJSON is a method as JSON; the keys are stable.
type methodJSON struct {
	Name       string      `json:"name"`
	Title      string      `json:"title"`
	Summary    string      `json:"summary"`
	Source     string      `json:"source"`
	Aliases    []string    `json:"aliases"`
	Base       string      `json:"base"`
	Parameters []paramJSON `json:"parameters"`
}

type paramJSON struct {
	Name     string   `json:"name"`
	Doc      string   `json:"doc"`
	PerModel bool     `json:"per_model"`
	Type     string   `json:"type"`
	Required bool     `json:"required"`
	Default  any      `json:"default"`
	Min      *float64 `json:"min,omitempty"`
	Above    *float64 `json:"above,omitempty"`
	Max      *float64 `json:"max,omitempty"`
}

func printMethodsJSON(w io.Writer, methods []recipe.Method) error {
	out := []methodJSON{}
	for _, m := range methods {
		j := methodJSON{Name: m.Name, Title: m.Title, Summary: m.Summary, Source: m.Source, Aliases: append([]string{}, m.Aliases...), Parameters: []paramJSON{}}
		j.Base = [...]string{recipe.BaseIgnored: "ignored", recipe.BaseOptional: "optional", recipe.BaseRequired: "required"}[m.Base]
		for _, p := range m.Params {
			q := paramJSON{Name: p.Name, Doc: p.Doc, PerModel: p.Scope == recipe.PerModel, Required: p.Required,
				Type: [...]string{recipe.Float: "float", recipe.Int: "int", recipe.Bool: "bool"}[p.Type]}
			switch {
			case p.Required || p.Optional:
			case p.Type == recipe.Bool:
				q.Default = p.Default != 0
			default:
				q.Default = p.Default
			}
			least, most := p.Limits()
			switch {
			case p.Above:
				q.Above = &least
			case !math.IsInf(least, -1):
				q.Min = &least
			}
			if !math.IsInf(most, 1) {
				q.Max = &most
			}
			j.Parameters = append(j.Parameters, q)
		}
		out = append(out, j)
	}
	return printJSON(w, methodsJSON{out})
}
