// Package source opens the models that a config names: it pins each, reads its config, headers and card, and knows under which
// name it is published. It reads no weights.
//
// [Reader.OpenAll] opens them; [Publish] gives them the names that a publisher chose. A [Source] never changes: what is found out
// about one later, such as the commit that its published name has, makes another with [Source.At].
package source

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

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
	Pin     lock.Pin // what was read, whatever it is published as
	Folder  bool     // read from this machine
	Private bool     // on the Hub
	Gated   string   // "", "auto" or "manual"
	Card    Card     // what its own card says
	Chat    string   // its chat template; "" for none
	OwnName string   // id that a folder's own files give it; "" if they give none
	Renamed string   // under a pin: what the repo is called since, where that is another id than the pin's

	As    recipe.Ref // what it is published as; the zero Ref where nobody has said so
	equal string     // commit of As whose weights were found equal to the source's; "" where none was looked for or found
	files *memo
}

// At is s with the commit that As has, which holds the very weights of s.
func (s *Source) At(commit string) *Source {
	found := *s
	found.equal = commit
	return &found
}

// Local tells whether the source has no id on the Hub.
func (s *Source) Local() bool { return s.Repo() == "" }

// Repo is the id under which the source is published; "" if it is not on the Hub.
func (s *Source) Repo() string {
	if s.As.Path != "" {
		return s.As.Path
	}
	return s.Model.Repo
}

// Commit is that of Repo, 40 hex digits, or "" if it is not known.
func (s *Source) Commit() string {
	switch {
	case s.As.Path == "":
		return s.Model.Commit
	case names.IsCommit(s.As.Revision):
		return s.As.Revision
	}
	return s.equal
}

// Equal tells whether the commit is known that the published name has.
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

// Snapshot tells whether the source is read from a path in the HF cache, which says what it is.
func (s *Source) Snapshot() bool { return s.Folder && s.Model.Repo != "" }

// Locked is the source as the lock has it. Of one with a name that was given, the digest tells what the plan was
// made for.
func (s *Source) Locked() lock.Source {
	return lock.Source{Repo: s.Repo(), Commit: s.Commit(), Digest: s.Model.Digest}
}

// Name is what a person calls the source.
func (s *Source) Name() string {
	return cmp.Or(s.Repo(), s.Ref.Path)
}

// NewName says what the repo that s was pinned to is called by now; "" where it has its old name.
func (s *Source) NewName() string {
	if s.Renamed == "" {
		return ""
	}
	return fmt.Sprintf("%s is now called %s", s.Repo(), s.Renamed)
}

// Pinned says what s is and at which content it was taken.
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

// Stored is what the Hub says of a file, where it has listed the source's.
func (s *Source) Stored(name string) (hub.File, bool) {
	files, ok := s.Model.Files.(interface {
		File(string) (hub.File, bool)
	})
	if !ok {
		return hub.File{}, false
	}
	return files.File(name)
}

// Read returns one of the source's small files, which it reads once.
func (s *Source) Read(ctx context.Context, name string) ([]byte, error) {
	return s.files.read(name, func() ([]byte, error) { return s.Model.ReadSmall(ctx, name) })
}

// Stated is what the source's own card says of its license, under the name that the source is published as.
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

// Linked is the file of the source that its card gives as the text of its license; "" where there is none.
func (s *Source) Linked() string {
	name := strings.TrimLeft(path.Clean("/"+s.Card.LicenseLink), "/")
	if s.Card.LicenseLink == "" || !s.Has(name) || plan.HoldsWeights(name) {
		return ""
	}
	return name
}
