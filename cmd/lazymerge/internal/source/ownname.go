package source

import (
	"context"
	"regexp"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// usage matches the id in the lines of a card that load its model, as ours, the notebook's and those of
// transformers have them: from_pretrained("org/name"), model = "org/name", pipeline("task", model="org/name").
var usage = regexp.MustCompile(`(?:from_pretrained\(\s*|\bmodel(?:_id|_name)?\s*=\s*)["']([A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*)["']`)

// ownName is the id on the Hub that a folder's own files give it, for a person to confirm: its card says how the
// model is loaded, and config.json often what it was loaded as when it was saved, which may be its parent. It is "" where they give none.
func ownName(ctx context.Context, model *plan.Model) string {
	if readme, err := model.ReadSmall(ctx, lock.Readme); err == nil {
		if m := usage.FindSubmatch(readme); m != nil {
			return string(m[1])
		}
	}
	if config, err := model.ReadSmall(ctx, "config.json"); err == nil {
		if name := gjson.GetBytes(config, "_name_or_path").String(); names.IsID(name) && !names.IsFolder(name) {
			return name
		}
	}
	return ""
}
