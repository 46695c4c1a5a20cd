package names

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// An Alias says what a model that the config calls Path is on the Hub. That name is published in its place.
type Alias struct {
	Path string     // as in the config: a folder or a private repo
	As   recipe.Ref // id and, where it is known, revision
}

func (a Alias) String() string { return a.Path + "=" + a.As.String() }

// aliasRevision is a branch, tag, commit or ref of a pull request.
var aliasRevision = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)

// ParseAlias reads PATH=NAMESPACE/NAME or PATH=NAMESPACE/NAME@REVISION. The error is a fault of usage.
func ParseAlias(text string) (Alias, error) {
	i := strings.LastIndex(text, "=") // no id has one, and a path may
	if i <= 0 {
		return Alias{}, fault.Usagef("--as %s: write PATH=NAMESPACE/NAME or PATH=NAMESPACE/NAME@REVISION", text)
	}
	a := Alias{Path: text[:i]}
	var at bool
	a.As.Path, a.As.Revision, at = strings.Cut(text[i+1:], "@")
	if !IsID(a.As.Path) || at && !aliasRevision.MatchString(a.As.Revision) {
		return Alias{}, fault.Usagef("--as %s: %q is not NAMESPACE/NAME or NAMESPACE/NAME@REVISION", text, text[i+1:])
	}
	return a, nil
}

// Of tells whether the alias is for ref.
func (a Alias) Of(ref recipe.Ref) bool {
	return a.Path == ref.String() || ref.Revision == "" && SamePath(a.Path, ref.Path)
}

// SamePath tells whether two paths are one, or lead to one folder.
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
