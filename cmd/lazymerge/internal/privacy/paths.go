package privacy

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// machinePath matches an absolute path or one in a home folder, of at least two parts.
var machinePath = regexp.MustCompile(`^(/[^/\s]+/|~/|[A-Za-z]:[\\/]|\\\\)[^\n]*$`)

// maxPathFile is the largest file that is checked, in bytes; a tokenizer_config.json has about 50 kB.
const maxPathFile = 1 << 20

// CheckPaths refuses JSON files from folders that contain a path on this machine, other than those that the plan removes. If accepted,
// they are only a warning. Files of repos are public already.
func CheckPaths(ctx context.Context, config string, files []plan.File, sources []*source.Source, accepted bool) (recipe.Faults, error) {
	var faults recipe.Faults
	hint := "remove it from that file"
	if !accepted {
		hint += ", or " + accept
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
			faults = append(faults, &recipe.Fault{File: config, Pos: src.Ref.Pos, Code: "privacy", Warning: accepted,
				Message: fmt.Sprintf("%s of %s contains the path %.200s under %.60q and is published with the merge", f.Name, src.Ref, value.String(), key.String()),
				Hint:    hint})
			return true
		})
	}
	return split(faults)
}

// spoken reports whether a key holds text for or by a model, which may look like anything.
func spoken(key string) bool {
	return key == "chat_template" || strings.HasSuffix(key, "_token") || strings.HasSuffix(key, "_prompt")
}
