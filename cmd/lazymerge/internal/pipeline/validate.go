package pipeline

import (
	"context"
	"errors"
	"os"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Validate checks the config and reads nothing else: no model, no network. name is what the faults call it. A config that cannot be
// read is a fault without a place.
func (s *Setup) Validate(ctx context.Context) (name string, faults recipe.Faults) {
	text, err := s.read(ctx)
	if err != nil {
		fault, ok := errors.AsType[*recipe.Fault](err)
		if !ok {
			fault = &recipe.Fault{File: s.name(), Code: "config", Message: err.Error()}
		}
		return s.name(), recipe.Faults{fault}
	}
	_, faults = s.parse(text)
	return s.name(), faults
}

// parse reads the text of the config; the faults are in the order of their places. The recipe is nil where text is
// no config.
func (s *Setup) parse(text []byte) (*recipe.Recipe, recipe.Faults) {
	r, faults := recipe.Parse(s.name(), text, s.methods())
	if r != nil {
		faults = append(faults, r.Misnamed(func(path string) bool { _, err := os.Stat(path); return err == nil })...)
	}
	if fault := s.secrets().InConfig(s.name(), text); fault != nil {
		faults = append(faults, fault)
	}
	faults.Sort()
	return r, faults
}

// Refuse is the refusal of configs with these faults.
func Refuse(faults recipe.Faults) *fault.Refused { return &fault.Refused{Errs: asErrors(faults)} }
