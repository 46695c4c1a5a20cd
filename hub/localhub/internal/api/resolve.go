package api

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"path"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/depot"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/git"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/signed"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/web"
)

// resolveFile answers with the content of a regular file, or the way to that of a large one.
func resolveFile(c *call) error {
	f, commit, err := c.file()
	if err != nil {
		return err
	}
	if f.LFS() {
		h := c.W.Header()
		web.DescribeLarge(h, commit.OID, f.SHA256, f.Size)
		h.Set("ETag", `"`+f.OID+`"`) // of the pointer
		h.Set("Accept-Ranges", "bytes")
		query := url.Values{"response-content-disposition": {c.disposition(f.Path)}}
		if c.StoragePort == "" { // clients go on to an origin that they know, and ask there
			query.Set(signed.CommitParam, commit.OID)
		}
		return c.Redirect(http.StatusFound, c.Signer.Object(c.StorageOrigin(), http.MethodGet, c.Repo.Key, f.SHA256, query))
	}
	if c.RedirectRegular {
		c.W.Header().Set("ETag", `"`+f.OID+`"`)
		c.W.Header().Set("Accept-Ranges", "bytes")
		id := c.Repo.ID()
		location := fmt.Sprintf("/api/resolve-cache/%ss/%s/%s/%s?%s=&etag=%s", id.Kind, id.Name, commit.OID,
			web.EscapePath(f.Path), url.QueryEscape(c.R.URL.EscapedPath()), url.QueryEscape(`"`+f.OID+`"`))
		return c.Redirect(http.StatusTemporaryRedirect, location)
	}
	return c.serveRegular(f)
}

// cachedFile answers where the redirect of a regular file leads. The action is a commit id.
func cachedFile(c *call) error {
	c.Rest = append([]string{c.Action}, c.Rest...)
	f, _, err := c.file()
	if err != nil {
		return err
	}
	if f.LFS() {
		return refusal.NoEntry(f.Path)
	}
	return c.serveRegular(f)
}

// rawFile answers with what git has: of a large file its pointer.
func rawFile(c *call) error {
	f, _, err := c.file()
	if err != nil {
		return err
	}
	if f.LFS() {
		c.W.Header().Set("ETag", `"`+f.OID+`"`)
		c.W.Header().Set("Content-Type", "text/plain; charset=utf-8")
		return web.ServeContent(c.W, c.R, depot.Bytes(git.Pointer(f.SHA256, f.Size)))
	}
	return c.serveRegular(f)
}

// file finds the file that the path names, and sets the header that tells its commit, also
// where the file is not there: clients remember an absence by it.
func (c *call) file() (git.FileInfo, *git.Commit, error) {
	if len(c.Rest) == 0 {
		return git.FileInfo{}, nil, refusal.NotFound()
	}
	commit, path, err := c.Repo.ResolvePath(c.Rest)
	if err != nil {
		return git.FileInfo{}, nil, err
	}
	c.W.Header().Set("X-Repo-Commit", commit.OID)
	t, err := c.Repo.Tree(commit.Tree)
	if err != nil {
		return git.FileInfo{}, nil, err
	}
	f, ok := t.File(path)
	if !ok {
		return git.FileInfo{}, nil, refusal.NoEntry(path)
	}
	return f, commit, nil
}

func (c *call) serveRegular(f git.FileInfo) error {
	content, err := c.Repo.Content(f)
	if err != nil {
		return err
	}
	start, err := content.Head(git.SampleSize)
	if err != nil {
		return err
	}
	kind := "text/plain; charset=utf-8"
	if git.LooksBinary(start) {
		kind = "application/octet-stream"
	}
	h := c.W.Header()
	h.Set("ETag", `"`+f.OID+`"`)
	h.Set("Content-Type", kind)
	h.Set("X-Content-Type-Options", "nosniff") // a browser must not make a page of it
	h.Set("Content-Disposition", c.disposition(f.Path))
	return web.ServeContent(c.W, c.R, content)
}

func (c *call) disposition(name string) string {
	kind := "inline"
	if c.Flag("download") {
		kind = "attachment"
	}
	return mime.FormatMediaType(kind, map[string]string{"filename": path.Base(name)})
}
