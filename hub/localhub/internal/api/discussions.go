package api

import (
	"slices"
	"strconv"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/account"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
)

type named struct {
	Name string `json:"name"`
}

type repoRef struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// eventInfo is an event of the API.
type eventInfo struct {
	ID        string         `json:"id"`
	Type      string         `json:"type"`
	CreatedAt string         `json:"createdAt"`
	Author    named          `json:"author"`
	Data      map[string]any `json:"data"`
}

func eventOf(e store.DiscussionEvent) eventInfo {
	info := eventInfo{ID: e.ID, Type: e.Type, CreatedAt: names.Stamp(e.Time), Author: named{e.Author}}
	switch e.Type {
	case "comment":
		info.Data = map[string]any{"edited": false, "hidden": false, "latest": map[string]string{"raw": e.Text}}
	case "status-change":
		info.Data = map[string]any{"status": e.Text}
	case "title-change":
		info.Data = map[string]any{"from": e.From, "to": e.Text}
	case "commit":
		info.Data = map[string]any{"subject": e.Text, "oid": e.Commit}
	}
	return info
}

// discussionInfo is a discussion of the API, without its events.
type discussionInfo struct {
	Num           int                    `json:"num"`
	Title         string                 `json:"title"`
	Author        named                  `json:"author"`
	CreatedAt     string                 `json:"createdAt"`
	Status        store.DiscussionStatus `json:"status"`
	Repo          repoRef                `json:"repo"`
	IsPullRequest bool                   `json:"isPullRequest"`
}

func discussionOf(d store.Discussion, id names.RepoID) discussionInfo {
	return discussionInfo{
		Num:           d.Num,
		Title:         d.Title,
		Author:        named{d.Author},
		CreatedAt:     names.Stamp(d.Created),
		Status:        d.Status,
		Repo:          repoRef{id.Name, id.Kind},
		IsPullRequest: d.PullRequest,
	}
}

// discussions answers the paths below discussions by GET.
func discussions(c *call) error {
	if len(c.Rest) == 0 {
		return c.listDiscussions()
	}
	now := c.Repo.Current()
	d, err := c.Discussion(now)
	if err != nil {
		return err
	}
	events := []eventInfo{}
	for _, e := range d.Events {
		events = append(events, eventOf(e))
	}
	type changes struct {
		Base          string `json:"base"`
		MergeCommitID string `json:"mergeCommitId,omitempty"`
	}
	answer := struct {
		discussionInfo
		Events    []eventInfo `json:"events"`
		Changes   *changes    `json:"changes,omitempty"`
		Conflicts any         `json:"filesWithConflicts,omitempty"`
	}{discussionInfo: discussionOf(*d, now.ID()), Events: events}
	if d.PullRequest {
		conflicts, err := c.Repo.Conflicts(*d)
		if err != nil {
			return err
		}
		answer.Changes, answer.Conflicts = &changes{d.Base, d.MergeCommit}, conflicts
	}
	return c.JSON(answer)
}

// discussionsPage is how many discussions one page has where Options do not say.
const discussionsPage = 50

// listDiscussions answers one page, the latest first. Drafts count as open, merged ones as
// closed.
func (c *call) listDiscussions() error {
	query := c.R.URL.Query()
	page := 0
	if p := query.Get("p"); p != "" {
		var err error
		if page, err = strconv.Atoi(p); err != nil || page < 0 || page > 1<<20 {
			return refusal.BadRequest("page %.20q is not a number from 0", p)
		}
	}
	wants := func(name, value string) bool {
		asked := query.Get(name)
		return asked == "" || asked == "all" || asked == value
	}
	now := c.Repo.Current()
	all := []discussionInfo{}
	for _, d := range slices.Backward(now.Discussions) {
		kind, status := "discussion", "closed"
		if d.PullRequest {
			kind = "pull_request"
		}
		if d.Live() {
			status = "open"
		}
		if wants("type", kind) && wants("status", status) && (query.Get("author") == "" || query.Get("author") == d.Author) {
			all = append(all, discussionOf(d, now.ID()))
		}
	}
	size := discussionsPage
	if c.PageSize > 0 {
		size = c.PageSize
	}
	start := min(page*size, len(all))
	return c.JSON(map[string]any{
		"discussions": all[start:min(start+size, len(all))],
		"count":       len(all),
		"start":       start,
	})
}

// postDiscussion answers the paths below discussions by POST.
func postDiscussion(c *call) error {
	if len(c.Rest) == 0 {
		return c.beginDiscussion()
	}
	num, err := c.DiscussionNum()
	if err != nil {
		return err
	}
	answer, ok := map[string]func(int) error{
		"comment": c.postComment,
		"title":   c.postTitle,
		"status":  c.postStatus,
		"merge":   c.postMerge,
	}[strings.Join(c.Rest[1:], "/")]
	if !ok {
		return refusal.NotFound()
	}
	return answer(num)
}

