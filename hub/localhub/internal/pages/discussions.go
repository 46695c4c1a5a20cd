package pages

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/model"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/page"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/web"
)

// showDiscussions answers with the list of discussions and pull requests, or with one of them.
func showDiscussions(c *call) error {
	if len(c.Rest) > 0 {
		return c.showDiscussion()
	}
	body := page.Discussions{Head: c.head("discussions", names.DefaultBranch)}
	for _, d := range slices.Backward(c.Repo.Current().Discussions) {
		body.Entries = append(body.Entries, talk(d, body.Label))
	}
	return c.show(http.StatusOK, body, "Discussions", c.Repo.ID().String())
}

func talk(d store.Discussion, of page.Label) page.Talk {
	return page.Talk{
		Num: d.Num, Title: d.Title, Author: d.Author, Status: string(d.Status), Pull: d.PullRequest, Created: d.Created,
		Path: fmt.Sprintf("%s/discussions/%d", of.Path, d.Num),
	}
}

func (c *call) showDiscussion() error {
	d, err := c.Discussion(c.Repo.Current())
	if err != nil {
		return err
	}
	body := page.Discussion{Head: c.head("discussions", names.DefaultBranch), Base: strings.TrimPrefix(d.Base, names.BranchPrefix)}
	body.Talk = talk(*d, body.Label)
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
	return c.show(http.StatusOK, body, fmt.Sprintf("%s #%d", d.Title, d.Num), c.Repo.ID().String())
}

// addProposal tells what a pull request would change.
func (c *call) addProposal(body *page.Discussion, d store.Discussion) error {
	place := page.Place{Repo: body.Label.Path, At: web.EscapeSegment(d.Ref())}
	before, after, err := c.Repo.Proposal(d)
	if err != nil {
		return err
	}
	body.Files = place.Repo + "/tree/" + place.At
	if _, ok := after.File(model.CardPath); ok {
		body.Card = cardPage(c.Repo.Current(), d.Ref())
	}
	body.Changes = changes(before, after, place)
	if body.Conflicts, err = c.Repo.Conflicts(d); err != nil {
		return err
	}
	if d.MergeCommit != "" {
		body.Merged = &page.Link{Text: d.MergeCommit[:8], Path: place.Repo + "/commit/" + d.MergeCommit}
	}
	return nil
}

// event is something that happened in a discussion, in words.
func (c *call) event(e store.DiscussionEvent, of page.Label) (page.Event, error) {
	event := page.Event{Author: e.Author, Time: e.Time}
	switch e.Type {
	case "comment":
		text, err := comment(e.Text, page.Place{Repo: of.Path, At: names.DefaultBranch, Here: c.pageHere})
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
