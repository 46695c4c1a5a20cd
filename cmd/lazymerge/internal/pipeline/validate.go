package pipeline

import (
	"os"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Validate parses the config of r and reads nothing else: no model, no network. The faults are in the order of their places, and the
// recipe is nil where the text is no config.
func Validate(t Tools, r Request) (*recipe.Recipe, recipe.Faults) {
	parsed, faults := recipe.Parse(r.Name, r.Text, t.methods())
	if parsed != nil {
		faults = append(faults, parsed.Misnamed(func(path string) bool { _, err := os.Stat(path); return err == nil })...)
	}
	if secret := t.secrets(r).InConfig(r.Name, r.Text); secret != nil {
		faults = append(faults, secret)
	}
	faults.Sort()
	return parsed, faults
}