func (c *call) beginDiscussion() error {
	var body struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		PullRequest bool   `json:"pullRequest"`
	}
	if err := c.Decode(&body); err != nil {
		return err
	}
	if err := store.CheckText("title", body.Title, store.MaxDiscussionTitle); err != nil {
		return err
	}
	if body.Description != "" {
		if err := store.CheckText("description", body.Description, store.MaxComment); err != nil {
			return err
		}
	}
	d, err := c.Repo.Discuss(strings.TrimSpace(body.Title), body.Description, c.Login.Name, body.PullRequest, c.Now())
	if err != nil {
		return err
	}
	return c.JSON(map[string]any{"num": d.Num, "pullRequest": d.PullRequest})
}

func (c *call) postComment(num int) error {
	var body struct {
		Comment string `json:"comment"`
	}
	if err := c.Decode(&body); err != nil {
		return err
	}
	if err := store.CheckText("comment", body.Comment, store.MaxComment); err != nil {
		return err
	}
	e, err := c.Repo.Amend(num, c.Login.Name, c.Now(), func(*store.Discussion, store.Settings) (store.DiscussionEvent, error) {
		return store.DiscussionEvent{Type: "comment", Text: body.Comment}, nil
	})
	if err != nil {
		return err
	}
	return c.JSON(map[string]any{"newMessage": eventOf(e)})
}

// mayDirect refuses who has neither begun the discussion nor may write to the repo, whose settings are now.
func (c *call) mayDirect(d *store.Discussion, now store.Settings) error {
	if d.Author == c.Login.Name {
		return nil
	}
	return c.Login.Check(now, account.Change)
}

func (c *call) postTitle(num int) error {
	var body struct {
		Title string `json:"title"`
	}
	if err := c.Decode(&body); err != nil {
		return err
	}
	if err := store.CheckText("title", body.Title, store.MaxDiscussionTitle); err != nil {
		return err
	}
	e, err := c.Repo.Amend(num, c.Login.Name, c.Now(), func(d *store.Discussion, now store.Settings) (store.DiscussionEvent, error) {
		if err := c.mayDirect(d, now); err != nil {
			return store.DiscussionEvent{}, err
		}
		e := store.DiscussionEvent{Type: "title-change", From: d.Title, Text: strings.TrimSpace(body.Title)}
		d.Title = e.Text
		return e, nil
	})
	if err != nil {
		return err
	}
	return c.JSON(map[string]any{"newTitle": eventOf(e)})
}

func (c *call) postStatus(num int) error {
	var body struct {
		Status  store.DiscussionStatus `json:"status"`
		Comment string                 `json:"comment"`
	}
	if err := c.Decode(&body); err != nil {
		return err
	}
	if body.Status != store.Opened && body.Status != store.Closed {
		return refusal.BadRequest("status %.40q is neither open nor closed", body.Status)
	}
	e, err := c.Repo.Amend(num, c.Login.Name, c.Now(), func(d *store.Discussion, now store.Settings) (store.DiscussionEvent, error) {
		if err := c.mayDirect(d, now); err != nil {
			return store.DiscussionEvent{}, err
		}
		switch d.Status {
		case store.Merged:
			return store.DiscussionEvent{}, refusal.BadRequest("pull request %d has been merged", num)
		case body.Status:
			return store.DiscussionEvent{}, refusal.BadRequest("discussion %d is %s already", num, d.Status)
		}
		d.Status = body.Status
		if strings.TrimSpace(body.Comment) != "" {
			d.Add(store.DiscussionEvent{Type: "comment", Text: body.Comment}, c.Login.Name, c.Now())
		}
		return store.DiscussionEvent{Type: "status-change", Text: string(body.Status)}, nil
	})
	if err != nil {
		return err
	}
	return c.JSON(map[string]any{"newStatus": eventOf(e)})
}

func (c *call) postMerge(num int) error {
	var body struct {
		Comment string `json:"comment"`
	}
	if err := c.Decode(&body); err != nil {
		return err
	}
	if err := c.Login.Check(c.Repo.Current(), account.Change); err != nil {
		return err
	}
	if err := c.Repo.MergePull(num, strings.TrimSpace(body.Comment), c.Login.Name, c.Now()); err != nil {
		return err
	}
	return c.JSON(struct{}{})
}

// checkCommit tells why the caller may not commit to rev: a branch needs the right to write;
// a new pull request that of a reader with a token that may write; and one that is there is
// for its author and for those who may write.
func (c *call) checkCommit(rev string, createPull bool) error {
	now := c.Repo.Current()
	if createPull {
		return c.Login.Check(now, account.Propose)
	}
	if d, ok := now.Pull(rev); ok && c.Login != nil && d.Author == c.Login.Name {
		return c.Login.Check(now, account.Propose)
	}
	return c.Login.Check(now, account.Change)
}
