package recipe

import (
	"regexp"

	"github.com/lazymerge/lazymerge/merge/recipe/internal/yamltext"
)

// comment is what may be one: a "#" at the start of a line or behind a space, and what follows. It may stand in a
// quoted text, too.
var comment = regexp.MustCompile(`(?m)(?:^|[ \t])(#.*)`)

// Comment finds where a comment of the text has name, not as a part of a longer name.
func (r *Recipe) Comment(name string) (Pos, bool) {
	for _, at := range comment.FindAllSubmatchIndex(r.Text, -1) {
		if off := mention(string(r.Text[at[2]:at[3]]), name); off >= 0 && name != "" {
			line, col := yamltext.New(r.Text).Place(at[2] + off)
			return Pos{line, col}, true
		}
	}
	return Pos{}, false
}
