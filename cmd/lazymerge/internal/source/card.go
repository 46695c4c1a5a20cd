package source

import (
	"bytes"
	"context"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// Card is what a source's README says.
type Card struct {
	License, LicenseName, LicenseLink string
	Licenses                          []string // if it states several
	Unread                            bool     // it exists but cannot be read
	BaseModel                         []string
	Tags                              []string
	Library, Pipeline                 string
}

// Words is the license for a reader; "" if none is stated.
func (c Card) Words() string {
	switch {
	case len(c.Licenses) > 0:
		return say.List(c.Licenses)
	case c.License == "other" && c.LicenseName != "":
		return c.LicenseName
	}
	return c.License
}

// readCard reads a model's own README, if it has a valid one.
func readCard(ctx context.Context, s *Source) (Card, error) {
	if !s.Has(lock.Readme) {
		return Card{}, nil
	}
	readme, err := s.Model.ReadSmall(ctx, lock.Readme)
	if err != nil {
		return Card{}, err
	}
	meta, _, err := card.FrontMatter(readme)
	c := parseCard(meta)
	c.Unread = err != nil
	return c, nil
}

// parseCard reads a card's metadata. Keys of a wrong type count as missing: the card is not ours
// to correct.
func parseCard(meta card.Metadata) Card {
	c := Card{
		License: meta.Text("license"), LicenseName: meta.Text("license_name"), LicenseLink: meta.Text("license_link"),
		BaseModel: meta.Strings("base_model"), Tags: meta.Strings("tags"),
		Library: meta.Text("library_name"), Pipeline: meta.Text("pipeline_tag"),
	}
	if ids := meta.Strings("license"); len(ids) == 1 {
		c.License = ids[0]
	} else if len(ids) > 1 { // which one covers what is not said
		c.License, c.LicenseName, c.Licenses = "", "", ids
	}
	return c
}

// chatTemplate returns a model's chat template: its own file if there is one, else the one in
// tokenizer_config.json, of several the default.
func chatTemplate(ctx context.Context, s *Source) (string, error) {
	if s.Has("chat_template.jinja") {
		b, err := s.Read(ctx, "chat_template.jinja")
		return string(bytes.TrimSpace(b)), err
	}
	for _, name := range []string{"tokenizer_config.json", "chat_template.json"} {
		if !s.Has(name) {
			continue
		}
		b, err := s.Read(ctx, name)
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

// usage matches the id in a card's example code: from_pretrained("org/name"), model = "org/name", pipeline("task",
// model="org/name").
var usage = regexp.MustCompile(`(?:from_pretrained\(\s*|\bmodel(?:_id|_name)?\s*=\s*)["']([A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*)["']`)

// ownName is the Hub id in a folder's own files, for a person to confirm, or "". The card says how to load the model, and
// config.json often what it was loaded from, which may be its parent.
func ownName(ctx context.Context, model *plan.Model) string {
	if readme, err := model.ReadSmall(ctx, lock.Readme); err == nil {
		if m := usage.FindSubmatch(readme); m != nil {
			return string(m[1])
		}
	}
	if config, err := model.ReadSmall(ctx, "config.json"); err == nil {
		if name := gjson.GetBytes(config, "_name_or_path").String(); names.IsID(name) && !names.IsFolder(name) {
			return name
		}
	}
	return ""
}
