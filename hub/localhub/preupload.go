package localhub

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// maxBatch is how many files one call of preupload or LFS batch may have.
const maxBatch = 256

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
	if err := c.checkCommit(strings.Join(c.rest, "/"), c.flag("create_pr")); err != nil {
		return err
	}
	if err := c.decodeUpTo(maxPathsJSON, &body); err != nil {
		return err
	}
	if len(body.Files) > maxBatch {
		return refuse(http.StatusRequestEntityTooLarge, "%d files; at most %d are allowed", len(body.Files), maxBatch)
	}
	commit, err := c.revision()
	if err != nil {
		return err
	}
	t, err := c.repo.tree(commit.Tree)
	if err != nil {
		return err
	}
	attributes := string(c.repo.smallFile(t, attributesPath))
	if body.GitAttributes != nil {
		attributes = *body.GitAttributes
	}
	ignored := string(c.repo.smallFile(t, ignorePath))
	if body.GitIgnore != nil { // one that the commit will bring
		ignored = *body.GitIgnore
	}
	ignore := parseIgnore(ignored)
	rules := parseAttributes(attributes)
	type file struct {
		Path         string `json:"path"`
		UploadMode   string `json:"uploadMode"`
		ShouldIgnore bool   `json:"shouldIgnore"`
		OID          string `json:"oid,omitempty"`
	}
	files := []file{}
	for _, f := range body.Files {
		if err := checkPath(f.Path); err != nil {
			return badRequest("%v", err)
		}
		sample, err := base64.StdEncoding.DecodeString(f.Sample)
		if err != nil || f.Size < 0 {
			return badRequest("file %q has a sample that is not base64 or a negative size", f.Path)
		}
		answer := file{Path: f.Path, UploadMode: "regular", ShouldIgnore: ignore.ignored(f.Path)}
		if c.wantsLFS(rules, f.Path, f.Size, sample) {
			answer.UploadMode = "lfs"
		}
		if now, ok := t.file(f.Path); ok {
			answer.OID = now.contentOID()
		}
		files = append(files, answer)
	}
	if slices.ContainsFunc(files, func(f file) bool { return f.UploadMode == "lfs" }) && strings.Contains(c.r.UserAgent(), "hf_hub/") {
		c.w.Header().Set("X-HF-Warning", xetWarning)
	}
	return c.json(map[string]any{"files": files, "commitOid": commit.OID})
}

// wantsLFS decides for one file. Clients send an empty file as a regular one whatever the
// answer, so that is the answer.
func (s *Server) wantsLFS(rules lfsRules, path string, size int64, sample []byte) bool {
	return size > 0 && (rules.lfs(path) || size > s.options.LFSAbove || looksBinary(sample))
}
