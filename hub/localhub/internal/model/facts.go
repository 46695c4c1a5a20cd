package model

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/git"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
)

// CardOf reads the front matter of a commit's card; nil where there is none that can be read.
func CardOf(r *store.Repo, t *git.Tree) Card {
	data := r.SmallFile(t, CardPath)
	meta, err := parseCard(string(data))
	if err != nil {
		return nil
	}
	return meta
}

// Config is what the Hub shows of config.json.
type Config struct {
	Architectures []string `json:"architectures,omitempty"`
	ModelType     string   `json:"model_type,omitempty"`
}

// ConfigOf reads a commit's config.json; nil where there is none that can be read.
func ConfigOf(r *store.Repo, t *git.Tree) *Config {
	data := r.SmallFile(t, "config.json")
	var c Config
	if len(data) == 0 || json.Unmarshal(data, &c) != nil {
		return nil
	}
	return &c
}

// Library is what the card says, or transformers where a config.json names a model type.
func Library(card Card, config *Config) string {
	if name := card.Text("library_name"); name != "" {
		return name
	}
	if config != nil && config.ModelType != "" {
		return "transformers"
	}
	return ""
}

// Tags are those of the card and those that follow from it, from config.json and from
// the files, in the order that the public Hub has.
func Tags(card Card, config *Config, t *git.Tree) []string {
	var tags []string
	add := func(tag string) {
		if tag != "" && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	add(Library(card, config))
	if slices.ContainsFunc(t.Files, func(f git.FileInfo) bool { return strings.HasSuffix(f.Path, ".safetensors") }) {
		add("safetensors")
	}
	if config != nil {
		add(config.ModelType)
	}
	add(card.Text("pipeline_tag"))
	for _, tag := range card.Texts("tags") {
		add(tag)
	}
	for _, code := range card.Texts("language") {
		add(code)
	}
	for _, id := range card.Texts("datasets") {
		add("dataset:" + id)
	}
	for _, id := range card.Texts("base_model") {
		add("base_model:" + id)
	}
	if relation := card.Text("base_model_relation"); relation != "" {
		for _, id := range card.Texts("base_model") {
			add("base_model:" + relation + ":" + id)
		}
	}
	for _, name := range card.Texts("license") {
		add("license:" + name)
	}
	return tags
}

// LicenseNames are those of the card, with the name that another license has there.
func LicenseNames(meta Card) []string {
	names := meta.Texts("license")
	for i, name := range names {
		if name == "other" {
			names[i] = cmp.Or(meta.Text("license_name"), name)
		}
	}
	return names
}

// Readme returns the card's text without its front matter, and that, nil where it cannot be read.
func Readme(r *store.Repo, t *git.Tree) (string, Card) {
	_, text, _ := FrontMatter(string(r.SmallFile(t, CardPath)))
	return text, CardOf(r, t)
}
