package web

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/account"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/git"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
)

// PageOf returns the nodes that the query's cursor and limit ask for, and the cursor of the next
// page, "" where this is the last.
func (c *Call) PageOf(nodes []git.Node) (page []git.Node, next string, err error) {
	query := c.R.URL.Query()
	if cursor := query.Get("cursor"); cursor != "" {
		last, err := base64.RawURLEncoding.DecodeString(cursor)
		if err != nil {
			return nil, "", refusal.BadRequest("the cursor is not one of ours")
		}
		nodes = slices.DeleteFunc(nodes, func(n git.Node) bool { return n.Path <= string(last) })
	}
	size, err := PageSize(query.Get("limit"), cmp.Or(c.PageSize, defaultTreePage), defaultTreePage)
	if err != nil {
		return nil, "", err
	}
	if len(nodes) > size {
		nodes = nodes[:size]
		next = base64.RawURLEncoding.EncodeToString([]byte(nodes[size-1].Path))
	}
	return nodes, next, nil
}

// PageSize reads the limit that a client asks for, at most most.
func PageSize(limit string, standard, most int) (int, error) {
	if limit == "" {
		return standard, nil
	}
	n, err := strconv.Atoi(limit)
	if err != nil || n < 1 {
		return 0, refusal.BadRequest("limit %.20q is not a positive number", limit)
	}
	return min(n, most), nil
}

// Revision resolves what is left of the path as a revision and nothing more.
func (c *Call) Revision() (*git.Commit, error) {
	rev := strings.Join(c.Rest, "/")
	commit, ok := c.Repo.Resolve(rev)
	if !ok {
		return nil, refusal.NoRevision(rev)
	}
	return commit, nil
}

// PageOfHistory returns the commits that the query's limit and page ask for, the number of that
// page, from 0, and whether another follows.
func (c *Call) PageOfHistory(history []*git.Commit) (steps []*git.Commit, page int, more bool, err error) {
	query := c.R.URL.Query()
	size, err := PageSize(query.Get("limit"), cmp.Or(c.PageSize, defaultHistoryPage), defaultTreePage)
	if err != nil {
		return nil, 0, false, err
	}
	if p := query.Get("p"); p != "" {
		if page, err = strconv.Atoi(p); err != nil || page < 0 {
			return nil, 0, false, refusal.BadRequest("page %.20q is not a number from 0", p)
		}
	}
	pages := slices.Collect(slices.Chunk(history, size))
	if page < len(pages) {
		steps = pages[page]
	}
	return steps, page, page+1 < len(pages), nil
}

// Discussion returns the one that the path names and nothing more.
func (c *Call) Discussion(now store.Settings) (*store.Discussion, error) {
	num, err := c.DiscussionNum()
	if err != nil || len(c.Rest) > 1 {
		return nil, refusal.NotFound()
	}
	d, ok := now.Discussion(num)
	if !ok {
		return nil, refusal.NoDiscussion(num)
	}
	return d, nil
}

// DiscussionNum reads the number of a discussion from the path.
func (c *Call) DiscussionNum() (int, error) {
	num, err := strconv.Atoi(c.Rest[0])
	if err != nil || num < 1 || strconv.Itoa(num) != c.Rest[0] {
		return 0, refusal.NotFound()
	}
	return num, nil
}

// How many entries one page has where nothing else is set.
const (
	defaultTreePage    = 1000
	defaultHistoryPage = 50
)

// A Visible is a repo that the caller may see.
type Visible struct {
	Repo *store.Repo
	Now  store.Settings
	Main *git.Commit // its last commit
}

// Visible are the repos that the caller may see and that wanted takes, in the order of ids.
func (c *Call) Visible(wanted func(store.Settings) bool) []Visible {
	var all []Visible
	for _, r := range c.Repos.All() {
		now := r.Current()
		if !wanted(now) || c.Login.Check(now, account.ReadInfo) != nil {
			continue
		}
		if commit, ok := r.Resolve(names.DefaultBranch); ok {
			all = append(all, Visible{r, now, commit})
		}
	}
	return all
}

// Seen returns the repo of that name in any case, nil where the caller may not see it or there is none.
func (c *Call) Seen(id names.RepoID) *store.Repo {
	r := c.Repos.Named(id)
	if r == nil || c.Login.Check(r.Current(), account.ReadInfo) != nil {
		return nil
	}
	return r
}
