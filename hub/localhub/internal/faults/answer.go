package faults

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
)

// Status is a fault that answers with a status of 400 or more: from 500 on with a web page, as
// the gateways before the public Hub do, below that with the error of an API.
func Status(status int) Fault {
	text := http.StatusText(status)
	if status >= 500 {
		header := http.Header{"Content-Type": {"text/html; charset=utf-8"}}
		return Answer(status, header, fmt.Sprintf("<!DOCTYPE html><html><body><h1>%d %s</h1></body></html>", status, text))
	}
	return apiError(status, nil, text)
}

func apiError(status int, header http.Header, message string) Fault {
	body, err := json.Marshal(map[string]string{"error": message})
	if err != nil {
		panic(err) // of a string
	}
	h := header.Clone()
	if h == nil {
		h = make(http.Header)
	}
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("X-Error-Message", message)
	return Answer(status, h, string(body))
}

const tooMany = "We had to rate limit you"

// RetryAfter is a fault that answers 429 with Retry-After in seconds.
func RetryAfter(seconds int) Fault {
	return apiError(http.StatusTooManyRequests, http.Header{"Retry-After": {strconv.Itoa(seconds)}}, tooMany)
}

// RetryDate is a fault that answers 429 with Retry-After as the date that is so many seconds
// after the request.
func RetryDate(seconds int) Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			date := time.Now().Add(time.Duration(seconds) * time.Second).UTC().Format(http.TimeFormat)
			apiError(http.StatusTooManyRequests, http.Header{"Retry-After": {date}}, tooMany)(next).ServeHTTP(w, r)
		})
	}
}

// Quota is a fault that answers 429 because a bucket of the rate limits is empty for so many
// seconds, as the public Hub says it: with the header RateLimit and without Retry-After.
func Quota(bucket string, seconds int) Fault { return quota(bucket, 0, seconds) }

// OtherQuota is a fault that answers 429 and names a bucket that is not the cause, for it has
// 499 requests left: a client must not wait for that one.
func OtherQuota(bucket string, seconds int) Fault { return quota(bucket, 499, seconds) }

func quota(bucket string, left, seconds int) Fault {
	return apiError(http.StatusTooManyRequests, http.Header{
		"Ratelimit":        {fmt.Sprintf(`"%s";r=%d;t=%d`, bucket, left, seconds)},
		"Ratelimit-Policy": {fmt.Sprintf(`"fixed window";"%s";q=500;w=300`, bucket)},
	}, tooMany)
}

// Moved is a fault of a commit: 412, a commit has happened since the parent that it names.
func Moved() Fault {
	return apiError(http.StatusPreconditionFailed, nil, "A commit has happened since. Please refresh and try again.")
}

// Conflict is a fault of a commit or of the creation of a repo: 409, another operation is under
// way.
func Conflict() Fault {
	return apiError(http.StatusConflict, nil, "Another conflicting operation is in progress. Please retry.")
}

// Expired is a fault of storage: 403 in the words of S3, the signed URL is good no more.
func Expired() Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			(&refusal.Storage{Status: http.StatusForbidden, Code: "AccessDenied", Message: "Request has expired"}).Write(w)
		})
	}
}

// Page is a fault that answers 200 with a web page, as a proxy that wants a login does.
func Page() Fault {
	return Answer(http.StatusOK, http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		"<!DOCTYPE html>\n<html><head><title>Log in</title></head><body>Log in to use this network.</body></html>\n")
}

// Noise is a fault that sends n bytes after the answer that nobody has asked for, and then ends the connection. The
// answer is held in memory.
func Noise(n int64) Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			held := heldAnswer{header: make(http.Header), status: http.StatusOK}
			next.ServeHTTP(&held, r)
			conn, out, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(http.ErrAbortHandler)
			}
			defer conn.Close()
			held.header.Set("Content-Length", strconv.Itoa(held.body.Len()))
			fmt.Fprintf(out, "HTTP/1.1 %d %s\r\n", held.status, http.StatusText(held.status))
			_ = held.header.Write(out) // what fails shows when out is flushed
			fmt.Fprint(out, "\r\n")
			if r.Method != http.MethodHead {
				_, _ = held.body.WriteTo(out)
			}
			fmt.Fprint(out, strings.Repeat("~", int(n)))
			if err := out.Flush(); err != nil {
				panic(http.ErrAbortHandler)
			}
		})
	}
}

// heldAnswer keeps an answer.
type heldAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *heldAnswer) Header() http.Header         { return w.header }
func (w *heldAnswer) WriteHeader(status int)      { w.status = status }
func (w *heldAnswer) Write(p []byte) (int, error) { return w.body.Write(p) }

// Visibility is a fault of the creation of a repo: it becomes private or public, whatever was asked for, as on a Hub that does not
// know the field or lets a namespace decide.
func Visibility(private bool) Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var asked map[string]any
			if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			delete(asked, "visibility")
			asked["private"] = private
			body, err := json.Marshal(asked)
			if err != nil {
				panic(err) // of what was JSON
			}
			r = r.Clone(r.Context())
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			next.ServeHTTP(w, r)
		})
	}
}
