package localhub

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"time"
)

// resolveFile answers with the content of a regular file, or the way to that of a large one.
func resolveFile(c *call) error {
	f, commit, err := c.file()
	if err != nil {
		return err
	}
	if f.lfs() {
		h := c.w.Header()
		describeLarge(h, commit.OID, f.SHA256, f.Size)
		h.Set("ETag", `"`+f.OID+`"`) // of the pointer
		h.Set("Accept-Ranges", "bytes")
		query := url.Values{"response-content-disposition": {c.disposition(f.Path)}}
		if c.storagePort == "" { // clients go on to an origin that they know, and ask there
			query.Set(commitParam, commit.OID)
		}
		return c.redirect(http.StatusFound, c.signed(http.MethodGet, f.SHA256, query))
	}
	if c.options.RedirectRegular {
		c.w.Header().Set("ETag", `"`+f.OID+`"`)
		c.w.Header().Set("Accept-Ranges", "bytes")
		id := c.repo.id()
		location := fmt.Sprintf("/api/resolve-cache/%ss/%s/%s/%s?%s=&etag=%s", id.kind, id.name, commit.OID,
			escapePath(f.Path), url.QueryEscape(c.r.URL.EscapedPath()), url.QueryEscape(`"`+f.OID+`"`))
		return c.redirect(http.StatusTemporaryRedirect, location)
	}
	return c.serveRegular(f)
}

// describeLarge sets what tells a client which large file it is about to get.
func describeLarge(h http.Header, commit, oid string, size int64) {
	h.Set("X-Repo-Commit", commit)
	h.Set("X-Linked-Etag", `"`+oid+`"`)
	h.Set("X-Linked-Size", formatSize(size))
}

// cachedFile answers where the redirect of a regular file leads. The action is a commit id.
func cachedFile(c *call) error {
	c.rest = append([]string{c.action}, c.rest...)
	f, _, err := c.file()
	if err != nil {
		return err
	}
	if f.lfs() {
		return noEntry(f.Path)
	}
	return c.serveRegular(f)
}

// rawFile answers with what git has: of a large file its pointer.
func rawFile(c *call) error {
	f, _, err := c.file()
	if err != nil {
		return err
	}
	if f.lfs() {
		c.w.Header().Set("ETag", `"`+f.OID+`"`)
		c.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		return serveContent(c.w, c.r, Bytes(pointer(f.SHA256, f.Size)))
	}
	return c.serveRegular(f)
}

// file finds the file that the path names, and sets the header that tells its commit, also
// where the file is not there: clients remember an absence by it.
func (c *call) file() (FileInfo, *Commit, error) {
	if len(c.rest) == 0 {
		return FileInfo{}, nil, notFound()
	}
	commit, path, err := c.repo.resolvePath(c.rest)
	if err != nil {
		return FileInfo{}, nil, err
	}
	c.w.Header().Set("X-Repo-Commit", commit.OID)
	t, err := c.repo.tree(commit.Tree)
	if err != nil {
		return FileInfo{}, nil, err
	}
	f, ok := t.file(path)
	if !ok {
		return FileInfo{}, nil, noEntry(path)
	}
	return f, commit, nil
}

func (c *call) serveRegular(f FileInfo) error {
	content, err := c.repo.content(f)
	if err != nil {
		return err
	}
	start, err := content.head(sampleSize)
	if err != nil {
		return err
	}
	kind := "text/plain; charset=utf-8"
	if looksBinary(start) {
		kind = "application/octet-stream"
	}
	h := c.w.Header()
	h.Set("ETag", `"`+f.OID+`"`)
	h.Set("Content-Type", kind)
	h.Set("X-Content-Type-Options", "nosniff") // a browser must not make a page of it
	h.Set("Content-Disposition", c.disposition(f.Path))
	return serveContent(c.w, c.r, content)
}

func (c *call) disposition(name string) string {
	kind := "inline"
	if c.flag("download") {
		kind = "attachment"
	}
	return mime.FormatMediaType(kind, map[string]string{"filename": path.Base(name)})
}

// redirect is http.Redirect with a text whose length is known on HEAD too, as the public Hub
// has it: a client that takes that length for the file's is wrong.
func (c *call) redirect(status int, location string) error {
	h := c.w.Header()
	text := http.StatusText(status) + ". Redirecting to " + location
	h.Set("Location", location)
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Length", formatSize(int64(len(text))))
	h.Set("Vary", "Origin, Accept")
	c.w.WriteHeader(status)
	io.WriteString(c.w, text)
	return nil
}

// serveContent answers HEAD, Range, If-Range and If-None-Match. Headers must be set before.
func serveContent(w http.ResponseWriter, r *http.Request, content Content) error {
	w.Header().Set("Accept-Ranges", "bytes")
	if content.Size() == 0 && r.Header.Get("Range") != "" {
		// The JavaScript client asks for bytes 0-0 to learn the size, and takes neither 416
		// nor a 200 without Content-Range for an empty file.
		w.Header().Set("Content-Range", "bytes */0")
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusPartialContent)
		return nil
	}
	body, err := content.Open()
	if err != nil {
		return err
	}
	defer body.Close()
	http.ServeContent(w, r, "", time.Time{}, body)
	return nil
}
