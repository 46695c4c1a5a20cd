package api

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/git"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/web"
)

// xetWarning is for the official Python client, which logs it once. It would send a large file through
// Xet, whatever this server says, and end with a traceback that names nothing but a 404; that it has
// been told to use LFS, none of its requests says.
const xetWarning = "xet; this local Hub has no Xet: large files need HF_HUB_DISABLE_XET=1 in the environment"

// preupload answers how each file is to be uploaded, and what the repo has in its place now.
func preupload(c *call) error {
	var body struct {
		Files []struct {
			Path   string `json:"path"`
			Sample string `json:"sample"` // base64 of the first bytes
			Size   int64  `json:"size"`
		} `json:"files"`
		GitAttributes *string `json:"gitAttributes"`
		GitIgnore     *string `json:"gitIgnore"`
	}
	if err := c.checkCommit(strings.Join(c.Rest, "/"), c.Flag("create_pr")); err != nil {
		return err
	}
	if err := c.DecodeUpTo(web.MaxPathsJSON, &body); err != nil {
		return err
	}
	if len(body.Files) > web.MaxBatch {
		return refusal.New(http.StatusRequestEntityTooLarge, "%d files; at most %d are allowed", len(body.Files), web.MaxBatch)
	}
	commit, err := c.Revision()
	if err != nil {
		return err
	}
	t, err := c.Repo.Tree(commit.Tree)
	if err != nil {
		return err
	}
	attributes := string(c.Repo.SmallFile(t, git.AttributesPath))
	if body.GitAttributes != nil {
		attributes = *body.GitAttributes
	}
	ignored := string(c.Repo.SmallFile(t, git.IgnorePath))
	if body.GitIgnore != nil { // one that the commit will bring
		ignored = *body.GitIgnore
	}
	ignore := git.ParseIgnore(ignored)
	rules := git.ParseAttributes(attributes)
	type file struct {
		Path         string `json:"path"`
		UploadMode   string `json:"uploadMode"`
		ShouldIgnore bool   `json:"shouldIgnore"`
		OID          string `json:"oid,omitempty"`
	}
	files := []file{}
	for _, f := range body.Files {
		if err := names.CheckPath(f.Path); err != nil {
			return refusal.BadRequest("%v", err)
		}
		sample, err := base64.StdEncoding.DecodeString(f.Sample)
		if err != nil || f.Size < 0 {
			return refusal.BadRequest("file %q has a sample that is not base64 or a negative size", f.Path)
		}
		answer := file{Path: f.Path, UploadMode: "regular", ShouldIgnore: ignore.Ignored(f.Path)}
		if rules.Wants(f.Path, f.Size, sample, c.LFSAbove) {
			answer.UploadMode = "lfs"
		}
		if now, ok := t.File(f.Path); ok {
			answer.OID = now.ContentOID()
		}
		files = append(files, answer)
	}
	if slices.ContainsFunc(files, func(f file) bool { return f.UploadMode == "lfs" }) && strings.Contains(c.R.UserAgent(), "hf_hub/") {
		c.W.Header().Set("X-HF-Warning", xetWarning)
	}
	return c.JSON(map[string]any{"files": files, "commitOid": commit.OID})
}
