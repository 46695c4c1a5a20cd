package pipeline

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A Source is one model of the config, pinned and read.
type Source struct {
	Ref      recipe.Ref
	Model    *plan.Model
	Pin      Pin               // what was read, whatever it is published as
	now      string            // under a plan file: the commit that Ref leads to since, where that is another one
	renamed  string            // under a pin: what the repo is called since, where that is another id than the pin's
	equal    string            // commit of As whose weights were found equal to the source's; "" where none was looked for or found
	recalled string            // commit that the earlier lock has for As, which has a revision
	Folder   bool              // read from this machine
	Private  bool              // on the Hub
	Gated    string            // "", "auto" or "manual"
	Card     Card              // what its own card says
	Chat     string            // its chat template; "" for none
	once     map[string][]byte // the files that read has read
	OwnName  string            // id that a folder's own files give it; "" if they give none

	As recipe.Ref // what it is published as; the zero Ref where nobody has said so
}

// Local tells whether the source has no id on the Hub.
func (s *Source) Local() bool { return s.Repo() == "" }

// Card is what a source's README says of it.
type Card struct {
	License, LicenseName, LicenseLink string
	Licenses                          []string // where it states several
	Unread                            bool     // there is one, and it cannot be read
	BaseModel                         []string
	Tags                              []string
	Library, Pipeline                 string
}

