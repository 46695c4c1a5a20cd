package faults

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// A changed answer has its header edited before it is sent, and its body passed through body.
type changed struct {
	http.ResponseWriter
	edit func(http.Header)
	body io.Writer // nil is the answer's own
	sent bool
}

func (c *changed) WriteHeader(status int) {
	if !c.sent {
		c.sent = true
		c.edit(c.Header())
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *changed) Write(p []byte) (int, error) {
	if !c.sent {
		c.WriteHeader(http.StatusOK)
	}
	if c.body != nil {
		return c.body.Write(p)
	}
	return c.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (c *changed) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// Header is a fault that lets edit change the header of the answer.
func Header(edit func(http.Header)) Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(&changed{ResponseWriter: w, edit: edit}, r)
		})
	}
}

// WithoutHeader is a fault that leaves a field out of the answer's header.
func WithoutHeader(name string) Fault { return Header(func(h http.Header) { h.Del(name) }) }

// OtherTag is a fault that gives other ETags than the file has, of the same form: the file has
// changed behind the client's back.
func OtherTag() Fault {
	return Header(func(h http.Header) {
		for _, name := range []string{"ETag", "X-Linked-Etag"} {
			if tag := h.Get(name); tag != "" {
				h.Set(name, otherHex(tag))
			}
		}
	})
}

// OtherCommit is a fault that names another commit than the one that was asked for.
func OtherCommit() Fault {
	return Header(func(h http.Header) {
		if commit := h.Get("X-Repo-Commit"); commit != "" {
			h.Set("X-Repo-Commit", otherHex(commit))
		}
	})
}

// otherHex changes the hexadecimal digits of s and keeps the rest.
func otherHex(s string) string {
	const digits = "0123456789abcdef"
	return strings.Map(func(r rune) rune {
		if i := strings.IndexRune(digits, r); i >= 0 {
			return rune(digits[15-i])
		}
		return r
	}, s)
}

// Resize is a fault that makes the answer's body by bytes bytes longer, with zeros at its end,
// or shorter where by is negative, and announces that length: nothing looks cut. An answer
// without a Content-Length, or with one that is too small, is not changed.
func Resize(by int64) Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c := &changed{ResponseWriter: w}
			var left, zeros int64
			c.edit = func(h http.Header) {
				length, err := strconv.ParseInt(h.Get("Content-Length"), 10, 64)
				if err != nil || length+by < 0 {
					return
				}
				h.Set("Content-Length", strconv.FormatInt(length+by, 10))
				left, zeros = min(length, length+by), max(by, 0)
				c.body = writerFunc(func(p []byte) (int, error) {
					some := p[:min(int64(len(p)), left)]
					left -= int64(len(some))
					if _, err := w.Write(some); err != nil {
						return 0, err
					}
					return len(p), nil
				})
			}
			next.ServeHTTP(c, r)
			w.Write(make([]byte, zeros))
		})
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// IgnoreRange is a fault that answers a range request with the whole, and 200.
func IgnoreRange() Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r = r.Clone(r.Context())
			r.Header.Del("Range")
			next.ServeHTTP(w, r)
		})
	}
}

// OtherRange is a fault that answers a range request with its neighbor: the range that starts
// one byte earlier, or at the start of the file one later. Both are of the same length unless
// the file ends there.
func OtherRange() Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var first, last int64
			if n, _ := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &first, &last); n == 2 {
				by := int64(-1)
				if first == 0 {
					by = 1
				}
				r = r.Clone(r.Context())
				r.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", first+by, last+by))
			}
			next.ServeHTTP(w, r)
		})
	}
}

// Gzip is a fault that compresses the answer, although nobody asked for it.
func Gzip() Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			packed := gzip.NewWriter(w)
			next.ServeHTTP(&changed{ResponseWriter: w, body: packed, edit: func(h http.Header) {
				h.Del("Content-Length")
				h.Set("Content-Encoding", "gzip")
			}}, r)
			if r.Method != http.MethodHead {
				_ = packed.Close() // into memory
			}
		})
	}
}
