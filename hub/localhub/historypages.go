package localhub

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/page"
)

// showHistory answers with one page of a revision's commits.
func showHistory(c *call) error {
	if len(c.rest) == 0 {
		c.rest = []string{defaultBranch}
	}
	tip, err := c.revision()
	if err != nil {
		return err
	}
	history := c.repo.history(tip)
	commits, number, more, err := c.pageOfHistory(history)
	if err != nil {
		return err
	}
	body := page.Commits{Head: c.head("commits", strings.Join(c.rest, "/")), Total: len(history)}
	for _, commit := range commits {
		body.Steps = append(body.Steps, c.step(commit))
	}
	at := func(n int) string {
		query := c.r.URL.Query()
		query.Set("p", fmt.Sprint(n))
		return c.r.URL.EscapedPath() + "?" + query.Encode()
	}
	if number > 0 {
		body.Newer = at(number - 1)
	}
	if more {
		body.Next = at(number + 1)
	}
	return c.show(http.StatusOK, body, "Commits", c.repo.id().String())
}

// step is a commit in one line; the zero Step for nil.
func (c *call) step(commit *Commit) page.Step {
	if commit == nil {
		return page.Step{}
	}
	return page.Step{
		ID: commit.OID, Title: commit.Title, Message: commit.Message, Author: commit.Author, Time: commit.Time,
		Path: "/" + c.repo.id().String() + "/commit/" + commit.OID,
	}
}

// commit returns the commit of that id, or nil.
func (r *repo) commit(oid string) *Commit {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.commits[oid]
}

// showCommit answers with one commit and the files that it changed.
func showCommit(c *call) error {
	if len(c.rest) == 0 {
		return notFound()
	}
	commit, err := c.revision()
	if err != nil {
		return err
	}
	parent := c.repo.commit(commit.Parent)
	before, err := c.repo.treeOf(parent)
	if err != nil {
		return err
	}
	after, err := c.repo.treeOf(commit)
	if err != nil {
		return err
	}
	body := page.Commit{Head: c.head("commits", defaultBranch), Step: c.step(commit)}
	body.Changes = changes(before, after, page.Place{Repo: body.Label.Path, At: commit.OID})
	if parent != nil {
		body.Parent = &page.Link{Text: parent.OID, Path: c.step(parent).Path}
	}
	return c.show(http.StatusOK, body, cmp.Or(commit.Title, commit.OID[:8]), c.repo.id().String())
}

// treeOf returns the files of a commit; none for nil.
func (r *repo) treeOf(c *Commit) (*tree, error) {
	if c == nil {
		return &tree{}, nil
	}
	return r.tree(c.Tree)
}

// shownChanges is how many files of one commit are listed.
const shownChanges = 1000

// changes are the files that differ between two trees. place is of the second.
func changes(before, after *tree, place page.Place) page.Changes {
	var all page.Changes
	for _, path := range bothPaths(before.draft(), after.draft()) {
		was, had := before.file(path)
		is, has := after.file(path)
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
