package store

import (
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/git"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
)

// minShort is the shortest prefix of a commit id that is taken for it.
const minShort = 7

// Resolve returns the commit that rev names: a branch, a tag, a full ref name, a commit id or
// a prefix of one, HEAD or nothing. The second result is false where it names none.
func (r *Repo) Resolve(rev string) (*git.Commit, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.resolveLocked(rev)
}

func (r *Repo) resolveLocked(rev string) (*git.Commit, bool) {
	if rev == "" || rev == "HEAD" {
		rev = names.DefaultBranch
	}
	for _, prefix := range []string{names.BranchPrefix, names.TagPrefix, ""} {
		if oid, ok := r.settings.Refs[prefix+rev]; ok {
			return r.commits[oid], true
		}
	}
	if c, ok := r.commits[rev]; ok {
		return c, true
	}
	if len(rev) < minShort || len(rev) >= 40 || !names.IsHex(rev) {
		return nil, false
	}
	var found *git.Commit
	for oid, c := range r.commits {
		if strings.HasPrefix(oid, rev) {
			if found != nil {
				return nil, false
			}
			found = c
		}
	}
	return found, found != nil
}

// ResolvePath splits the decoded segments of a URL into a revision and a path within the
// repo. A revision may have come as one escaped segment or, from the JavaScript client, as
// several.
func (r *Repo) ResolvePath(segments []string) (*git.Commit, string, error) {
	for n := 1; n <= len(segments); n++ {
		if c, ok := r.Resolve(strings.Join(segments[:n], "/")); ok {
			return c, strings.Join(segments[n:], "/"), nil
		}
	}
	return nil, "", refusal.NoRevision(segments[0])
}

// branch returns the full name of the ref that a commit to rev moves: a branch, or another
// ref under its full name except a tag.
func (r *Repo) branch(rev string) (string, bool) {
	if rev == "HEAD" {
		rev = names.DefaultBranch
	}
	if _, ok := r.settings.Refs[names.BranchPrefix+rev]; ok {
		return names.BranchPrefix + rev, true
	}
	if strings.HasPrefix(rev, names.RefPrefix) && !strings.HasPrefix(rev, names.TagPrefix) {
		_, ok := r.settings.Refs[rev]
		return rev, ok
	}
	return "", false
}

// History returns c and its ancestors, the latest first.
func (r *Repo) History(c *git.Commit) []*git.Commit {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var all []*git.Commit
	for ; c != nil; c = r.commits[c.Parent] {
		all = append(all, c)
	}
	return all
}

// Commit returns the commit of that id, or nil.
func (r *Repo) Commit(oid string) *git.Commit {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.commits[oid]
}

// TreeOf returns the files of a commit; none for nil.
func (r *Repo) TreeOf(c *git.Commit) (*git.Tree, error) {
	if c == nil {
		return &git.Tree{}, nil
	}
	return r.Tree(c.Tree)
}

// Has tells whether a commit has a file or folder at path; "" is its root.
func (r *Repo) Has(commit *git.Commit, path string) bool {
	if path == "" {
		return true
	}
	t, err := r.Tree(commit.Tree)
	if err != nil {
		return false
	}
	_, ok := t.Node(path)
	return ok
}

// LastChanges are the commits that made each of nodes, which are of a commit, what it is.
func (r *Repo) LastChanges(nodes []git.Node, c *git.Commit) ([]*git.Commit, error) {
	last := make([]*git.Commit, len(nodes))
	open := len(nodes)
	// Walk back until each node's id changes: the commit before that step made it.
	for ; open > 0 && c != nil; c = r.Commit(c.Parent) {
		before, err := r.TreeOf(r.Commit(c.Parent))
		if err != nil {
			return nil, err
		}
		for i, n := range nodes {
			if last[i] != nil {
				continue
			}
			if was, ok := before.Node(n.Path); ok && was.OID == n.OID {
				continue
			}
			last[i] = c
			open--
		}
	}
	return last, nil
}
