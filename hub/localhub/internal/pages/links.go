package pages

import (
	"net/url"
	"slices"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/web"
)

// revisionPages are the actions whose path goes on with a revision.
var revisionPages = []string{"tree", "blob", "resolve", "raw", "commits", "commit"}

// pageHere is the path of the page that this Hub has for an address of the public one: of a repo that
// the caller may see, or of a revision of it that is here. A merge made for a site without internet
// names its sources there.
func (c *call) pageHere(u *url.URL) (string, bool) {
	path, err := web.Segments(u)
	if err != nil || len(path) == 0 || slices.Contains(path, "") {
		return "", false
	}
	kind := "model"
	if k := names.Kinds[path[0]]; k != "" && k != kind && len(path) > 1 {
		kind, path = k, path[1:]
	}
	id, rest := c.Repos.Locate(kind, path, func(action string) bool { return slices.Contains(revisionPages, action) })
	r := c.Seen(id)
	if r == nil {
		return "", false
	}
	local := "/" + r.ID().String()
	if len(rest) == 0 {
		return local, true
	}
	if c.Preview || len(rest) < 2 || !slices.Contains(revisionPages, rest[0]) {
		return "", false
	}
	commit, below, err := r.ResolvePath(rest[1:])
	if err != nil || !r.Has(commit, below) {
		return "", false
	}
	for _, part := range rest {
		local += "/" + web.EscapeSegment(part)
	}
	if u.RawQuery != "" {
		local += "?" + u.RawQuery
	}
	return local, true
}
