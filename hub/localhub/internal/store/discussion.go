package store

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
)

// A DiscussionStatus is how far a discussion or pull request has come.
type DiscussionStatus string

// A pull request that was made without a commit starts as a draft, everything else open.
// Merged and closed ones take no commits; a merged one stays so.
const (
	Draft  DiscussionStatus = "draft"
	Opened DiscussionStatus = "open"
	Closed DiscussionStatus = "closed"
	Merged DiscussionStatus = "merged"
)

// A Discussion is one conversation in a repo, or a pull request, whose commits are on the ref
// refs/pr/ and its number. Both are numbered from 1, together.
type Discussion struct {
	Num         int               `json:"num"`
	Title       string            `json:"title"`
	Author      string            `json:"author"`
	Created     time.Time         `json:"created"`
	Status      DiscussionStatus  `json:"status"`
	PullRequest bool              `json:"pullRequest,omitempty"`
	Base        string            `json:"base,omitempty"`        // full name of the branch that a pull request is for
	MergeCommit string            `json:"mergeCommit,omitempty"` // its id once it is merged
	Events      []DiscussionEvent `json:"events"`
}

// A DiscussionEvent is one thing that has happened in a discussion.
type DiscussionEvent struct {
	ID     string    `json:"id"`
	Type   string    `json:"type"` // "comment", "status-change", "title-change" or "commit"
	Author string    `json:"author"`
	Time   time.Time `json:"time"`
	Text   string    `json:"text"`             // the comment, the new status, the new title, or the commit's title
	From   string    `json:"from,omitempty"`   // the title before
	Commit string    `json:"commit,omitempty"` // id of a commit
}

const (
	PullPrefix = "refs/pr/"

	MaxDiscussionTitle = 500     // characters
	MaxComment         = 1 << 16 // characters
)

// Ref is the full name of the ref of a pull request.
func (d Discussion) Ref() string { return PullPrefix + strconv.Itoa(d.Num) }

// Live tells whether a pull request still takes commits.
func (d Discussion) Live() bool { return d.Status == Draft || d.Status == Opened }

// Add enters what has happened.
func (d *Discussion) Add(e DiscussionEvent, author string, now time.Time) DiscussionEvent {
	e.ID, e.Author, e.Time = names.NewKey(), author, now.UTC().Truncate(time.Millisecond)
	d.Events = append(d.Events, e)
	return e
}

// Discussion returns the one of that number, to be read or, within update, to be changed.
func (s *Settings) Discussion(num int) (*Discussion, bool) {
	i := slices.IndexFunc(s.Discussions, func(d Discussion) bool { return d.Num == num })
	if i < 0 {
		return nil, false
	}
	return &s.Discussions[i], true
}

// Pull returns the pull request of a full ref name.
func (s *Settings) Pull(ref string) (*Discussion, bool) {
	num, ok := strings.CutPrefix(ref, PullPrefix)
	if !ok {
		return nil, false
	}
	n, err := strconv.Atoi(num)
	if err != nil {
		return nil, false
	}
	return s.Discussion(n)
}

// begin adds a discussion and gives it its number. The description, unless empty, is its first
// comment.
func (s *Settings) begin(d Discussion, description string, now time.Time) *Discussion {
	d.Num, d.Created = 1, now.UTC().Truncate(time.Millisecond)
	if n := len(s.Discussions); n > 0 {
		d.Num = s.Discussions[n-1].Num + 1
	}
	if description != "" {
		d.Add(DiscussionEvent{Type: "comment", Text: description}, d.Author, now)
	}
	s.Discussions = append(s.Discussions, d)
	return &s.Discussions[len(s.Discussions)-1]
}

// Discuss begins a discussion or, with pull, a draft of a pull request for main.
func (r *Repo) Discuss(title, description, author string, pull bool, now time.Time) (Discussion, error) {
	d := Discussion{Title: title, Author: author, Status: Opened, PullRequest: pull}
	err := r.Change(func(s *Settings) {
		if pull {
			d.Status, d.Base = Draft, names.BranchPrefix+names.DefaultBranch
		}
		begun := s.begin(d, description, now)
		if pull {
			s.Refs[begun.Ref()] = s.Refs[d.Base]
		}
		d = *begun
	})
	return d, err
}

// Amend changes one discussion through edit, which is given the settings, too, and returns what has happened, or a refusal.
func (r *Repo) Amend(num int, author string, now time.Time, edit func(*Discussion, Settings) (DiscussionEvent, error)) (DiscussionEvent, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	copied := r.settings.clone()
	d, ok := copied.Discussion(num)
	if !ok {
		return DiscussionEvent{}, refusal.NoDiscussion(num)
	}
	e, err := edit(d, r.settings)
	if err != nil {
		return e, err
	}
	e = d.Add(e, author, now)
	return e, r.update(func(s *Settings) { *s = copied })
}

// CheckText refuses a title or comment that is empty or too long.
func CheckText(what, text string, most int) error {
	switch {
	case strings.TrimSpace(text) == "":
		return refusal.BadRequest("the %s is empty", what)
	case utf8.RuneCountInString(text) > most:
		return refusal.BadRequest("the %s has more than %d characters", what, most)
	}
	return nil
}
