package localhub

import (
	"slices"
	"strconv"
	"strings"
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

func (e DiscussionEvent) info() eventInfo {
	info := eventInfo{ID: e.ID, Type: e.Type, CreatedAt: stamp(e.Time), Author: named{e.Author}}
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
	Num           int              `json:"num"`
	Title         string           `json:"title"`
	Author        named            `json:"author"`
	CreatedAt     string           `json:"createdAt"`
	Status        DiscussionStatus `json:"status"`
	Repo          repoRef          `json:"repo"`
	IsPullRequest bool             `json:"isPullRequest"`
}

func (d Discussion) info(id repoID) discussionInfo {
	return discussionInfo{
		Num:           d.Num,
		Title:         d.Title,
		Author:        named{d.Author},
		CreatedAt:     stamp(d.Created),
		Status:        d.Status,
		Repo:          repoRef{id.name, id.kind},
		IsPullRequest: d.PullRequest,
	}
}

// discussions answers the paths below discussions by GET.
func discussions(c *call) error {
	if len(c.rest) == 0 {
		return c.listDiscussions()
	}
	now := c.repo.current()
	d, err := c.discussion(now)
	if err != nil {
		return err
	}
	events := []eventInfo{}
	for _, e := range d.Events {
		events = append(events, e.info())
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
	}{discussionInfo: d.info(now.id()), Events: events}
	if d.PullRequest {
		conflicts, err := c.repo.conflicts(*d)
		if err != nil {
			return err
		}
		answer.Changes, answer.Conflicts = &changes{d.Base, d.MergeCommit}, conflicts
	}
	return c.json(answer)
}

// discussionsPage is how many discussions one page has where Options do not say.
const discussionsPage = 50

// listDiscussions answers one page, the latest first. Drafts count as open, merged ones as
// closed.
func (c *call) listDiscussions() error {
	query := c.r.URL.Query()
	page := 0
	if p := query.Get("p"); p != "" {
		var err error
		if page, err = strconv.Atoi(p); err != nil || page < 0 || page > 1<<20 {
			return badRequest("page %.20q is not a number from 0", p)
		}
	}
	wants := func(name, value string) bool {
		asked := query.Get(name)
		return asked == "" || asked == "all" || asked == value
	}
	now := c.repo.current()
	all := []discussionInfo{}
	for _, d := range slices.Backward(now.Discussions) {
		kind, status := "discussion", "closed"
		if d.PullRequest {
			kind = "pull_request"
		}
		if d.live() {
			status = "open"
		}
		if wants("type", kind) && wants("status", status) && (query.Get("author") == "" || query.Get("author") == d.Author) {
			all = append(all, d.info(now.id()))
		}
	}
	size := discussionsPage
	if c.options.PageSize > 0 {
		size = c.options.PageSize
	}
	start := min(page*size, len(all))
	return c.json(map[string]any{
		"discussions": all[start:min(start+size, len(all))],
		"count":       len(all),
		"start":       start,
	})
}

// discussion returns the one that the path names and nothing more.
func (c *call) discussion(now settings) (*Discussion, error) {
	num, err := c.discussionNum()
	if err != nil || len(c.rest) > 1 {
		return nil, notFound()
	}
	d, ok := now.discussion(num)
	if !ok {
		return nil, noDiscussion(num)
	}
	return d, nil
}

// discussionNum reads the number of a discussion from the path.
func (c *call) discussionNum() (int, error) {
	num, err := strconv.Atoi(c.rest[0])
	if err != nil || num < 1 || strconv.Itoa(num) != c.rest[0] {
		return 0, notFound()
	}
	return num, nil
}

// postDiscussion answers the paths below discussions by POST.
func postDiscussion(c *call) error {
	if len(c.rest) == 0 {
		return c.beginDiscussion()
	}
	num, err := c.discussionNum()
	if err != nil {
		return err
	}
	answer, ok := map[string]func(int) error{
		"comment": c.postComment,
		"title":   c.postTitle,
		"status":  c.postStatus,
		"merge":   c.postMerge,
	}[strings.Join(c.rest[1:], "/")]
	if !ok {
		return notFound()
	}
	return answer(num)
}

func (c *call) beginDiscussion() error {
	var body struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		PullRequest bool   `json:"pullRequest"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	if err := checkText("title", body.Title, maxDiscussionTitle); err != nil {
		return err
	}
	if body.Description != "" {
		if err := checkText("description", body.Description, maxComment); err != nil {
			return err
		}
	}
	d, err := c.repo.discuss(strings.TrimSpace(body.Title), body.Description, c.login.name, body.PullRequest, c.now())
	if err != nil {
		return err
	}
	return c.json(map[string]any{"num": d.Num, "pullRequest": d.PullRequest})
}

func (c *call) postComment(num int) error {
	var body struct {
		Comment string `json:"comment"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	if err := checkText("comment", body.Comment, maxComment); err != nil {
		return err
	}
	e, err := c.repo.amend(num, c.login.name, c.now(), func(*Discussion) (DiscussionEvent, error) {
		return DiscussionEvent{Type: "comment", Text: body.Comment}, nil
	})
	if err != nil {
		return err
	}
	return c.json(map[string]any{"newMessage": e.info()})
}

// mayDirect refuses who has neither begun the discussion nor may write to the repo.
func (c *call) mayDirect(d *Discussion) error {
	if d.Author == c.login.name {
		return nil
	}
	return c.repo.settings.check(c.login, write)
}

func (c *call) postTitle(num int) error {
	var body struct {
		Title string `json:"title"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	if err := checkText("title", body.Title, maxDiscussionTitle); err != nil {
		return err
	}
	e, err := c.repo.amend(num, c.login.name, c.now(), func(d *Discussion) (DiscussionEvent, error) {
		if err := c.mayDirect(d); err != nil {
			return DiscussionEvent{}, err
		}
		e := DiscussionEvent{Type: "title-change", From: d.Title, Text: strings.TrimSpace(body.Title)}
		d.Title = e.Text
		return e, nil
	})
	if err != nil {
		return err
	}
	return c.json(map[string]any{"newTitle": e.info()})
}

func (c *call) postStatus(num int) error {
	var body struct {
		Status  DiscussionStatus `json:"status"`
		Comment string           `json:"comment"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	if body.Status != Opened && body.Status != Closed {
		return badRequest("status %.40q is neither open nor closed", body.Status)
	}
	e, err := c.repo.amend(num, c.login.name, c.now(), func(d *Discussion) (DiscussionEvent, error) {
		if err := c.mayDirect(d); err != nil {
			return DiscussionEvent{}, err
		}
		switch d.Status {
		case Merged:
			return DiscussionEvent{}, badRequest("pull request %d has been merged", num)
		case body.Status:
			return DiscussionEvent{}, badRequest("discussion %d is %s already", num, d.Status)
		}
		d.Status = body.Status
		if strings.TrimSpace(body.Comment) != "" {
			d.add(DiscussionEvent{Type: "comment", Text: body.Comment}, c.login.name, c.now())
		}
		return DiscussionEvent{Type: "status-change", Text: string(body.Status)}, nil
	})
	if err != nil {
		return err
	}
	return c.json(map[string]any{"newStatus": e.info()})
}

func (c *call) postMerge(num int) error {
	var body struct {
		Comment string `json:"comment"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	if err := c.repo.current().check(c.login, write); err != nil {
		return err
	}
	if err := c.repo.mergePull(num, strings.TrimSpace(body.Comment), c.login.name, c.now()); err != nil {
		return err
	}
	return c.json(struct{}{})
}

// checkCommit tells why the caller may not commit to rev: a branch needs the right to write;
// a new pull request that of a reader with a token that may write; and one that is there is
// for its author and for those who may write.
func (c *call) checkCommit(rev string, createPull bool) error {
	now := c.repo.current()
	if createPull {
		return now.check(c.login, propose)
	}
	if d, ok := now.pull(rev); ok && c.login != nil && d.Author == c.login.name {
		return now.check(c.login, propose)
	}
	return now.check(c.login, write)
}
