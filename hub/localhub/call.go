package localhub

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// A call is one request to the API while it is answered.
type call struct {
	*Server
	w     http.ResponseWriter
	r     *http.Request
	login *login // nil is anonymous
	found origin // where the client has found this server

	// Of a path below a repo:
	repo   *repo
	action string   // the segment after the id, "" where there is none
	rest   []string // the decoded segments after the action
}

// A handler answers a call. An error that is not a *refusal is a fault of this server.
type handler func(*call) error

// decode reads a JSON body into v.
func (c *call) decode(v any) error { return c.decodeUpTo(c.fit(maxJSON), v) }

// decodeUpTo is decode for a body of at most limit bytes.
func (c *call) decodeUpTo(limit int64, v any) error {
	body, err := c.body(limit)
	if err != nil {
		return err
	}
	if len(body) == 0 {
		body = []byte("{}")
	}
	if err := json.Unmarshal(body, v); err != nil {
		return badRequest("the request is not the JSON that was expected: %v", err)
	}
	return nil
}

// json answers 200 with v.
func (c *call) json(v any) error { return c.answer(http.StatusOK, v) }

func (c *call) answer(status int, v any) error {
	if c.w.Header().Get("Content-Type") == "" {
		c.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	return writeJSON(c.w, status, v)
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
func (c *call) fail(err error) {
	e, ok := errors.AsType[*refusal](err)
	if !ok {
		c.errorLog().Printf("localhub: %s %s: %v", c.r.Method, c.r.URL.Path, err)
		e = refuse(http.StatusInternalServerError, "Internal Error, see the log of the local Hub")
	}
	h := c.w.Header()
	for name, values := range e.header {
		h[name] = values
	}
	if e.code != "" {
		h.Set("X-Error-Code", e.code)
	}
	h.Set("X-Error-Message", oneLine(e.message))
	body := e.body
	switch isLFS := isLFSPath(c.r.URL.Path); {
	case isLFS && body == nil:
		body = map[string]string{"error": e.message, "message": e.message} // git-lfs reads the second
		h.Set("Content-Type", lfsJSON)
		if e.status == http.StatusUnauthorized {
			h.Set("Lfs-Authenticate", lfsChallenge)
		}
	case body == nil:
		body = map[string]string{"error": e.message}
	}
	answer := func() error { return c.answer(e.status, body) }
	switch accept := c.r.Header.Get("Accept"); {
	case forPeople(c.r) && strings.Contains(accept, "text/html"):
		answer = func() error { return c.showProblem(e) }
	case wantsText(accept):
		answer = func() error { return c.sayProblem(e) }
	}
	if err := answer(); err != nil {
		c.errorLog().Printf("localhub: %s %s: %v", c.r.Method, c.r.URL.Path, err)
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
func (c *call) sayProblem(e *refusal) error {
	c.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	c.send(e.status, []byte(e.message+"\n"))
	return nil
}

// oneLine makes s fit for a header.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// origin is what URLs in answers start with.
func (c *call) origin() string { return c.found.String() }

// page is the address of a repo, or of something below it.
func (c *call) page(id repoID, below ...string) string {
	return c.origin() + "/" + strings.Join(append([]string{id.String()}, below...), "/")
}

// storageOrigin is where the same client finds storage.
func (c *call) storageOrigin() string {
	if c.storagePort == "" {
		return c.found.String()
	}
	return c.found.at(c.storagePort).String()
}

// link sets the Link header to the next page: this request with other values in its query.
func (c *call) link(values map[string]string) {
	query := c.r.URL.Query()
	for name, value := range values {
		query.Set(name, value)
	}
	c.w.Header().Set("Link", fmt.Sprintf(`<%s%s?%s>; rel="next"`, c.origin(), c.r.URL.EscapedPath(), query.Encode()))
}

// flag tells whether a query parameter is set to something true.
func (c *call) flag(name string) bool {
	switch strings.ToLower(c.r.URL.Query().Get(name)) {
	case "1", "true", "yes", "on":
		return true
	}
	return false
}

// expand returns the names that expand or expand[] ask for, in whichever form a client has.
func (c *call) expand() []string {
	query := c.r.URL.Query()
	var names []string
	for _, key := range []string{"expand", "expand[]"} {
		for _, value := range query[key] {
			names = append(names, strings.Split(value, ",")...)
		}
	}
	return names
}

func (c *call) isForm() bool {
	kind, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	return kind == "application/x-www-form-urlencoded"
}

// segments splits a path as it was sent, and decodes each part: a slash that came escaped
// belongs to its part.
func segments(u *url.URL) ([]string, error) {
	path := strings.TrimSuffix(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	if path == "" {
		return nil, nil
	}
	parts := strings.Split(path, "/")
	for i, p := range parts {
		decoded, err := url.PathUnescape(p)
		if err != nil {
			return nil, badRequest("the path is not well escaped")
		}
		parts[i] = decoded
	}
	return parts, nil
}

// escapeSegment escapes one part of a path, with the slashes in it.
func escapeSegment(s string) string { return url.PathEscape(s) }

// escapePath escapes a path for a URL and keeps its slashes.
func escapePath(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		parts[i] = escapeSegment(p)
	}
	return strings.Join(parts, "/")
}
