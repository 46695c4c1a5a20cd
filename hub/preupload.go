package hub

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
)

// A Candidate is a file that is about to be published.
type Candidate struct {
	Path   string
	Size   int64
	Sample []byte // its first bytes, by which the Hub tells text from binary; more than 512 are cut
}

// A Mode is how the Hub wants a file, and what it has there now.
type Mode struct {
	Path   string
	LFS    bool   // upload the content first, with [Client.Upload]; otherwise it goes into the commit
	Ignore bool   // the repo's .gitignore leaves it out
	OID    string // of the file that is there now: sha256 if LFS, else git's sha1; "" for none
}

const (
	maxPreupload = 256 // files a request, the server's limit
	sampleSize   = 512 // bytes, as the official client sends
)

// Preupload asks how the Hub wants each file in a commit to rev, a branch, a PR ref or [NewPullRequest]. The modes come
// in the order of files. An empty file is never LFS, whatever the Hub says.
func (c *Client) Preupload(ctx context.Context, repo, rev string, files []Candidate) ([]Mode, error) {
	const op = "prepare a commit to"
	if err := c.checkTarget(op, repo, rev); err != nil {
		return nil, err
	}
	for _, f := range files {
		if err := checkUpload(f.Path); err != nil {
			return nil, fmt.Errorf("%s %s: %w", op, repo, err)
		}
	}
	modes := make([]Mode, 0, len(files))
	for batch := range slices.Chunk(files, maxPreupload) {
		where := c.api(repo, "preupload", segment(rev))
		if rev == NewPullRequest {
			where = c.api(repo, "preupload", "main")
			where.RawQuery = "create_pr=1"
		}
		cl := &call{op: op, repo: repo, method: http.MethodPost, url: where, auth: true, limit: smallAnswer}
		type asked struct {
			Path   string `json:"path"`
			Sample string `json:"sample"`
			Size   int64  `json:"size"`
		}
		var body struct {
			Files []asked `json:"files"`
		}
		for _, f := range batch {
			sample := base64.StdEncoding.EncodeToString(f.Sample[:min(len(f.Sample), sampleSize)])
			body.Files = append(body.Files, asked{f.Path, sample, f.Size})
		}
		if err := cl.jsonBody(body); err != nil {
			return nil, err
		}
		ans, err := c.send(ctx, cl)
		if err != nil {
			return nil, err
		}
		found, err := cl.modes(ans, batch)
		if err != nil {
			return nil, err
		}
		modes = append(modes, found...)
	}
	return modes, nil
}

// modes reads the answer for one batch. Every file must be in it; others are ignored.
func (cl *call) modes(ans *answer, batch []Candidate) ([]Mode, error) {
	type given struct {
		Path   string `json:"path"`
		Mode   string `json:"uploadMode"`
		Ignore bool   `json:"shouldIgnore"`
		OID    string `json:"oid"`
	}
	var body struct {
		Files []given `json:"files"`
	}
	if err := cl.decode(ans, &body); err != nil {
		return nil, err
	}
	byPath := map[string]given{}
	for _, g := range body.Files {
		byPath[g.Path] = g
	}
	var modes []Mode
	for _, f := range batch {
		g, ok := byPath[f.Path]
		switch {
		case !ok:
			return nil, cl.wrap(&answerError{what: fmt.Sprintf("%s does not say how it wants %.200q", ans.url.Host, f.Path)})
		case g.Mode != "lfs" && g.Mode != "regular":
			return nil, cl.wrap(&answerError{what: fmt.Sprintf("%s wants %.200q in a way that is not known here: %.60q", ans.url.Host, f.Path, g.Mode)})
		}
		modes = append(modes, Mode{Path: f.Path, LFS: g.Mode == "lfs" && f.Size > 0, Ignore: g.Ignore, OID: g.OID})
	}
	return modes, nil
}

// checkTarget checks what every call that writes to a repo is given.
func (c *Client) checkTarget(op, repo, rev string) error {
	err := c.ready()
	if err == nil {
		err = checkRepo(repo)
	}
	if err == nil {
		err = checkRevision(rev)
	}
	if err != nil {
		return fmt.Errorf("%s %.120s: %w", op, repo, err)
	}
	return nil
}
