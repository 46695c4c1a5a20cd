package store

import (
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/git"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
)

// A Change is one commit to be made.
type Change struct {
	Rev     string // the branch
	Parent  string // id or prefix that the branch must be at; "" is anything
	Title   string
	Message string
	Author  string
	Ops     []Op
	Quota   int // commits an hour; 0 is no limit

	CreatePull bool // the commit goes on top of rev, to a new pull request
}

// An Op is one line of a commit.
type Op struct {
	Kind opKind
	Path string
	Data []byte // OpFile
	OID  string // OpLFS: sha256
	Size int64  // OpLFS: bytes, or -1 to take the object's
}

type opKind int

const (
	OpFile opKind = iota
	OpLFS
	OpDelete       // a file
	OpDeleteFolder // path without its last slash
)

// Apply makes the commit at the given time, or leaves the repo as it was. pull is the number
// of the pull request that it is in, or 0.
func (r *Repo) Apply(ch Change, now time.Time) (made *git.Commit, pull int, err error) {
	for _, o := range ch.Ops {
		if o.Kind == OpFile {
			if _, err := r.putBlob(o.Path, o.Data); err != nil {
				return nil, 0, err
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gone {
		return nil, 0, errGone
	}
	ref, ok := r.branch(ch.Rev)
	if !ok {
		return nil, 0, refusal.NoRevision(ch.Rev)
	}
	request, isPull := r.settings.Pull(ref)
	if isPull && ch.CreatePull {
		return nil, 0, refusal.BadRequest("a pull request is for a branch, and %s is none", ch.Rev)
	}
	if isPull && !request.Live() {
		return nil, 0, refusal.New(http.StatusForbidden, "pull request %d is %s", request.Num, request.Status)
	}
	tip := r.commits[r.settings.Refs[ref]]
	if ch.Parent != "" && !strings.HasPrefix(tip.OID, ch.Parent) {
		return nil, 0, refusal.New(http.StatusPreconditionFailed,
			"A commit has happened since: %s is at %s, not at %s. Please refresh and try again.", ch.Rev, tip.OID, ch.Parent)
	}
	if err := r.checkQuota(ch.Quota, now); err != nil {
		return nil, 0, err
	}
	before, err := r.Tree(tip.Tree)
	if err != nil {
		return nil, 0, err
	}
	after, err := r.edit(before, ch.Ops)
	if err != nil {
		return nil, 0, err
	}
	c := &git.Commit{Parent: tip.OID, Title: ch.Title, Message: ch.Message, Author: ch.Author, Time: now}
	if err := r.record(c, after); err != nil {
		return nil, 0, err
	}
	err = r.update(func(s *Settings) {
		event := DiscussionEvent{Type: "commit", Text: c.Title, Commit: c.OID}
		switch {
		case ch.CreatePull:
			d := s.begin(Discussion{Title: ch.Title, Author: ch.Author, Status: Opened, PullRequest: true, Base: ref}, ch.Message, now)
			d.Add(event, ch.Author, now)
			s.Refs[d.Ref()] = c.OID
			pull = d.Num
			return
		case isPull:
			d, _ := s.Discussion(request.Num)
			d.Add(event, ch.Author, now)
			pull = d.Num
		}
		s.Refs[ref] = c.OID
	})
	if err != nil {
		return nil, 0, err
	}
	if ch.Quota > 0 {
		r.landed = append(r.landed, now)
	}
	return c, pull, nil
}

// edit returns before as changed by ops, in their order, with .gitattributes tracking what
// they put into LFS.
func (r *Repo) edit(before *git.Tree, ops []Op) (*git.Tree, error) {
	d := before.Draft()
	for _, o := range ops {
		switch o.Kind {
		case OpFile:
			d[o.Path] = git.RegularFile(o.Path, o.Data)
		case OpLFS:
			object, ok, err := r.Object(o.OID)
			if err != nil {
				return nil, err
			}
			if !ok {
				return nil, refusal.BadRequest("%q refers to LFS object %s, which has not been uploaded to this repo", o.Path, o.OID)
			}
			if o.Size >= 0 && o.Size != object.Size() {
				return nil, refusal.BadRequest("%q has size %d; its LFS object %s has %d bytes", o.Path, o.Size, o.OID, object.Size())
			}
			d[o.Path] = git.LFSFile(o.Path, o.OID, object.Size())
		case OpDelete:
			if _, ok := d[o.Path]; !ok {
				return nil, noFile(d, o.Path)
			}
			delete(d, o.Path)
		case OpDeleteFolder:
			if !d.DeleteFolder(o.Path) {
				return nil, refusal.NoEntry(o.Path)
			}
		}
	}
	if err := r.trackLFS(d, ops); err != nil {
		return nil, err
	}
	t, err := d.Tree()
	if err != nil {
		return nil, refusal.BadRequest("%v", err)
	}
	return t, nil
}

// noFile refuses the deletion of a file that is not there. The official Python client knows it by
// these words, and then says how to name a folder.
func noFile(d git.Draft, path string) *refusal.Refusal {
	e := refusal.New(http.StatusNotFound, "A file with this name doesn't exist: %.400q", path)
	for name := range d {
		if strings.HasPrefix(name, path+"/") {
			e.Message += " is a folder, whose name ends in a slash"
			break
		}
	}
	return e.Coded(refusal.CodeEntryNotFound)
}

// trackLFS adds what ops put into LFS to the draft's .gitattributes, so that a git client
// would find the same.
func (r *Repo) trackLFS(d git.Draft, ops []Op) error {
	var paths []string
	for _, o := range ops {
		if o.Kind == OpLFS && d[o.Path].LFS() {
			paths = append(paths, o.Path)
		}
	}
	if len(paths) == 0 {
		return nil
	}
	var attributes []byte
	if f, ok := d[git.AttributesPath]; ok {
		if f.LFS() {
			return refusal.BadRequest("%s cannot be an LFS file", git.AttributesPath)
		}
		c, err := r.Content(f)
		if err != nil {
			return err
		}
		if attributes, err = c.Read(); err != nil {
			return err
		}
	}
	grown := git.Track(attributes, paths)
	if len(grown) == len(attributes) {
		return nil
	}
	if len(grown) > MaxRegular {
		return TooLarge([]string{git.AttributesPath})
	}
	f, err := r.putBlob(git.AttributesPath, grown)
	d[git.AttributesPath] = f
	return err
}

// record keeps c, a commit of the files t, without any ref that leads to it.
func (r *Repo) record(c *git.Commit, t *git.Tree) error {
	c.Tree = t.OID()
	c.Time = c.Time.UTC().Truncate(time.Second)
	c.Seal()
	data, err := t.Encode()
	if err != nil {
		return err
	}
	if err := r.depot.Write(path.Join(r.folder(), "trees", c.Tree+".json"), data); err != nil {
		return err
	}
	if err := r.save(path.Join("commits", c.OID+".json"), c); err != nil {
		return err
	}
	r.trees.put(t)
	r.commits[c.OID] = c
	return nil
}

// MaxRegular is how many bytes one regular file may have, the public Hub's limit at commit.
const MaxRegular = 10 << 20

// TooLarge refuses files that are larger than MaxRegular.
func TooLarge(paths []string) error {
	return refusal.BadRequest("Your push was rejected because it contains files larger than %d MiB: %s. Send them through LFS.",
		MaxRegular>>20, strings.Join(paths, ", "))
}

// checkQuota refuses a commit beyond limit within an hour; 0 is no limit. The caller holds
// r.mu, and adds to r.landed what did land.
func (r *Repo) checkQuota(limit int, now time.Time) error {
	if limit == 0 {
		return nil
	}
	r.landed = slices.DeleteFunc(r.landed, func(t time.Time) bool { return now.Sub(t) >= time.Hour })
	if len(r.landed) < limit {
		return nil
	}
	wait := r.landed[0].Add(time.Hour).Sub(now)
	seconds := int(wait/time.Second) + 1
	e := refusal.New(http.StatusTooManyRequests, "this repo has had %d commits within an hour; retry in %d s", limit, seconds)
	e.Header = http.Header{
		"Retry-After":      {strconv.Itoa(seconds)},
		"Ratelimit":        {fmt.Sprintf(`"commits";r=0;t=%d`, seconds)},
		"Ratelimit-Policy": {fmt.Sprintf(`"fixed window";"commits";q=%d;w=3600`, limit)},
	}
	return e
}
