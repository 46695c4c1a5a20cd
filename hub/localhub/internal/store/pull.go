package store

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/git"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
)

// MergePull makes one commit of what a pull request changes, on the branch that it is for.
func (r *Repo) MergePull(num int, comment, author string, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	d, ok := r.settings.Discussion(num)
	switch {
	case !ok:
		return refusal.NoDiscussion(num)
	case !d.PullRequest:
		return refusal.BadRequest("discussion %d is no pull request", num)
	case d.Status != Opened:
		return refusal.BadRequest("pull request %d is %s, and only an open one can be merged", num, d.Status)
	}
	base := r.settings.Refs[d.Base]
	if base == "" {
		return refusal.NoRevision(d.Base)
	}
	after, conflicts, err := r.mergedTree(*d)
	if err != nil {
		return err
	}
	if len(conflicts) > 0 {
		return refusal.New(http.StatusConflict, "pull request %d conflicts with %s: %s", num, d.Base, strings.Join(conflicts, ", "))
	}
	if after.OID() == r.commits[base].Tree {
		return refusal.BadRequest("pull request %d changes nothing", num)
	}
	c := &git.Commit{Parent: base, Title: fmt.Sprintf("%s (#%d)", d.Title, num), Message: comment, Author: author, Time: now}
	if err := r.record(c, after); err != nil {
		return err
	}
	return r.update(func(s *Settings) {
		s.Refs[d.Base] = c.OID
		merged, _ := s.Discussion(num)
		merged.Status, merged.MergeCommit = Merged, c.OID
		if comment != "" {
			merged.Add(DiscussionEvent{Type: "comment", Text: comment}, author, now)
		}
		merged.Add(DiscussionEvent{Type: "status-change", Text: string(Merged)}, author, now)
	})
}

// Conflicts returns the files that keep a pull request from being merged.
func (r *Repo) Conflicts(d Discussion) ([]string, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if !d.Live() || r.settings.Refs[d.Base] == "" {
		return []string{}, nil
	}
	_, conflicts, err := r.mergedTree(d)
	return conflicts, err
}

// mergedTree applies what a pull request has changed since it left its base to what the base
// is now. A file that both have changed, each in its own way, is a conflict. The caller holds
// r.mu.
func (r *Repo) mergedTree(d Discussion) (after *git.Tree, conflicts []string, err error) {
	conflicts = []string{}
	base, head := r.commits[r.settings.Refs[d.Base]], r.commits[r.settings.Refs[d.Ref()]]
	if base == nil || head == nil {
		return nil, nil, refusal.NoRevision(d.Base)
	}
	files := func(c *git.Commit) (git.Draft, error) {
		if c == nil {
			return git.Draft{}, nil // no common history, after a squash
		}
		t, err := r.Tree(c.Tree)
		if err != nil {
			return nil, err
		}
		return t.Draft(), nil
	}
	before, err := files(r.fork(base, head))
	if err != nil {
		return nil, nil, err
	}
	theirs, err := files(head)
	if err != nil {
		return nil, nil, err
	}
	ours, err := files(base)
	if err != nil {
		return nil, nil, err
	}
	result := make(git.Draft, len(ours))
	for path, f := range ours {
		result[path] = f
	}
	for _, path := range git.BothPaths(before, theirs) {
		was, is, now := before[path], theirs[path], ours[path] // zero where there is none
		switch {
		case is == was || is == now:
		case now != was:
			conflicts = append(conflicts, path)
		case is == git.FileInfo{}:
			delete(result, path)
		default:
			result[path] = is
		}
	}
	if len(conflicts) > 0 {
		return nil, conflicts, nil
	}
	if after, err = result.Tree(); err != nil { // a file in the place of a folder
		return nil, []string{err.Error()}, nil
	}
	return after, conflicts, nil
}

// fork returns the latest commit that two have in common, or nil. The caller holds r.mu.
func (r *Repo) fork(a, b *git.Commit) *git.Commit {
	known := make(map[string]bool)
	for c := a; c != nil; c = r.commits[c.Parent] {
		known[c.OID] = true
	}
	for c := b; c != nil; c = r.commits[c.Parent] {
		if known[c.OID] {
			return c
		}
	}
	return nil
}

// Proposal returns the files at the commit where a pull request left its base, and at its last.
func (r *Repo) Proposal(d Discussion) (before, after *git.Tree, err error) {
	r.mu.RLock()
	base, head := r.commits[r.settings.Refs[d.Base]], r.commits[r.settings.Refs[d.Ref()]]
	fork := r.fork(base, head)
	r.mu.RUnlock()
	if before, err = r.TreeOf(fork); err != nil {
		return nil, nil, err
	}
	after, err = r.TreeOf(head)
	return before, after, err
}