// open pins ref and reads its config, headers and card. A path that exists on this machine wins.
func (s *Setup) open(ctx context.Context, ref recipe.Ref) (*Source, error) {
	switch _, err := os.Stat(ref.Path); {
	case isFolder(ref.Path):
		return s.openFolder(ctx, ref)
	case err == nil:
		return nil, errors.New("this is a file; name the folder of a model, or its id on the Hub")
	case looksLikePath(ref.Path):
		return nil, s.besideConfig(ref.Path, errNoFolder)
	}
	src, err := s.openRepo(ctx, ref)
	if err != nil {
		return nil, s.besideConfig(ref.Path, err)
	}
	return src, nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// looksLikePath tells a path from a Hub id, which is NAME or NAMESPACE/NAME.
func looksLikePath(s string) bool {
	return filepath.IsAbs(s) || strings.HasPrefix(s, ".") || strings.HasPrefix(s, "~") || strings.Contains(s, `\`) || strings.Count(s, "/") > 1
}

func (s *Setup) openFolder(ctx context.Context, ref recipe.Ref) (*Source, error) {
	if ref.Revision != "" {
		return nil, fmt.Errorf("%s is a folder here, and a folder has no revision %q", ref.Path, ref.Revision)
	}
	folder, err := plan.OpenFolder(ref.Path)
	if err != nil {
		return nil, err
	}
	var id plan.Identity
	broken := folder.Check(ctx)
	if broken == nil {
		if id, err = folder.Identify(); err != nil {
			return nil, err
		}
	}
	src := &Source{Ref: ref, Folder: true}
	if err := errors.Join(broken, src.load(ctx, id, folder)); err != nil { // with broken, for what is wrong with the weights
		return nil, withSaving(err)
	}
	if err := src.readCard(ctx); err != nil {
		return nil, err
	}
	src.readOwnName(ctx)
	return src, nil
}

// openSnapshot reads a repo from the cache alone, as the official clients do offline.
func (s *Setup) openSnapshot(ctx context.Context, ref recipe.Ref) (*Source, error) {
	snapshot, err := s.Cache.Snapshot(ref.Path, ref.Revision)
	if err != nil {
		return nil, err
	}
	if err := snapshot.Complete(plan.Needs); err != nil {
		return nil, err
	}
	src := &Source{Ref: ref}
	if err := src.load(ctx, plan.Identity{Repo: snapshot.Repo, Commit: snapshot.Commit}, snapshot); err != nil {
		return nil, err
	}
	if err := src.readCard(ctx); err != nil {
		return nil, err
	}
	return src, nil
}

// readCard takes what the source's own README says, where it has one that makes sense.
func (s *Source) readCard(ctx context.Context) error {
	if !s.has(readmeFile) {
		return nil
	}
	readme, err := s.Model.ReadSmall(ctx, readmeFile)
	if err != nil {
		return err
	}
	meta, _, err := card.FrontMatter(readme)
	s.Card = parseCard(meta)
	s.Card.Unread = err != nil
	return nil
}

func (s *Setup) openRepo(ctx context.Context, ref recipe.Ref) (*Source, error) {
	if s.Hub.Offline {
		return s.openSnapshot(ctx, ref)
	}
	rev, err := s.Hub.Resolve(ctx, ref.Path, ref.Revision)
	if err != nil {
		return nil, err
	}
	src := &Source{Ref: ref, Private: rev.Private, Gated: rev.Gated}
	var meta card.Metadata
	if json.Unmarshal(rev.CardData, &meta) == nil {
		src.Card = parseCard(meta)
	}
	src.Card.Pipeline = cmp.Or(src.Card.Pipeline, rev.PipelineTag)
	src.Card.Library = cmp.Or(src.Card.Library, rev.LibraryName)
	if err := src.load(ctx, plan.Identity{Repo: rev.Repo, Commit: rev.Commit}, rev.WithCache(s.Cache)); err != nil {
		return nil, s.withConversion(ctx, ref, err)
	}
	return src, nil
}

func (s *Source) load(ctx context.Context, id plan.Identity, files plan.Files) error {
	var err error
	if s.Model, err = plan.ReadModel(ctx, id, files); err != nil {
		return err
	}
	s.Chat, err = s.chatTemplate(ctx)
	return err
}

// read returns one of the source's small files, which it reads once. It is not safe for concurrent use.
func (s *Source) read(ctx context.Context, name string) ([]byte, error) {
	if text, ok := s.once[name]; ok {
		return text, nil
	}
	text, err := s.Model.ReadSmall(ctx, name)
	if err != nil {
		return nil, err
	}
	if s.once == nil {
		s.once = map[string][]byte{}
	}
	s.once[name] = text
	return text, nil
}

// parseCard reads a card's metadata. Keys of a wrong type count as absent: a source's card is not
// ours to correct.
func parseCard(meta card.Metadata) Card {
	c := Card{
		License: meta.Text("license"), LicenseName: meta.Text("license_name"), LicenseLink: meta.Text("license_link"),
		BaseModel: meta.Strings("base_model"), Tags: meta.Strings("tags"),
		Library: meta.Text("library_name"), Pipeline: meta.Text("pipeline_tag"),
	}
	if ids := meta.Strings("license"); len(ids) == 1 {
		c.License = ids[0]
	} else if len(ids) > 1 { // which of them holds for what is not said
		c.License, c.LicenseName, c.Licenses = "", "", ids
	}
	return c
}

// chatTemplate returns the source's chat template: the file of its own, which wins where both
// are there, else the one in tokenizer_config.json, of several the default.
func (s *Source) chatTemplate(ctx context.Context) (string, error) {
	if s.has("chat_template.jinja") {
		b, err := s.read(ctx, "chat_template.jinja")
		return string(bytes.TrimSpace(b)), err
	}
	for _, name := range []string{"tokenizer_config.json", "chat_template.json"} {
		if !s.has(name) {
			continue
		}
		b, err := s.read(ctx, name)
		if err != nil {
			return "", err
		}
		t := gjson.GetBytes(b, "chat_template")
		if t.Type == gjson.String {
			return strings.TrimSpace(t.String()), nil
		}
		for _, one := range t.Array() {
			if one.Get("name").String() == "default" {
				return strings.TrimSpace(one.Get("template").String()), nil
			}
		}
	}
	return "", nil
}

// repoID matches a Hub id with its namespace.
var repoID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*$`)

var (
	_ plan.Files = (*hub.Pinned)(nil)
	_ plan.Files = (*hub.Snapshot)(nil)
)
