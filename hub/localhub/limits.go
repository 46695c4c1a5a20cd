package localhub

import (
	"errors"
	"io"
	"net/http"
	"net/url"
)

// What the body of a request may have, in bytes. That of a commit is read by line ([commitLimits]),
// and that of an upload has the length that was signed for.
const (
	maxAnonymous = 256 << 10 // of somebody without a token, whatever it asks for
	maxJSON      = 1 << 20
	maxPathsJSON = 8 << 20  // with a path and a sample for each file
	maxFilesJSON = 16 << 20 // with whole files: a card, or those of a new repo
)

// fit is limit for who has a token, and less for others.
func (c *call) fit(limit int64) int64 {
	if c.login == nil {
		return min(limit, maxAnonymous)
	}
	return limit
}

// body reads all of the request's body, at most limit bytes.
func (c *call) body(limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, limit))
	if tooLong, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, refuse(http.StatusRequestEntityTooLarge, "the request has more than %d bytes", tooLong.Limit)
	}
	if err != nil {
		return nil, badRequest("the request's body ended early")
	}
	return body, nil
}

// form reads a body that is a form.
func (c *call) form(limit int64) (url.Values, error) {
	body, err := c.body(limit)
	if err != nil {
		return nil, err
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, badRequest("the request is not the form that was expected")
	}
	return values, nil
}
