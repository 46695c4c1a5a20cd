package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/depot"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
)

// JSON answers 200 with v.
func (c *Call) JSON(v any) error { return c.answer(http.StatusOK, v) }

func (c *Call) answer(status int, v any) error {
	if c.W.Header().Get("Content-Type") == "" {
		c.W.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	return writeJSON(c.W, status, v)
}

// writeJSON announces the length, for clients read an error's body only where it is known.
func writeJSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(status)
	w.Write(body)
	return nil
}

// fail answers with an error.
func (c *Call) fail(err error) {
	e, ok := errors.AsType[*refusal.Refusal](err)
	if !ok {
		c.ErrorLog.Printf("localhub: %s %s: %v", c.R.Method, c.R.URL.Path, err)
		e = refusal.New(http.StatusInternalServerError, "Internal Error, see the log of the local Hub")
	}
	h := c.W.Header()
	for name, values := range e.Header {
		h[name] = values
	}
	if e.Code != "" {
		h.Set("X-Error-Code", e.Code)
	}
	h.Set("X-Error-Message", oneLine(e.Message))
	body := e.Body
	switch isLFS := isLFSPath(c.R.URL.Path); {
	case isLFS && body == nil:
		body = map[string]string{"error": e.Message, "message": e.Message} // git-lfs reads the second
		h.Set("Content-Type", LFSJSON)
		if e.Status == http.StatusUnauthorized {
			h.Set("Lfs-Authenticate", lfsChallenge)
		}
	case body == nil:
		body = map[string]string{"error": e.Message}
	}
	answer := func() error { return c.answer(e.Status, body) }
	switch accept := c.R.Header.Get("Accept"); {
	case forPeople(c.R) && strings.Contains(accept, "text/html"):
		answer = func() error { return c.Problem(c, e) }
	case wantsText(accept):
		answer = func() error { return c.sayProblem(e) }
	}
	if err := answer(); err != nil {
		c.ErrorLog.Printf("localhub: %s %s: %v", c.R.Method, c.R.URL.Path, err)
	}
}

// wantsText tells whether a client takes plain text and nothing else that an error has.
func wantsText(accept string) bool {
	text := false
	for kind := range strings.SplitSeq(accept, ",") {
		kind, _, _ = mime.ParseMediaType(kind)
		text = text || kind == "text/plain"
		if kind == "*/*" || kind == "application/*" || kind == "application/json" {
			return false
		}
	}
	return text
}

// sayProblem is fail for a client that shows the body as it is.
func (c *Call) sayProblem(e *refusal.Refusal) error {
	c.W.Header().Set("Content-Type", "text/plain; charset=utf-8")
	c.Send(e.Status, []byte(e.Message+"\n"))
	return nil
}

// oneLine makes s fit for a header.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Send answers with a body that a browser must take for what its header says.
func (c *Call) Send(status int, body []byte) {
	h := c.W.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Length", fmt.Sprint(len(body)))
	c.W.WriteHeader(status)
	c.W.Write(body)
}

// Redirect is http.Redirect with a text whose length is known on HEAD too, as the public Hub
// has it: a client that takes that length for the file's is wrong.
func (c *Call) Redirect(status int, location string) error {
	h := c.W.Header()
	text := http.StatusText(status) + ". Redirecting to " + location
	h.Set("Location", location)
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	h.Set("Vary", "Origin, Accept")
	c.W.WriteHeader(status)
	io.WriteString(c.W, text)
	return nil
}

// ServeContent answers HEAD, Range, If-Range and If-None-Match. Headers must be set before.
func ServeContent(w http.ResponseWriter, r *http.Request, content depot.Content) error {
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

// DescribeLarge sets what tells a client which large file it is about to get.
func DescribeLarge(h http.Header, commit, oid string, size int64) {
	h.Set("X-Repo-Commit", commit)
	h.Set("X-Linked-Etag", `"`+oid+`"`)
	h.Set("X-Linked-Size", strconv.FormatInt(size, 10))
}
