package names

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// An Alias is the Hub name to publish in place of Path, as a config calls a model.
type Alias struct {
	Path string     // as in the config: a folder or a private repo
	As   recipe.Ref // id and, if known, revision
}

func (a Alias) String() string { return a.Path + "=" + a.As.String() }

// ParseAlias reads PATH=NAMESPACE/NAME or PATH=NAMESPACE/NAME@REVISION. The error is a usage fault.
func ParseAlias(text string) (Alias, error) {
	i := strings.LastIndex(text, "=") // no id has one, and a path may
	if i <= 0 {
		return Alias{}, fault.Usagef("--as %s: write PATH=NAMESPACE/NAME or PATH=NAMESPACE/NAME@REVISION", text)
	}
	a := Alias{Path: text[:i]}
	var at bool
	a.As.Path, a.As.Revision, at = strings.Cut(text[i+1:], "@")
	if !IsID(a.As.Path) || at && !IsBranch(a.As.Revision) {
		return Alias{}, fault.Usagef("--as %s: %q is not NAMESPACE/NAME or NAMESPACE/NAME@REVISION", text, text[i+1:])
	}
	return a, nil
}

// Of tells whether the alias is for ref.
func (a Alias) Of(ref recipe.Ref) bool {
	return a.Path == ref.String() || ref.Revision == "" && SamePath(a.Path, ref.Path)
}

// SamePath tells whether two paths lead to the same folder.
func SamePath(a, b string) bool {
	if filepath.Clean(a) == filepath.Clean(b) {
		return true
	}
	first, err := os.Stat(a)
	if err != nil || !first.IsDir() {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}
