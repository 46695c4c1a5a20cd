package privacy

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Comments warns of comments that have the last part of a folder's path which is published under another name. The whole
// path is refused; its last part alone may be any word, and is nothing new where the other name has it too.
func Comments(r *recipe.Recipe, sources []*source.Source) recipe.Faults {
	var warnings recipe.Faults
	for _, src := range sources {
		if src.As.Path == "" || !src.Folder || src.Snapshot() {
			continue
		}
		name := filepath.Base(filepath.Clean(src.Ref.Path))
		if strings.Contains(src.As.Path, name) {
			continue
		}
		if pos, ok := r.Comment(name); ok {
			warnings = append(warnings, &recipe.Fault{File: r.File, Pos: pos, Warning: true, Code: "privacy",
				Message: fmt.Sprintf("%s is published as %s, but a comment speaks of %s, and is published with the config", src.Ref, src.As, name),
				Hint:    "take it out there, unless that may be read"})
		}
	}
	return warnings
}
