// Package source opens the models that a config names: it pins each, reads its config, headers and card, and knows the name it is
// published under. It reads no weights.
//
// [Reader.OpenAll] opens them; [Publish] gives them the names the publisher chose. A [Source] never changes: later findings, such
// as the commit of its published name, make another with [Source.At].
package source

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A Source is one model of the config, pinned and read.
type Source struct {
	Ref     recipe.Ref
	Model   *plan.Model
	Pin     lock.Pin // what was read, whatever its published name
	Folder  bool     // read from this machine
	Private bool     // on the Hub
	Gated   string   // "", "auto" or "manual"
	Card    Card     // what its own card says
	Chat    string   // its chat template; "" for none
	OwnName string   // id in a folder's own files; "" for none
	Renamed string   // new id of a pinned repo; "" if it has not changed

	As    recipe.Ref // published name; zero if none was given
	equal string     // commit of As with the same weights; "" if unknown
	texts *sync.Map  // small files that were read, by name
}

// At is s with the commit of As that has the same weights.
func (s *Source) At(commit string) *Source {
	found := *s
	found.equal = commit
	return &found
}

// Local tells whether the source has no Hub id.
func (s *Source) Local() bool { return s.Repo() == "" }

// Repo is the id the source is published under; "" if it is not on the Hub.
func (s *Source) Repo() string { return cmp.Or(s.As.Path, s.Model.Repo) }

// Commit is Repo's, 40 hex digits; "" if unknown.
func (s *Source) Commit() string {
	switch {
	case s.As.Path == "":
		return s.Model.Commit
	case names.IsCommit(s.As.Revision):
		return s.As.Revision
	}
	return s.equal
}

// Equal tells whether a commit of the published name is known to have the same weights.
func (s *Source) Equal() bool { return s.equal != "" }

// Published is what the published config calls the source.
func (s *Source) Published() recipe.Ref {
	switch {
	case s.As.Path != "":
		return s.As
	case s.Snapshot():
		return recipe.Ref{Path: s.Model.Repo, Revision: s.Model.Commit}
	}
	return s.Ref
}

// Snapshot tells whether the source is a folder in the HF cache, whose path says what it is.
func (s *Source) Snapshot() bool { return s.Folder && s.Model.Repo != "" }

// Locked is the source for the lock. If it was given a name, the digest says what the plan was made for.
func (s *Source) Locked() lock.Pin {
	return lock.Pin{Repo: s.Repo(), Commit: s.Commit(), Digest: s.Model.Digest}
}

// Name is what to call the source.
func (s *Source) Name() string { return cmp.Or(s.Repo(), s.Ref.Path) }

// NewName says what s's pinned repo is now called; "" if it was not renamed.
func (s *Source) NewName() string {
	if s.Renamed == "" {
		return ""
	}
	return fmt.Sprintf("%s is now called %s", s.Repo(), s.Renamed)
}

// Pinned names s and its pinned content.
func (s *Source) Pinned() string {
	id := s.Model.Identity
	switch {
	case s.Repo() == "":
		return fmt.Sprintf("%s, folder %s", s.Ref, say.CommitID(id.Digest))
	case s.Commit() == "":
		return fmt.Sprintf("%s as %s has it now", s.Repo(), cmp.Or(s.As.Revision, "main"))
	}
	return s.Repo() + " at " + say.CommitID(s.Commit())
}

// Has tells whether the source has a file.
func (s *Source) Has(file string) bool {
	_, ok := slices.BinarySearch(s.Model.Files.Names(), file)
	return ok
}

// Stored is what the Hub says about a file, if the source came from there.
func (s *Source) Stored(name string) (hub.File, bool) {
	if files, ok := s.Model.Files.(interface{ File(string) (hub.File, bool) }); ok {
		return files.File(name)
	}
	return hub.File{}, false
}

// Read returns a small file, and reads it only once.
func (s *Source) Read(ctx context.Context, name string) ([]byte, error) {
	if text, ok := s.texts.Load(name); ok {
		return text.([]byte), nil
	}
	text, err := s.Model.ReadSmall(ctx, name)
	if err == nil {
		s.texts.Store(name, text)
	}
	return text, err
}

// Stated is what the source's card says about its license, under the source's published name.
func (s *Source) Stated() card.Model {
	c := card.Model{
		Ref: s.Published().String(), Repo: s.Repo(), Commit: s.Commit(), Local: s.Local(), Unread: s.Card.Unread,
		License: s.Card.License, LicenseName: s.Card.LicenseName, LicenseLink: s.Card.LicenseLink, Licenses: s.Card.Licenses,
	}
	if name := s.Linked(); name != "" {
		c.LicenseLink = name
	} else if !strings.Contains(c.LicenseLink, "://") {
		c.LicenseLink = ""
	}
	return c
}

// Linked is the file of the source that its card links as the license text; "" for none.
func (s *Source) Linked() string {
	name := strings.TrimLeft(path.Clean("/"+s.Card.LicenseLink), "/")
	if s.Card.LicenseLink == "" || !s.Has(name) || plan.HoldsWeights(name) {
		return ""
	}
	return name
}

// SmallFile is a file of the result held in memory: any but a shard.
type SmallFile struct {
	Path string
	Data []byte
	From *Source // where it is copied from; nil if the merge made it
	Name string  // in From
}
