package localhub

import (
	"slices"
	"strings"
)

// sibling is a file as repo info has it.
type sibling struct {
	Name   string      `json:"rfilename"`
	Size   *int64      `json:"size,omitempty"`
	BlobID string      `json:"blobId,omitempty"`
	LFS    *siblingLFS `json:"lfs,omitempty"`
}

type siblingLFS struct {
	SHA256      string `json:"sha256"` // "oid" in a tree
	Size        int64  `json:"size"`
	PointerSize int    `json:"pointerSize"`
}

// infoFields are what expand may ask for; those that this server does not know are left out of
// the answer.
var infoFields = strings.Fields(`author baseModels cardData childrenModelCount config createdAt disabled
	downloads downloadsAllTime evalResults gated gguf inference inferenceProviderMapping lastModified
	library_name likes mask_token model-index pipeline_tag private resourceGroup safetensors sha siblings
	spaces tags transformersInfo trendingScore usedStorage widgetData xetEnabled description citation
	paperswithcode_id sdk runtime datasets models subdomain gitalyUid region`)

// repoInfo answers what a repo is at a revision, the default branch where the path has none.
func repoInfo(c *call) error {
	rev := []string{"HEAD"}
	if c.action == "revision" && len(c.rest) > 0 {
		rev = c.rest
	}
	commit, below, err := c.repo.resolvePath(rev)
	if err != nil {
		return err
	}
	if below != "" {
		return noRevision(strings.Join(rev, "/"))
	}
	wanted, err := c.wantedInfo()
	if err != nil {
		return err
	}
	if len(wanted) > 0 && c.r.URL.Query().Has("blobs") {
		return badRequest("expand and blobs exclude each other")
	}
	t, err := c.repo.tree(commit.Tree)
	if err != nil {
		return err
	}
	info := c.info(c.repo, commit, t)
	if len(wanted) > 0 {
		info = only(info, wanted)
	}
	return c.json(info)
}

// wantedInfo is what expand asks for of an info.
func (c *call) wantedInfo() ([]string, error) {
	wanted := c.expand()
	for _, name := range wanted {
		if !slices.Contains(infoFields, name) {
			return nil, badRequest("expand has %.100q, which is none of %s", name, strings.Join(infoFields, ", "))
		}
	}
	return wanted, nil
}

// only has of info what is wanted, and what says whose info it is.
func only(info map[string]any, wanted []string) map[string]any {
	short := map[string]any{"_id": info["_id"], "id": info["id"]}
	for _, name := range wanted {
		if value, ok := info[name]; ok {
			short[name] = value
		}
	}
	return short
}

func (c *call) info(r *repo, commit *Commit, t *tree) map[string]any {
	s := r.current()
	siblings := make([]sibling, len(t.files))
	stored := make(map[string]int64)
	for i, f := range t.files {
		siblings[i].Name = f.Path
		stored[f.contentOID()] = f.Size
		if c.flag("blobs") {
			siblings[i].Size, siblings[i].BlobID = &f.Size, f.OID
			if f.lfs() {
				siblings[i].LFS = &siblingLFS{f.SHA256, f.Size, len(pointer(f.SHA256, f.Size))}
			}
		}
	}
	var used int64
	for _, size := range stored {
		used += size
	}
	info := map[string]any{
		"_id":          r.key,
		"id":           s.Name,
		"author":       s.id().namespace(),
		"sha":          commit.OID,
		"private":      s.Private,
		"gated":        gateValue(s.Gate),
		"disabled":     false,
		"downloads":    0,
		"likes":        0,
		"createdAt":    stamp(s.Created),
		"lastModified": stamp(commit.Time),
		"siblings":     siblings,
		"usedStorage":  used,
	}
	card := r.card(t)
	if card != nil {
		info["cardData"] = card
	}
	if s.Kind != "model" {
		info["tags"] = orEmpty(card.texts("tags"))
		return info
	}
	info["modelId"] = s.Name
	info["spaces"] = []string{}
	config := r.config(t)
	if config != nil {
		info["config"] = config
	}
	if library := libraryName(card, config); library != "" {
		info["library_name"] = library
	}
	if task := card.text("pipeline_tag"); task != "" {
		info["pipeline_tag"] = task
	}
	if n := c.counts.of(r, t); n != nil {
		info["safetensors"] = n
	}
	info["tags"] = modelTags(card, config, t)
	return info
}

// gateValue is a gate as the API has it: a word or false.
func gateValue(g Gate) any {
	if g == Open {
		return false
	}
	return g
}

// libraryName is what the card says, or transformers where a config.json names a model type.
func libraryName(card cardData, config *modelConfig) string {
	if name := card.text("library_name"); name != "" {
		return name
	}
	if config != nil && config.ModelType != "" {
		return "transformers"
	}
	return ""
}

// modelTags are those of the card and those that follow from it, from config.json and from
// the files, in the order that the public Hub has.
func modelTags(card cardData, config *modelConfig, t *tree) []string {
	var tags []string
	add := func(tag string) {
		if tag != "" && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	add(libraryName(card, config))
	if slices.ContainsFunc(t.files, func(f FileInfo) bool { return strings.HasSuffix(f.Path, ".safetensors") }) {
		add("safetensors")
	}
	if config != nil {
		add(config.ModelType)
	}
	add(card.text("pipeline_tag"))
	for _, tag := range card.texts("tags") {
		add(tag)
	}
	for _, code := range card.texts("language") {
		add(code)
	}
	for _, id := range card.texts("datasets") {
		add("dataset:" + id)
	}
	for _, id := range card.texts("base_model") {
		add("base_model:" + id)
	}
	if relation := card.text("base_model_relation"); relation != "" {
		for _, id := range card.texts("base_model") {
			add("base_model:" + relation + ":" + id)
		}
	}
	for _, name := range card.texts("license") {
		add("license:" + name)
	}
	return orEmpty(tags)
}

// orEmpty keeps a list without entries from becoming null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
