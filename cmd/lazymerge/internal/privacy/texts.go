package privacy

import (
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
)

// TextsOf are files as faults speak of them, without the config, which is looked at as it was written.
func TextsOf(files []source.SmallFile) []Text {
	var all []Text
	for _, f := range files {
		switch {
		case f.Path == lock.Recipe:
		case f.From == nil:
			all = append(all, Text{Name: f.Path, Data: f.Data})
		default:
			all = append(all, Text{f.Name + " of " + f.From.Ref.String(), f.From.Ref.Pos, f.Data})
		}
	}
	return all
}
