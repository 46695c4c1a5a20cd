package api

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
)

// refInfo is a branch or a tag of the API.
type refInfo struct {
	Name         string `json:"name"`
	Ref          string `json:"ref"`
	TargetCommit string `json:"targetCommit"`
}

func listRefs(c *call) error {
	all := c.Repo.Current().Refs
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
		"branches": below(names.BranchPrefix),
		"tags":     below(names.TagPrefix),
		"converts": {},
	}
	if c.Flag("include_prs") {
		answer["pullRequests"] = below(store.PullPrefix)
	}
	return c.JSON(answer)
}

func postBranch(c *call) error {
	var body struct {
		StartingPoint string `json:"startingPoint"`
		Empty         bool   `json:"emptyBranch"`
		Overwrite     bool   `json:"overwrite"`
	}
	if err := c.Decode(&body); err != nil {
		return err
	}
	b := store.Branching{From: body.StartingPoint, Empty: body.Empty, Overwrite: body.Overwrite, Author: c.Login.Name}
	if err := c.Repo.CreateBranch(strings.Join(c.Rest, "/"), b, c.Now()); err != nil {
		return err
	}
	return c.JSON(struct{}{})
}

func deleteBranch(c *call) error { return c.deleteRef(names.BranchPrefix) }

func deleteTag(c *call) error { return c.deleteRef(names.TagPrefix) }

func (c *call) deleteRef(prefix string) error {
	if err := c.Repo.DeleteRef(prefix + strings.Join(c.Rest, "/")); err != nil {
		return err
	}
	return c.JSON(struct{}{})
}

func postTag(c *call) error {
	var body struct {
		Tag     string `json:"tag"`
		Message string `json:"message"` // of an annotated tag; this server has light ones only
	}
	if err := c.Decode(&body); err != nil {
		return err
	}
	if err := c.Repo.CreateTag(body.Tag, strings.Join(c.Rest, "/")); err != nil {
		return err
	}
	return c.JSON(struct{}{})
}

func superSquash(c *call) error {
	var body struct {
		Message string `json:"message"`
	}
	if err := c.Decode(&body); err != nil {
		return err
	}
	if err := c.Repo.Squash(strings.Join(c.Rest, "/"), body.Message, c.Login.Name, c.Now()); err != nil {
		return err
	}
	return c.JSON(struct{}{})
}

// listCommits answers one page of a revision's history, the latest commit first.
func listCommits(c *call) error {
	tip, err := c.Revision()
	if err != nil {
		return err
	}
	history := c.Repo.History(tip)
	c.W.Header().Set("X-Total-Count", fmt.Sprint(len(history)))
	steps, page, more, err := c.PageOfHistory(history)
	if err != nil {
		return err
	}
	if more {
		c.Link(map[string]string{"p": strconv.Itoa(page + 1)})
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
	asHTML := slices.Contains(c.Expand(), "formatted")
	answer := []commit{}
	for _, h := range steps {
		one := commit{h.OID, h.Title, h.Message, []author{{h.Author}}, names.Stamp(h.Time), nil}
		if asHTML {
			one.Formatted = &formatted{html.EscapeString(h.Title), html.EscapeString(h.Message)}
		}
		answer = append(answer, one)
	}
	return c.JSON(answer)
}

func noXet(*call) error {
	return refusal.New(http.StatusNotFound, "this local Hub has no Xet storage; set HF_HUB_DISABLE_XET=1 and run the command again")
}

func noDuplicate(*call) error {
	return refusal.New(http.StatusNotImplemented, "copies of large files between repos are not supported by this local Hub")
}
