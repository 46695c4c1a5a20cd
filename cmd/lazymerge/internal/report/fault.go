package report

import (
	"errors"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Fault is a fault or a warning in JSON, the same in the output of every command.
// Line and column count from 1 and are absent if the fault has no place in a text.
type Fault struct {
	Code    string `json:"code"` // stable and short; "error" if there is no better one
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// Refusal is what stopped a command, in JSON, with its warnings.
type Refusal struct {
	Faults   []Fault `json:"faults"`
	Warnings []Fault `json:"warnings"`
}

// Of takes err apart as the screen does. Neither list is nil.
func Of(err error) Refusal {
	r := Refusal{Faults: []Fault{}, Warnings: []Fault{}}
	errs := []error{err}
	if refused, ok := errors.AsType[*fault.Refused](err); ok {
		errs = refused.Errs
	}
	for _, e := range fault.Flat(errs...) {
		for _, f := range fault.Faults(e) {
			out := faultOf(f)
			if f.Code == "" {
				out = placed(out, e)
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

// placed is f with the code of err, and the place in the config that names a source.
func placed(f Fault, err error) Fault {
	out := f
	out.Code = "error"
	if cause, ok := fault.Find(err, fault.Source); ok {
		out.Code, out.File, out.Line, out.Column = string(fault.Source), cause.File, cause.Pos.Line, cause.Pos.Col
		return out
	}
	_, isFile := errors.AsType[*file.Error](err)
	for _, code := range []fault.Code{fault.Config, fault.Usage, fault.Folder, fault.Target} {
		if errors.Is(err, code) || code == fault.Usage && isFile {
			out.Code = string(code)
			break
		}
	}
	return out
}

// Faults are faults or warnings in JSON. The list is never nil.
func Faults(faults recipe.Faults) []Fault {
	out := []Fault{}
	for _, f := range faults {
		out = append(out, faultOf(f))
	}
	return out
}

func faultOf(f *recipe.Fault) Fault {
	return Fault{Code: f.Code, File: f.File, Line: f.Pos.Line, Column: f.Pos.Col, Message: say.Clean(f.Message), Hint: say.Clean(f.Hint)}
}
