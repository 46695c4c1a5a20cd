package localhub

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
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
	pullPrefix = "refs/pr/"

	maxDiscussionTitle = 500     // characters
	maxComment         = 1 << 16 // characters
)

func (d Discussion) ref() string { return pullPrefix + strconv.Itoa(d.Num) }

// live tells whether a pull request still takes commits.
func (d Discussion) live() bool { return d.Status == Draft || d.Status == Opened }

func (d *Discussion) add(e DiscussionEvent, author string, now time.Time) DiscussionEvent {
	e.ID, e.Author, e.Time = newKey(), author, now.UTC().Truncate(time.Millisecond)
	d.Events = append(d.Events, e)
	return e
}

// discussion returns the one of that number, to be read or, within update, to be changed.
func (s *settings) discussion(num int) (*Discussion, bool) {
	i := slices.IndexFunc(s.Discussions, func(d Discussion) bool { return d.Num == num })
	if i < 0 {
		return nil, false
	}
	return &s.Discussions[i], true
}

// pull returns the pull request of a full ref name.
func (s *settings) pull(ref string) (*Discussion, bool) {
	num, ok := strings.CutPrefix(ref, pullPrefix)
	if !ok {
		return nil, false
	}
	n, err := strconv.Atoi(num)
	if err != nil {
		return nil, false
	}
	return s.discussion(n)
}

// begin adds a discussion and gives it its number. The description, unless empty, is its first
// comment.
func (s *settings) begin(d Discussion, description string, now time.Time) *Discussion {
	d.Num, d.Created = 1, now.UTC().Truncate(time.Millisecond)
	if n := len(s.Discussions); n > 0 {
		d.Num = s.Discussions[n-1].Num + 1
	}
	if description != "" {
		d.add(DiscussionEvent{Type: "comment", Text: description}, d.Author, now)
	}
	s.Discussions = append(s.Discussions, d)
	return &s.Discussions[len(s.Discussions)-1]
}

// discuss begins a discussion or, with pull, a draft of a pull request for main.
func (r *repo) discuss(title, description, author string, pull bool, now time.Time) (Discussion, error) {
	d := Discussion{Title: title, Author: author, Status: Opened, PullRequest: pull}
	err := r.change(func(s *settings) {
		if pull {
			d.Status, d.Base = Draft, branchPrefix+defaultBranch
		}
		begun := s.begin(d, description, now)
		if pull {
			s.Refs[begun.ref()] = s.Refs[d.Base]
		}
		d = *begun
	})
	return d, err
}

// amend changes one discussion through edit, which returns what has happened, or a refusal.
func (r *repo) amend(num int, author string, now time.Time, edit func(*Discussion) (DiscussionEvent, error)) (DiscussionEvent, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	copied := r.settings.clone()
	d, ok := copied.discussion(num)
	if !ok {
		return DiscussionEvent{}, noDiscussion(num)
	}
	e, err := edit(d)
	if err != nil {
		return e, err
	}
	e = d.add(e, author, now)
	return e, r.update(func(s *settings) { *s = copied })
}

func noDiscussion(num int) *refusal {
	return refuse(http.StatusNotFound, "there is no discussion %d", num)
}

// checkText refuses a title or comment that is empty or too long.
func checkText(what, text string, most int) error {
	switch {
	case strings.TrimSpace(text) == "":
		return badRequest("the %s is empty", what)
	case utf8.RuneCountInString(text) > most:
		return badRequest("the %s has more than %d characters", what, most)
	}
	return nil
}

// Discussions returns the discussions and pull requests of a repo in the order of their
// numbers. The error is [fs.ErrNotExist] where there is no such repo.
func (s *Server) Discussions(id string) ([]Discussion, error) {
	r, _, err := s.at(id, "")
	if err != nil {
		return nil, err
	}
	return r.current().Discussions, nil
}
