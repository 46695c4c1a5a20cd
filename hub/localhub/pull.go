package localhub

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// mergePull makes one commit of what a pull request changes, on the branch that it is for.
func (r *repo) mergePull(num int, comment, author string, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	d, ok := r.settings.discussion(num)
	switch {
	case !ok:
		return noDiscussion(num)
	case !d.PullRequest:
		return badRequest("discussion %d is no pull request", num)
	case d.Status != Opened:
		return badRequest("pull request %d is %s, and only an open one can be merged", num, d.Status)
	}
	base := r.settings.Refs[d.Base]
	if base == "" {
		return noRevision(d.Base)
	}
	after, conflicts, err := r.mergedTree(*d)
	if err != nil {
		return err
	}
	if len(conflicts) > 0 {
		return refuse(http.StatusConflict, "pull request %d conflicts with %s: %s", num, d.Base, strings.Join(conflicts, ", "))
	}
	if after.oid() == r.commits[base].Tree {
		return badRequest("pull request %d changes nothing", num)
	}
	c := &Commit{Parent: base, Title: fmt.Sprintf("%s (#%d)", d.Title, num), Message: comment, Author: author, Time: now}
	if err := r.record(c, after); err != nil {
		return err
	}
	return r.update(func(s *settings) {
		s.Refs[d.Base] = c.OID
		merged, _ := s.discussion(num)
		merged.Status, merged.MergeCommit = Merged, c.OID
		if comment != "" {
			merged.add(DiscussionEvent{Type: "comment", Text: comment}, author, now)
		}
		merged.add(DiscussionEvent{Type: "status-change", Text: string(Merged)}, author, now)
	})
}

// conflicts returns the files that keep a pull request from being merged.
func (r *repo) conflicts(d Discussion) ([]string, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if !d.live() || r.settings.Refs[d.Base] == "" {
		return []string{}, nil
	}
	_, conflicts, err := r.mergedTree(d)
	return conflicts, err
}

// mergedTree applies what a pull request has changed since it left its base to what the base
// is now. A file that both have changed, each in its own way, is a conflict. The caller holds
// r.mu.
func (r *repo) mergedTree(d Discussion) (after *tree, conflicts []string, err error) {
	conflicts = []string{}
	base, head := r.commits[r.settings.Refs[d.Base]], r.commits[r.settings.Refs[d.ref()]]
	if base == nil || head == nil {
		return nil, nil, noRevision(d.Base)
	}
	files := func(c *Commit) (draft, error) {
		if c == nil {
			return draft{}, nil // no common history, after a squash
		}
		t, err := r.tree(c.Tree)
		if err != nil {
			return nil, err
		}
		return t.draft(), nil
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
	result := make(draft, len(ours))
	for path, f := range ours {
		result[path] = f
	}
	for _, path := range bothPaths(before, theirs) {
		was, is, now := before[path], theirs[path], ours[path] // zero where there is none
		switch {
		case is == was || is == now:
		case now != was:
			conflicts = append(conflicts, path)
		case is == FileInfo{}:
			delete(result, path)
		default:
			result[path] = is
		}
	}
	if len(conflicts) > 0 {
		return nil, conflicts, nil
	}
	if after, err = result.tree(); err != nil { // a file in the place of a folder
		return nil, []string{err.Error()}, nil
	}
	return after, conflicts, nil
}

// bothPaths are the paths of two drafts, sorted.
func bothPaths(a, b draft) []string {
	var paths []string
	for path := range a {
		paths = append(paths, path)
	}
	for path := range b {
		if _, twice := a[path]; !twice {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// fork returns the latest commit that two have in common, or nil. The caller holds r.mu.
func (r *repo) fork(a, b *Commit) *Commit {
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
