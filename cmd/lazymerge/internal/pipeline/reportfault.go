package pipeline

import (
	"errors"
	"slices"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// ReportFault is a fault or a warning in the machine's form, the same in the output of every command.
// Line and column count from 1 and are absent where the fault is nowhere in a text.
type ReportFault struct {
	Code    string `json:"code"` // stable and short; "error" where there is no closer one
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// Refusal is the machine's form of what stopped a command, and of the warnings beside it.
type Refusal struct {
	Faults   []ReportFault `json:"faults"`
	Warnings []ReportFault `json:"warnings"`
}

// ReportError takes err apart as the screen does. Neither list is nil.
func ReportError(err error) Refusal {
	r := Refusal{Faults: []ReportFault{}, Warnings: []ReportFault{}}
	errs := []error{err}
	if refused, ok := errors.AsType[*fault.Refused](err); ok {
		errs = refused.Errs
	}
	for _, e := range fault.Flat(errs...) {
		for _, f := range fault.Faults(e) {
			out := reportFault(f)
			if f.Code == "" {
				out.place(e)
			}
			if f.Warning {
				r.Warnings = append(r.Warnings, out)
			} else {
				r.Faults = append(r.Faults, out)
			}
		}
	}
	return r
}

// place gives r the code of err, and the place in the config that names a source.
func (r *ReportFault) place(err error) {
	r.Code = "error"
	if f, ok := fault.Find(err, fault.Source); ok {
		r.Code, r.File, r.Line, r.Column = string(fault.Source), f.File, f.Pos.Line, f.Pos.Col
		return
	}
	for _, code := range []fault.Code{fault.Config, fault.Usage, fault.Folder, fault.Target} {
		if errors.Is(err, code) || code == fault.Usage && is[*file.Error](err) {
			r.Code = string(code)
			return
		}
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// ReportWarnings are the merge's warnings so far.
func (m *Merge) ReportWarnings() []ReportFault {
	return reportFaults(slices.Concat(m.Warnings, m.later))
}

func reportFaults(faults recipe.Faults) []ReportFault {
	out := []ReportFault{}
	for _, f := range faults {
		out = append(out, reportFault(f))
	}
	return out
}

func reportFault(f *recipe.Fault) ReportFault {
	return ReportFault{Code: f.Code, File: f.File, Line: f.Pos.Line, Column: f.Pos.Col, Message: say.Clean(f.Message), Hint: say.Clean(f.Hint)}
}
