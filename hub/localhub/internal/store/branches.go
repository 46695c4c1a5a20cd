package store

import (
	"net/http"
	"strings"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/git"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
)

// root records a first commit: one without a parent, of the files that ops make.
func (r *Repo) root(title, author string, ops []Op, now time.Time) (*git.Commit, error) {
	for _, o := range ops {
		if _, err := r.putBlob(o.Path, o.Data); err != nil {
			return nil, err
		}
	}
	empty, err := git.NewTree(nil)
	if err != nil {
		return nil, err
	}
	t, err := r.edit(empty, ops)
	if err != nil {
		return nil, err
	}
	c := &git.Commit{Title: title, Author: author, Time: now}
	return c, r.record(c, t)
}

// A Branching is how a new branch starts.
type Branching struct {
	From      string // revision; "" is main
	Empty     bool   // with a first commit of its own instead
	Overwrite bool   // moves a branch that is there
	Author    string
}

// CreateBranch makes a branch, or moves one.
func (r *Repo) CreateBranch(name string, b Branching, now time.Time) error {
	if err := names.CheckRefName(name); err != nil {
		return refusal.BadRequest("%v", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	ref := names.BranchPrefix + name
	if _, ok := r.settings.Refs[ref]; ok && !b.Overwrite {
		return refusal.New(http.StatusConflict, "Reference already exists: branch %s", name)
	}
	if err := r.checkClash(name); err != nil {
		return err
	}
	start, ok := r.resolveLocked(b.From)
	if !ok {
		return refusal.NoRevision(b.From)
	}
	if b.Empty {
		attributes := Op{Kind: OpFile, Path: git.AttributesPath, Data: git.DefaultAttributes}
		var err error
		if start, err = r.root("initial commit", b.Author, []Op{attributes}, now); err != nil {
			return err
		}
	}
	return r.update(func(s *Settings) { s.Refs[ref] = start.OID })
}

// CreateTag gives the commit of a revision another name.
func (r *Repo) CreateTag(name, rev string) error {
	if err := names.CheckRefName(name); err != nil {
		return refusal.BadRequest("%v", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	ref := names.TagPrefix + name
	if _, ok := r.settings.Refs[ref]; ok {
		return refusal.New(http.StatusConflict, "Reference already exists: tag %s", name)
	}
	if err := r.checkClash(name); err != nil {
		return err
	}
	c, ok := r.resolveLocked(rev)
	if !ok {
		return refusal.NoRevision(rev)
	}
	return r.update(func(s *Settings) { s.Refs[ref] = c.OID })
}

// checkClash keeps short names of branches and tags apart. The caller holds r.mu.
func (r *Repo) checkClash(name string) error {
	for ref := range r.settings.Refs {
		for _, prefix := range []string{names.BranchPrefix, names.TagPrefix} {
			if other, ok := strings.CutPrefix(ref, prefix); ok && names.RefNamesClash(name, other) {
				return refusal.New(http.StatusConflict, "Reference already exists: %s, which excludes %s", other, name)
			}
		}
	}
	return nil
}

// DeleteRef removes a branch or a tag by its full name. The commits stay readable by id.
func (r *Repo) DeleteRef(ref string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ref == names.BranchPrefix+names.DefaultBranch {
		return refusal.New(http.StatusForbidden, "the default branch cannot be deleted")
	}
	if _, ok := r.settings.Refs[ref]; !ok {
		return refusal.NoRevision(ref)
	}
	return r.update(func(s *Settings) { delete(s.Refs, ref) })
}

// Squash gives a branch a history of one commit with the files it has.
func (r *Repo) Squash(rev, message, author string, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	ref, ok := r.branch(rev)
	if !ok {
		return refusal.NoRevision(rev)
	}
	tip := r.commits[r.settings.Refs[ref]]
	t, err := r.Tree(tip.Tree)
	if err != nil {
		return err
	}
	if message == "" {
		message = "squash the history of " + rev
	}
	c := &git.Commit{Title: message, Author: author, Time: now}
	if err := r.record(c, t); err != nil {
		return err
	}
	return r.update(func(s *Settings) { s.Refs[ref] = c.OID })
}
