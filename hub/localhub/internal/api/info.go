package api

import (
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/git"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/model"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
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
	if c.Action == "revision" && len(c.Rest) > 0 {
		rev = c.Rest
	}
	commit, below, err := c.Repo.ResolvePath(rev)
	if err != nil {
		return err
	}
	if below != "" {
		return refusal.NoRevision(strings.Join(rev, "/"))
	}
	wanted, err := c.wantedInfo()
	if err != nil {
		return err
	}
	if len(wanted) > 0 && c.R.URL.Query().Has("blobs") {
		return refusal.BadRequest("expand and blobs exclude each other")
	}
	t, err := c.Repo.Tree(commit.Tree)
	if err != nil {
		return err
	}
	info := c.info(c.Repo, commit, t)
	if len(wanted) > 0 {
		info = only(info, wanted)
	}
	return c.JSON(info)
}

// wantedInfo is what expand asks for of an info.
func (c *call) wantedInfo() ([]string, error) {
	wanted := c.Expand()
	for _, name := range wanted {
		if !slices.Contains(infoFields, name) {
			return nil, refusal.BadRequest("expand has %.100q, which is none of %s", name, strings.Join(infoFields, ", "))
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

func (c *call) info(r *store.Repo, commit *git.Commit, t *git.Tree) map[string]any {
	s := r.Current()
	siblings := make([]sibling, len(t.Files))
	stored := make(map[string]int64)
	for i, f := range t.Files {
		siblings[i].Name = f.Path
		stored[f.ContentOID()] = f.Size
		if c.Flag("blobs") {
			siblings[i].Size, siblings[i].BlobID = &f.Size, f.OID
			if f.LFS() {
				siblings[i].LFS = &siblingLFS{f.SHA256, f.Size, len(git.Pointer(f.SHA256, f.Size))}
			}
		}
	}
	var used int64
	for _, size := range stored {
		used += size
	}
	info := map[string]any{
		"_id":          r.Key,
		"id":           s.Name,
		"author":       s.ID().Namespace(),
		"sha":          commit.OID,
		"private":      s.Private,
		"gated":        gateValue(s.Gate),
		"disabled":     false,
		"downloads":    0,
		"likes":        0,
		"createdAt":    names.Stamp(s.Created),
		"lastModified": names.Stamp(commit.Time),
		"siblings":     siblings,
		"usedStorage":  used,
	}
	card := model.CardOf(r, t)
	if card != nil {
		info["cardData"] = card
	}
	if s.Kind != "model" {
		info["tags"] = orEmpty(card.Texts("tags"))
		return info
	}
	info["modelId"] = s.Name
	info["spaces"] = []string{}
	config := model.ConfigOf(r, t)
	if config != nil {
		info["config"] = config
	}
	if library := model.Library(card, config); library != "" {
		info["library_name"] = library
	}
	if task := card.Text("pipeline_tag"); task != "" {
		info["pipeline_tag"] = task
	}
	if n := c.Counts.Of(r, t); n != nil {
		info["safetensors"] = n
	}
	info["tags"] = orEmpty(model.Tags(card, config, t))
	return info
}

// gateValue is a gate as the API has it: a word or false.
func gateValue(g store.Gate) any {
	if g == store.Open {
		return false
	}
	return g
}

// orEmpty keeps a list without entries from becoming null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
