package localhub

import (
	"net/http"
	"strings"
	"time"
)

// root records a first commit: one without a parent, of the files that ops make.
func (r *repo) root(title, author string, ops []op, now time.Time) (*Commit, error) {
	for _, o := range ops {
		if _, err := r.putBlob(o.path, o.data); err != nil {
			return nil, err
		}
	}
	empty, err := newTree(nil)
	if err != nil {
		return nil, err
	}
	t, err := r.edit(empty, ops)
	if err != nil {
		return nil, err
	}
	c := &Commit{Title: title, Author: author, Time: now}
	return c, r.record(c, t)
}

// A branching is how a new branch starts.
type branching struct {
	from      string // revision; "" is main
	empty     bool   // with a first commit of its own instead
	overwrite bool   // moves a branch that is there
	author    string
}

func (r *repo) createBranch(name string, b branching, now time.Time) error {
	if err := checkRefName(name); err != nil {
		return badRequest("%v", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	ref := branchPrefix + name
	if _, ok := r.settings.Refs[ref]; ok && !b.overwrite {
		return refuse(http.StatusConflict, "Reference already exists: branch %s", name)
	}
	if err := r.checkClash(name); err != nil {
		return err
	}
	start, ok := r.resolveLocked(b.from)
	if !ok {
		return noRevision(b.from)
	}
	if b.empty {
		attributes := op{kind: opFile, path: attributesPath, data: defaultAttributes}
		var err error
		if start, err = r.root("initial commit", b.author, []op{attributes}, now); err != nil {
			return err
		}
	}
	return r.update(func(s *settings) { s.Refs[ref] = start.OID })
}

func (r *repo) createTag(name, rev string) error {
	if err := checkRefName(name); err != nil {
		return badRequest("%v", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	ref := tagPrefix + name
	if _, ok := r.settings.Refs[ref]; ok {
		return refuse(http.StatusConflict, "Reference already exists: tag %s", name)
	}
	if err := r.checkClash(name); err != nil {
		return err
	}
	c, ok := r.resolveLocked(rev)
	if !ok {
		return noRevision(rev)
	}
	return r.update(func(s *settings) { s.Refs[ref] = c.OID })
}

// checkClash keeps short names of branches and tags apart. The caller holds r.mu.
func (r *repo) checkClash(name string) error {
	for ref := range r.settings.Refs {
		for _, prefix := range []string{branchPrefix, tagPrefix} {
			if other, ok := strings.CutPrefix(ref, prefix); ok && refNamesClash(name, other) {
				return refuse(http.StatusConflict, "Reference already exists: %s, which excludes %s", other, name)
			}
		}
	}
	return nil
}

// deleteRef removes a branch or a tag by its full name. The commits stay readable by id.
func (r *repo) deleteRef(ref string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ref == branchPrefix+defaultBranch {
		return refuse(http.StatusForbidden, "the default branch cannot be deleted")
	}
	if _, ok := r.settings.Refs[ref]; !ok {
		return noRevision(ref)
	}
	return r.update(func(s *settings) { delete(s.Refs, ref) })
}

// squash gives a branch a history of one commit with the files it has.
func (r *repo) squash(rev, message, author string, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	ref, ok := r.branch(rev)
	if !ok {
		return noRevision(rev)
	}
	tip := r.commits[r.settings.Refs[ref]]
	t, err := r.tree(tip.Tree)
	if err != nil {
		return err
	}
	if message == "" {
		message = "squash the history of " + rev
	}
	c := &Commit{Title: message, Author: author, Time: now}
	if err := r.record(c, t); err != nil {
		return err
	}
	return r.update(func(s *settings) { s.Refs[ref] = c.OID })
}
