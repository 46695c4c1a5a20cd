package localhub

import (
	"net/http"
	"path"
	"strings"
	"time"
)

// A change is one commit to be made.
type change struct {
	rev     string // the branch
	parent  string // id or prefix that the branch must be at; "" is anything
	title   string
	message string
	author  string
	ops     []op
	quota   int // commits an hour; 0 is no limit

	createPull bool // the commit goes on top of rev, to a new pull request
}

// An op is one line of a commit.
type op struct {
	kind opKind
	path string
	data []byte // opFile
	oid  string // opLFS: sha256
	size int64  // opLFS: bytes, or -1 to take the object's
}

type opKind int

const (
	opFile opKind = iota
	opLFS
	opDelete       // a file
	opDeleteFolder // path without its last slash
)

// apply makes the commit at the given time, or leaves the repo as it was. pull is the number
// of the pull request that it is in, or 0.
func (r *repo) apply(ch change, now time.Time) (made *Commit, pull int, err error) {
	for _, o := range ch.ops {
		if o.kind == opFile {
			if _, err := r.putBlob(o.path, o.data); err != nil {
				return nil, 0, err
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gone {
		return nil, 0, errGone
	}
	ref, ok := r.branch(ch.rev)
	if !ok {
		return nil, 0, noRevision(ch.rev)
	}
	request, isPull := r.settings.pull(ref)
	if isPull && ch.createPull {
		return nil, 0, badRequest("a pull request is for a branch, and %s is none", ch.rev)
	}
	if isPull && !request.live() {
		return nil, 0, refuse(http.StatusForbidden, "pull request %d is %s", request.Num, request.Status)
	}
	tip := r.commits[r.settings.Refs[ref]]
	if ch.parent != "" && !strings.HasPrefix(tip.OID, ch.parent) {
		return nil, 0, refuse(http.StatusPreconditionFailed,
			"A commit has happened since: %s is at %s, not at %s. Please refresh and try again.", ch.rev, tip.OID, ch.parent)
	}
	if err := r.checkQuota(ch.quota, now); err != nil {
		return nil, 0, err
	}
	before, err := r.tree(tip.Tree)
	if err != nil {
		return nil, 0, err
	}
	after, err := r.edit(before, ch.ops)
	if err != nil {
		return nil, 0, err
	}
	c := &Commit{Parent: tip.OID, Title: ch.title, Message: ch.message, Author: ch.author, Time: now}
	if err := r.record(c, after); err != nil {
		return nil, 0, err
	}
	err = r.update(func(s *settings) {
		event := DiscussionEvent{Type: "commit", Text: c.Title, Commit: c.OID}
		switch {
		case ch.createPull:
			d := s.begin(Discussion{Title: ch.title, Author: ch.author, Status: Opened, PullRequest: true, Base: ref}, ch.message, now)
			d.add(event, ch.author, now)
			s.Refs[d.ref()] = c.OID
			pull = d.Num
			return
		case isPull:
			d, _ := s.discussion(request.Num)
			d.add(event, ch.author, now)
			pull = d.Num
		}
		s.Refs[ref] = c.OID
	})
	if err != nil {
		return nil, 0, err
	}
	if ch.quota > 0 {
		r.landed = append(r.landed, now)
	}
	return c, pull, nil
}

// edit returns before as changed by ops, in their order, with .gitattributes tracking what
// they put into LFS.
func (r *repo) edit(before *tree, ops []op) (*tree, error) {
	d := before.draft()
	for _, o := range ops {
		switch o.kind {
		case opFile:
			d[o.path] = regularFile(o.path, o.data)
		case opLFS:
			object, ok, err := r.object(o.oid)
			if err != nil {
				return nil, err
			}
			if !ok {
				return nil, badRequest("%q refers to LFS object %s, which has not been uploaded to this repo", o.path, o.oid)
			}
			if o.size >= 0 && o.size != object.Size() {
				return nil, badRequest("%q has size %d; its LFS object %s has %d bytes", o.path, o.size, o.oid, object.Size())
			}
			d[o.path] = lfsFile(o.path, o.oid, object.Size())
		case opDelete:
			if _, ok := d[o.path]; !ok {
				return nil, d.noFile(o.path)
			}
			delete(d, o.path)
		case opDeleteFolder:
			if !d.deleteFolder(o.path) {
				return nil, noEntry(o.path)
			}
		}
	}
	if err := r.trackLFS(d, ops); err != nil {
		return nil, err
	}
	t, err := d.tree()
	if err != nil {
		return nil, badRequest("%v", err)
	}
	return t, nil
}

// noFile refuses the deletion of a file that is not there. The official Python client knows it by
// these words, and then says how to name a folder.
func (d draft) noFile(path string) *refusal {
	e := refuse(http.StatusNotFound, "A file with this name doesn't exist: %.400q", path)
	for name := range d {
		if strings.HasPrefix(name, path+"/") {
			e.message += " is a folder, whose name ends in a slash"
			break
		}
	}
	return e.coded(codeEntryNotFound)
}

// trackLFS adds what ops put into LFS to the draft's .gitattributes, so that a git client
// would find the same.
func (r *repo) trackLFS(d draft, ops []op) error {
	var paths []string
	for _, o := range ops {
		if o.kind == opLFS && d[o.path].lfs() {
			paths = append(paths, o.path)
		}
	}
	if len(paths) == 0 {
		return nil
	}
	var attributes []byte
	if f, ok := d[attributesPath]; ok {
		if f.lfs() {
			return badRequest("%s cannot be an LFS file", attributesPath)
		}
		c, err := r.content(f)
		if err != nil {
			return err
		}
		if attributes, err = c.read(); err != nil {
			return err
		}
	}
	grown := track(attributes, paths)
	if len(grown) == len(attributes) {
		return nil
	}
	if len(grown) > maxRegular {
		return tooLarge([]string{attributesPath})
	}
	f, err := r.putBlob(attributesPath, grown)
	d[attributesPath] = f
	return err
}

// record keeps c, a commit of the files t, without any ref that leads to it.
func (r *repo) record(c *Commit, t *tree) error {
	c.Tree = t.oid()
	c.Time = c.Time.UTC().Truncate(time.Second)
	c.seal()
	data, err := t.encode()
	if err != nil {
		return err
	}
	if err := r.depot.write(path.Join(r.folder(), "trees", c.Tree+".json"), data); err != nil {
		return err
	}
	if err := r.save(path.Join("commits", c.OID+".json"), c); err != nil {
		return err
	}
	r.trees.put(t)
	r.commits[c.OID] = c
	return nil
}
