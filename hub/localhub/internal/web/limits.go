package web

import (
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
)

// What the body of a request may have, in bytes. That of a commit is read by line ([commitLimits]),
// and that of an upload has the length that was signed for.
const (
	MaxAnonymous = 256 << 10 // of somebody without a token, whatever it asks for
	MaxJSON      = 1 << 20
	MaxPathsJSON = 8 << 20  // with a path and a sample for each file
	MaxFilesJSON = 16 << 20 // with whole files: a card, or those of a new repo
)

// MaxBatch is how many files one call of preupload or LFS batch may have.
const MaxBatch = 256

// Fit is limit for who has a token, and less for others.
func (c *Call) Fit(limit int64) int64 {
	if c.Login == nil {
		return min(limit, MaxAnonymous)
	}
	return limit
}

// body reads all of the request's body, at most limit bytes.
func (c *Call) body(limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.W, c.R.Body, limit))
	if tooLong, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, refusal.New(http.StatusRequestEntityTooLarge, "the request has more than %d bytes", tooLong.Limit)
	}
	if err != nil {
		return nil, refusal.BadRequest("the request's body ended early")
	}
	return body, nil
}

// Form reads a body that is a form.
func (c *Call) Form(limit int64) (url.Values, error) {
	body, err := c.body(limit)
	if err != nil {
		return nil, err
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, refusal.BadRequest("the request is not the form that was expected")
	}
	return values, nil
}
