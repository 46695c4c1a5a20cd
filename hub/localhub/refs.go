package localhub

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// refInfo is a branch or a tag of the API.
type refInfo struct {
	Name         string `json:"name"`
	Ref          string `json:"ref"`
	TargetCommit string `json:"targetCommit"`
}

func listRefs(c *call) error {
	all := c.repo.current().Refs
	below := func(prefix string) []refInfo {
		refs := []refInfo{}
		for _, ref := range slices.Sorted(maps.Keys(all)) {
			if name, ok := strings.CutPrefix(ref, prefix); ok {
				refs = append(refs, refInfo{name, ref, all[ref]})
			}
		}
		return refs
	}
	answer := map[string][]refInfo{
		"branches": below(branchPrefix),
		"tags":     below(tagPrefix),
		"converts": {},
	}
	if c.flag("include_prs") {
		answer["pullRequests"] = below(pullPrefix)
	}
	return c.json(answer)
}

func postBranch(c *call) error {
	var body struct {
		StartingPoint string `json:"startingPoint"`
		Empty         bool   `json:"emptyBranch"`
		Overwrite     bool   `json:"overwrite"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	b := branching{from: body.StartingPoint, empty: body.Empty, overwrite: body.Overwrite, author: c.login.name}
	if err := c.repo.createBranch(strings.Join(c.rest, "/"), b, c.now()); err != nil {
		return err
	}
	return c.json(struct{}{})
}

func deleteBranch(c *call) error { return c.deleteRef(branchPrefix) }

func deleteTag(c *call) error { return c.deleteRef(tagPrefix) }

func (c *call) deleteRef(prefix string) error {
	if err := c.repo.deleteRef(prefix + strings.Join(c.rest, "/")); err != nil {
		return err
	}
	return c.json(struct{}{})
}

func postTag(c *call) error {
	var body struct {
		Tag     string `json:"tag"`
		Message string `json:"message"` // of an annotated tag; this server has light ones only
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	if err := c.repo.createTag(body.Tag, strings.Join(c.rest, "/")); err != nil {
		return err
	}
	return c.json(struct{}{})
}

func superSquash(c *call) error {
	var body struct {
		Message string `json:"message"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	if err := c.repo.squash(strings.Join(c.rest, "/"), body.Message, c.login.name, c.now()); err != nil {
		return err
	}
	return c.json(struct{}{})
}

// listCommits answers one page of a revision's history, the latest commit first.
func listCommits(c *call) error {
	tip, err := c.revision()
	if err != nil {
		return err
	}
	history := c.repo.history(tip)
	c.w.Header().Set("X-Total-Count", fmt.Sprint(len(history)))
	steps, page, more, err := c.pageOfHistory(history)
	if err != nil {
		return err
	}
	if more {
		c.link(map[string]string{"p": strconv.Itoa(page + 1)})
	}
	type author struct {
		User string `json:"user"`
	}
	type formatted struct {
		Title   string `json:"title"`
		Message string `json:"message"`
	}
	type commit struct {
		ID        string     `json:"id"`
		Title     string     `json:"title"`
		Message   string     `json:"message"`
		Authors   []author   `json:"authors"`
		Date      string     `json:"date"`
		Formatted *formatted `json:"formatted,omitempty"`
	}
	asHTML := slices.Contains(c.expand(), "formatted")
	answer := []commit{}
	for _, h := range steps {
		one := commit{h.OID, h.Title, h.Message, []author{{h.Author}}, stamp(h.Time), nil}
		if asHTML {
			one.Formatted = &formatted{html.EscapeString(h.Title), html.EscapeString(h.Message)}
		}
		answer = append(answer, one)
	}
	return c.json(answer)
}

// pageOfHistory returns the commits that the query's limit and page ask for, the number of that
// page, from 0, and whether another follows.
func (c *call) pageOfHistory(history []*Commit) (steps []*Commit, page int, more bool, err error) {
	query := c.r.URL.Query()
	size, err := pageSize(query.Get("limit"), c.options.historyPage(), defaultTreePage)
	if err != nil {
		return nil, 0, false, err
	}
	if p := query.Get("p"); p != "" {
		if page, err = strconv.Atoi(p); err != nil || page < 0 {
			return nil, 0, false, badRequest("page %.20q is not a number from 0", p)
		}
	}
	pages := slices.Collect(slices.Chunk(history, size))
	if page < len(pages) {
		steps = pages[page]
	}
	return steps, page, page+1 < len(pages), nil
}

func noXet(*call) error {
	return refuse(http.StatusNotFound, "this local Hub has no Xet storage; set HF_HUB_DISABLE_XET=1 and run the command again")
}

func noDuplicate(*call) error {
	return refuse(http.StatusNotImplemented, "copies of large files between repos are not supported by this local Hub")
}
