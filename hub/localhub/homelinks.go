package localhub

import (
	"net/url"
	"slices"
)

// revisionPages are the actions whose path goes on with a revision.
var revisionPages = []string{"tree", "blob", "resolve", "raw", "commits", "commit"}

// pageHere is the path of the page that this Hub has for an address of the public one: of a repo that
// the caller may see, or of a revision of it that is here. A merge made for a site without internet
// names its sources there.
func (c *call) pageHere(u *url.URL) (string, bool) {
	path, err := segments(u)
	if err != nil || len(path) == 0 || slices.Contains(path, "") {
		return "", false
	}
	kind := "model"
	if k := kinds[path[0]]; k != "" && k != kind && len(path) > 1 {
		kind, path = k, path[1:]
	}
	id, rest := c.repos.locate(kind, path, func(action string) bool { return slices.Contains(revisionPages, action) })
	r := c.repos.named(id)
	if r == nil || r.current().check(c.login, readInfo) != nil {
		return "", false
	}
	local := "/" + r.id().String()
	if len(rest) == 0 {
		return local, true
	}
	if c.options.Preview || len(rest) < 2 || !slices.Contains(revisionPages, rest[0]) {
		return "", false
	}
	commit, below, err := r.resolvePath(rest[1:])
	if err != nil || !r.has(commit, below) {
		return "", false
	}
	for _, part := range rest {
		local += "/" + escapeSegment(part)
	}
	if u.RawQuery != "" {
		local += "?" + u.RawQuery
	}
	return local, true
}

// has tells whether a commit has a file or folder at path; "" is its root.
func (r *repo) has(commit *Commit, path string) bool {
	if path == "" {
		return true
	}
	t, err := r.tree(commit.Tree)
	if err != nil {
		return false
	}
	_, ok := t.node(path)
	return ok
}
