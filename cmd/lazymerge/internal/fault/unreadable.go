package fault

import (
	"cmp"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
	"github.com/lazymerge/lazymerge/hub/openfiles"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Unreadable is the fault of the file at path that err keeps from being read; hint says which file is wanted.
func Unreadable(path, code, hint string, err error) *recipe.Fault {
	return &recipe.Fault{File: path, Code: code, Message: "cannot be read: " + file.Cause(err).Error(), Hint: cmp.Or(openfiles.Hint(err), hint)}
}
