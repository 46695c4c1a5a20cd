package pipeline

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Validate checks the config at path, or the one that stdin gives where path is "-", and reads nothing else: no model,
// no network. name is what the faults call it. A config that cannot be read is a fault without a place.
func Validate(path string, stdin io.Reader) (name string, faults recipe.Faults) {
	s := &Setup{Config: path, Stdin: stdin}
	text, err := s.read()
	if err != nil {
		if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
			err = pathErr.Err // the path is in front already
		}
		return s.name(), recipe.Faults{{File: s.name(), Code: "config", Message: "cannot be read: " + err.Error()}}
	}
	_, faults = s.parse(text)
	return s.name(), faults
}

// parse reads the text of the config; the faults are in the order of their places. The recipe is nil where text is
// no config.
func (s *Setup) parse(text []byte) (*recipe.Recipe, recipe.Faults) {
	r, faults := recipe.Parse(s.name(), text, merge.Methods())
	if r != nil {
		faults = append(faults, r.Misnamed(func(path string) bool { _, err := os.Stat(path); return err == nil })...)
	}
	if fault := s.noSecrets(text); fault != nil {
		faults = append(faults, fault)
	}
	faults.Sort()
	return r, faults
}

// Refuse is the refusal of configs with these faults.
func Refuse(faults recipe.Faults) *Refused { return &Refused{Errs: asErrors(faults)} }
