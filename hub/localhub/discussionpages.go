package localhub

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/page"
)

// showDiscussions answers with the list of discussions and pull requests, or with one of them.
func showDiscussions(c *call) error {
	if len(c.rest) > 0 {
		return c.showDiscussion()
	}
	body := page.Discussions{Head: c.head("discussions", defaultBranch)}
	for _, d := range slices.Backward(c.repo.current().Discussions) {
		body.Entries = append(body.Entries, d.talk(body.Label))
	}
	return c.show(http.StatusOK, body, "Discussions", c.repo.id().String())
}

func (d Discussion) talk(of page.Label) page.Talk {
	return page.Talk{
		Num: d.Num, Title: d.Title, Author: d.Author, Status: string(d.Status), Pull: d.PullRequest, Created: d.Created,
		Path: fmt.Sprintf("%s/discussions/%d", of.Path, d.Num),
	}
}

func (c *call) showDiscussion() error {
	d, err := c.discussion(c.repo.current())
	if err != nil {
		return err
	}
	body := page.Discussion{Head: c.head("discussions", defaultBranch), Base: strings.TrimPrefix(d.Base, branchPrefix)}
	body.Talk = d.talk(body.Label)
	if d.PullRequest {
		if err := c.addProposal(&body, *d); err != nil {
			return err
		}
	}
	for _, e := range d.Events {
		event, err := c.event(e, body.Label)
		if err != nil {
			return err
		}
		body.Events = append(body.Events, event)
	}
	return c.show(http.StatusOK, body, fmt.Sprintf("%s #%d", d.Title, d.Num), c.repo.id().String())
}

// addProposal tells what a pull request would change.
func (c *call) addProposal(body *page.Discussion, d Discussion) error {
	place := page.Place{Repo: body.Label.Path, At: escapeSegment(d.ref())}
	before, after, err := c.repo.proposal(d)
	if err != nil {
		return err
	}
	body.Files = place.Repo + "/tree/" + place.At
	if _, ok := after.file(cardPath); ok {
		body.Card = c.repo.current().cardPath(d.ref())
	}
	body.Changes = changes(before, after, place)
	if body.Conflicts, err = c.repo.conflicts(d); err != nil {
		return err
	}
	if d.MergeCommit != "" {
		body.Merged = &page.Link{Text: d.MergeCommit[:8], Path: place.Repo + "/commit/" + d.MergeCommit}
	}
	return nil
}

// proposal returns the files at the commit where a pull request left its base, and at its last.
func (r *repo) proposal(d Discussion) (before, after *tree, err error) {
	r.mu.RLock()
	base, head := r.commits[r.settings.Refs[d.Base]], r.commits[r.settings.Refs[d.ref()]]
	fork := r.fork(base, head)
	r.mu.RUnlock()
	if before, err = r.treeOf(fork); err != nil {
		return nil, nil, err
	}
	after, err = r.treeOf(head)
	return before, after, err
}

// event is something that happened in a discussion, in words.
func (c *call) event(e DiscussionEvent, of page.Label) (page.Event, error) {
	event := page.Event{Author: e.Author, Time: e.Time}
	switch e.Type {
	case "comment":
		text, err := comment(e.Text, page.Place{Repo: of.Path, At: defaultBranch, Here: c.pageHere})
		event.What, event.Text = "wrote", text
		return event, err
	case "status-change":
		event.What, event.Link.Text = "set the status to", e.Text
	case "title-change":
		event.What, event.Link.Text = fmt.Sprintf("changed the title from %q to", e.From), fmt.Sprintf("%q", e.Text)
	case "commit":
		event.What, event.Link = "committed", page.Link{Text: e.Text, Path: of.Path + "/commit/" + e.Commit}
	}
	return event, nil
}
