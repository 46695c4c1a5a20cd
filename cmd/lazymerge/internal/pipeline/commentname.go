package pipeline

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// warnOfComments warns of comments that have the last part of a folder's path which is published under another name. The whole
// path is refused; its last part alone may be any word, and is nothing new where the other name has it too.
func (m *Merge) warnOfComments() {
	for _, src := range m.Sources {
		if src.As.Path == "" || !src.Folder || src.Snapshot() {
			continue
		}
		name := filepath.Base(filepath.Clean(src.Ref.Path))
		if strings.Contains(src.As.Path, name) {
			continue
		}
		if pos, ok := m.Recipe.Comment(name); ok {
			m.Warnings = append(m.Warnings, &recipe.Fault{File: m.Recipe.File, Pos: pos, Warning: true, Code: "privacy",
				Message: fmt.Sprintf("%s is published as %s, but a comment speaks of %s, and is published with the config", src.Ref, src.As, name),
				Hint:    "take it out there, unless that may be read"})
		}
	}
}
