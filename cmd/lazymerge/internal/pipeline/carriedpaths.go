package pipeline

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// machinePath matches a path from the root of a machine or of somebody's home, of two parts at least.
var machinePath = regexp.MustCompile(`^(/[^/\s]+/|~/|[A-Za-z]:[\\/]|\\\\)[^\n]*$`)

// maxPathFile is the longest file that is looked into, in bytes; a tokenizer_config.json has some 50 kB.
const maxPathFile = 1 << 20

// warnOfPaths warns of the JSON files that a folder gives to the result as they are and that name a path of a machine, as
// tokenizer_config.json does under name_or_path. What a repo has is known to everybody already.
func (m *Merge) warnOfPaths(ctx context.Context) error {
	for _, f := range m.Plan.Files {
		src := m.Sources[f.Source]
		if f.Edited != nil || !src.Folder || src.snapshot() || !strings.HasSuffix(f.Name, ".json") || f.Size > maxPathFile {
			continue
		}
		text, err := src.Model.ReadSmall(ctx, f.Name)
		if err != nil {
			return &SourceError{Ref: src.Ref, File: m.setup.name(), Err: err}
		}
		gjson.ParseBytes(text).ForEach(func(key, value gjson.Result) bool {
			if value.Type == gjson.String && machinePath.MatchString(value.String()) {
				m.Warnings = append(m.Warnings, &recipe.Fault{Warning: true, Code: "privacy",
					Message: fmt.Sprintf("%s of %s names a path, %.200s, under %.60q, and is published with the merge", f.Name, src.Ref, value.String(), key.String()),
					Hint:    "take it out of that file; loaders do not need it"})
			}
			return true
		})
	}
	return nil
}
