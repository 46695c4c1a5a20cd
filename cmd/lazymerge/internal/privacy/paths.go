package privacy

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// machinePath matches a path from the root of a machine or of somebody's home, of two parts at least.
var machinePath = regexp.MustCompile(`^(/[^/\s]+/|~/|[A-Za-z]:[\\/]|\\\\)[^\n]*$`)

// maxPathFile is the longest file that is looked into, in bytes; a tokenizer_config.json has some 50 kB.
const maxPathFile = 1 << 20

// CheckPaths refuses JSON files that a folder gives to the result and that name a path of a machine beside those which the plan takes
// out. With accepted they are a warning. What a public repo has is known to everybody already.
func CheckPaths(ctx context.Context, config string, files []plan.File, sources []*source.Source, accepted bool) (recipe.Faults, error) {
	var warnings recipe.Faults
	var errs []error
	hint := "take it out of that file"
	if !accepted {
		hint += ", or add --publish-config if that is fine"
	}
	for _, f := range files {
		src := sources[f.Source]
		if src.Model.Digest == "" || !strings.HasSuffix(f.Name, ".json") || f.Size > maxPathFile {
			continue
		}
		text := []byte(f.Edited)
		if text == nil {
			var err error
			if text, err = src.Model.ReadSmall(ctx, f.Name); err != nil {
				return nil, source.Fault(src.Ref, config, err)
			}
		}
		gjson.ParseBytes(text).ForEach(func(key, value gjson.Result) bool {
			if value.Type != gjson.String || !machinePath.MatchString(value.String()) || spoken(key.String()) {
				return true
			}
			told := &recipe.Fault{File: config, Pos: src.Ref.Pos, Code: "privacy", Warning: accepted,
				Message: fmt.Sprintf("%s of %s names a path, %.200s, under %.60q, and is published with the merge", f.Name, src.Ref, value.String(), key.String()),
				Hint:    hint}
			if accepted {
				warnings = append(warnings, told)
			} else {
				errs = append(errs, told)
			}
			return true
		})
	}
	return warnings, errors.Join(errs...)
}

// spoken tells whether a key holds what a model is told or says, which may look like anything.
func spoken(key string) bool {
	return key == "chat_template" || strings.HasSuffix(key, "_token") || strings.HasSuffix(key, "_prompt")
}
