package localhub

import (
	"strings"
)

// minShort is the shortest prefix of a commit id that is taken for it.
const minShort = 7

// resolve returns the commit that rev names: a branch, a tag, a full ref name, a commit id or
// a prefix of one, HEAD or nothing. The second result is false where it names none.
func (r *repo) resolve(rev string) (*Commit, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.resolveLocked(rev)
}

func (r *repo) resolveLocked(rev string) (*Commit, bool) {
	if rev == "" || rev == "HEAD" {
		rev = defaultBranch
	}
	for _, prefix := range []string{branchPrefix, tagPrefix, ""} {
		if oid, ok := r.settings.Refs[prefix+rev]; ok {
			return r.commits[oid], true
		}
	}
	if c, ok := r.commits[rev]; ok {
		return c, true
	}
	if len(rev) < minShort || len(rev) >= 40 || !isHex(rev) {
		return nil, false
	}
	var found *Commit
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

// resolvePath splits the decoded segments of a URL into a revision and a path within the
// repo. A revision may have come as one escaped segment or, from the JavaScript client, as
// several.
func (r *repo) resolvePath(segments []string) (*Commit, string, error) {
	for n := 1; n <= len(segments); n++ {
		if c, ok := r.resolve(strings.Join(segments[:n], "/")); ok {
			return c, strings.Join(segments[n:], "/"), nil
		}
	}
	return nil, "", noRevision(segments[0])
}

// branch returns the full name of the ref that a commit to rev moves: a branch, or another
// ref under its full name except a tag.
func (r *repo) branch(rev string) (string, bool) {
	if rev == "HEAD" {
		rev = defaultBranch
	}
	if _, ok := r.settings.Refs[branchPrefix+rev]; ok {
		return branchPrefix + rev, true
	}
	if strings.HasPrefix(rev, refPrefix) && !strings.HasPrefix(rev, tagPrefix) {
		_, ok := r.settings.Refs[rev]
		return rev, ok
	}
	return "", false
}

// history returns c and its ancestors, the latest first.
func (r *repo) history(c *Commit) []*Commit {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var all []*Commit
	for ; c != nil; c = r.commits[c.Parent] {
		all = append(all, c)
	}
	return all
}
