// Package web is what the API and the pages share: how a request is routed, who sent it, what it may ask for in pages, and how
// it is answered.
package web

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/account"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
)

// A Call is one request to the API or for a page while it is answered.
type Call struct {
	*Router
	W     http.ResponseWriter
	R     *http.Request
	Login *account.Login // nil is anonymous
	found origin         // where the client has found this server

	// Of a path below a repo:
	Repo   *store.Repo
	Action string   // the segment after the id, "" where there is none
	Rest   []string // the decoded segments after the action
}

// A Handler answers a call. An error that is not a *Refusal is a fault of this server.
type Handler func(*Call) error

// Decode reads a JSON body into v.
func (c *Call) Decode(v any) error { return c.DecodeUpTo(c.Fit(MaxJSON), v) }

// DecodeUpTo is decode for a body of at most limit bytes.
func (c *Call) DecodeUpTo(limit int64, v any) error {
	body, err := c.body(limit)
	if err != nil {
		return err
	}
	if len(body) == 0 {
		body = []byte("{}")
	}
	if err := json.Unmarshal(body, v); err != nil {
		return refusal.BadRequest("the request is not the JSON that was expected: %v", err)
	}
	return nil
}

// Origin is what URLs in answers start with.
func (c *Call) Origin() string { return c.found.String() }

// Page is the address of a repo, or of something below it.
func (c *Call) Page(id names.RepoID, below ...string) string {
	return c.Origin() + "/" + strings.Join(append([]string{id.String()}, below...), "/")
}

// StorageOrigin is where the same client finds storage.
func (c *Call) StorageOrigin() string {
	if c.StoragePort == "" {
		return c.found.String()
	}
	return c.found.at(c.StoragePort).String()
}

// Link sets the Link header to the next page: this request with other values in its query.
func (c *Call) Link(values map[string]string) {
	query := c.R.URL.Query()
	for name, value := range values {
		query.Set(name, value)
	}
	c.W.Header().Set("Link", fmt.Sprintf(`<%s%s?%s>; rel="next"`, c.Origin(), c.R.URL.EscapedPath(), query.Encode()))
}

// Flag tells whether a query parameter is set to something true.
func (c *Call) Flag(name string) bool {
	switch strings.ToLower(c.R.URL.Query().Get(name)) {
	case "1", "true", "yes", "on":
		return true
	}
	return false
}

// Expand returns the names that expand or expand[] ask for, in whichever form a client has.
func (c *Call) Expand() []string {
	query := c.R.URL.Query()
	var names []string
	for _, key := range []string{"expand", "expand[]"} {
		for _, value := range query[key] {
			names = append(names, strings.Split(value, ",")...)
		}
	}
	return names
}

// IsForm tells whether the body is a form.
func (c *Call) IsForm() bool {
	kind, _, _ := mime.ParseMediaType(c.R.Header.Get("Content-Type"))
	return kind == "application/x-www-form-urlencoded"
}

// Segments splits a path as it was sent, and decodes each part: a slash that came escaped
// belongs to its part.
func Segments(u *url.URL) ([]string, error) {
	path := strings.TrimSuffix(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	if path == "" {
		return nil, nil
	}
	parts := strings.Split(path, "/")
	for i, p := range parts {
		decoded, err := url.PathUnescape(p)
		if err != nil {
			return nil, refusal.BadRequest("the path is not well escaped")
		}
		parts[i] = decoded
	}
	return parts, nil
}

// EscapeSegment escapes one part of a path, with the slashes in it.
func EscapeSegment(s string) string { return url.PathEscape(s) }

// EscapePath escapes a path for a URL and keeps its slashes.
func EscapePath(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		parts[i] = EscapeSegment(p)
	}
	return strings.Join(parts, "/")
}
