package pages

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/git"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/page"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
)

// showHistory answers with one page of a revision's commits.
func showHistory(c *call) error {
	if len(c.Rest) == 0 {
		c.Rest = []string{names.DefaultBranch}
	}
	tip, err := c.Revision()
	if err != nil {
		return err
	}
	history := c.Repo.History(tip)
	commits, number, more, err := c.PageOfHistory(history)
	if err != nil {
		return err
	}
	body := page.Commits{Head: c.head("commits", strings.Join(c.Rest, "/")), Total: len(history)}
	for _, commit := range commits {
		body.Steps = append(body.Steps, c.step(commit))
	}
	at := func(n int) string {
		query := c.R.URL.Query()
		query.Set("p", fmt.Sprint(n))
		return c.R.URL.EscapedPath() + "?" + query.Encode()
	}
	if number > 0 {
		body.Newer = at(number - 1)
	}
	if more {
		body.Next = at(number + 1)
	}
	return c.show(http.StatusOK, body, "Commits", c.Repo.ID().String())
}

// step is a commit in one line; the zero Step for nil.
func (c *call) step(commit *git.Commit) page.Step {
	if commit == nil {
		return page.Step{}
	}
	return page.Step{
		ID: commit.OID, Title: commit.Title, Message: commit.Message, Author: commit.Author, Time: commit.Time,
		Path: "/" + c.Repo.ID().String() + "/commit/" + commit.OID,
	}
}

// showCommit answers with one commit and the files that it changed.
func showCommit(c *call) error {
	if len(c.Rest) == 0 {
		return refusal.NotFound()
	}
	commit, err := c.Revision()
	if err != nil {
		return err
	}
	parent := c.Repo.Commit(commit.Parent)
	before, err := c.Repo.TreeOf(parent)
	if err != nil {
		return err
	}
	after, err := c.Repo.TreeOf(commit)
	if err != nil {
		return err
	}
	body := page.Commit{Head: c.head("commits", names.DefaultBranch), Step: c.step(commit)}
	body.Changes = changes(before, after, page.Place{Repo: body.Label.Path, At: commit.OID})
	if parent != nil {
		body.Parent = &page.Link{Text: parent.OID, Path: c.step(parent).Path}
	}
	return c.show(http.StatusOK, body, cmp.Or(commit.Title, commit.OID[:8]), c.Repo.ID().String())
}

// shownChanges is how many files of one commit are listed.
const shownChanges = 1000

// changes are the files that differ between two trees. place is of the second.
func changes(before, after *git.Tree, place page.Place) page.Changes {
	var all page.Changes
	for _, path := range git.BothPaths(before.Draft(), after.Draft()) {
		was, had := before.File(path)
		is, has := after.File(path)
		change := page.Change{What: "changed", Entry: entryOf(is, place), Before: was.Size}
		switch {
		case had && has && was == is:
			continue
		case !had:
			change.What = "added"
		case !has:
			change.What, change.Entry = "removed", page.Entry{}
		}
		change.Name = path
		if all.Total++; all.Total <= shownChanges {
			all.Shown = append(all.Shown, change)
		}
	}
	return all
}
