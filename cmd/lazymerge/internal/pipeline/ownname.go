package pipeline

import (
	"context"
	"regexp"

	"github.com/tidwall/gjson"
)

// usage matches the id in the lines of a card that load its model, as ours, the notebook's and those of
// transformers have them: from_pretrained("org/name"), model = "org/name", pipeline("task", model="org/name").
var usage = regexp.MustCompile(`(?:from_pretrained\(\s*|\bmodel(?:_id|_name)?\s*=\s*)["']([A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*)["']`)

// readOwnName takes the id on the Hub that a folder's own files give it, for a person to confirm: its card says how the
// model is loaded, and config.json often what it was loaded as when it was saved, which may be its parent.
func (s *Source) readOwnName(ctx context.Context) {
	if readme, err := s.Model.ReadSmall(ctx, readmeFile); err == nil {
		if m := usage.FindSubmatch(readme); m != nil {
			s.OwnName = string(m[1])
			return
		}
	}
	if config, err := s.Model.ReadSmall(ctx, "config.json"); err == nil {
		if name := gjson.GetBytes(config, "_name_or_path").String(); repoID.MatchString(name) && !isFolder(name) {
			s.OwnName = name
		}
	}
}
