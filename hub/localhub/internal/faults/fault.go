// Package faults makes requests fail in the ways that a network, a gateway or a Hub has, and says which ones.
package faults

import (
	"io"
	"maps"
	"net/http"
	"strconv"
)

// A Fault makes one request fail: it gets the handler that would have answered and returns
// the one that does. nil is no fault. A test may write its own; these are the common ones.
//
// A fault that ends the connection does so by panicking with http.ErrAbortHandler.
type Fault func(next http.Handler) http.Handler

// Answer is a fault that answers with a status, header fields and a body instead.
func Answer(status int, header http.Header, body string) Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			maps.Copy(w.Header(), header)
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			w.WriteHeader(status)
			w.Write([]byte(body))
		})
	}
}

// Busy is a fault that answers 503 with the Retry-After header, in whole seconds; none where
// seconds is negative.
func Busy(seconds int) Fault {
	header := http.Header{"Content-Type": {"text/plain; charset=utf-8"}}
	if seconds >= 0 {
		header.Set("Retry-After", strconv.Itoa(seconds))
	}
	return Answer(http.StatusServiceUnavailable, header, "Service Temporarily Unavailable")
}

// Reset is a fault that ends the connection with a TCP reset and without an answer. The
// request has no effect.
func Reset() Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { reset(w) })
	}
}

// Lose is a fault that does what the request asks, and then ends the connection with a TCP
// reset in place of the answer.
func Lose() Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(&lostAnswer{header: make(http.Header)}, r)
			reset(w)
		})
	}
}

// Truncate is a fault that ends the connection after n bytes of the answer's body, whatever
// Content-Length had promised. A shorter body is not changed.
func Truncate(n int64) Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(&cutWriter{ResponseWriter: w, left: n, end: func() { panic(http.ErrAbortHandler) }}, r)
		})
	}
}

// Stall is a fault that takes the request and never answers; the request has no effect. It
// ends when the client or the server ends the connection.
func Stall() Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // the end of the connection is seen only after the body
			<-r.Context().Done()
			panic(http.ErrAbortHandler)
		})
	}
}

// StallAfter is a fault that sends n bytes of the answer's body and then nothing more, on a
// connection that stays open. A shorter body is not changed.
func StallAfter(n int64) Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(&cutWriter{ResponseWriter: w, left: n, end: func() {
				<-r.Context().Done()
				panic(http.ErrAbortHandler)
			}}, r)
		})
	}
}

// reset ends the connection so that the client sees a reset and no orderly end.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if c, ok := conn.(interface{ SetLinger(seconds int) error }); ok { // a TCP connection, or a test's
		_ = c.SetLinger(0)
	}
	conn.Close()
}

type lostAnswer struct{ header http.Header }

func (w *lostAnswer) Header() http.Header         { return w.header }
func (w *lostAnswer) WriteHeader(int)             {}
func (w *lostAnswer) Write(p []byte) (int, error) { return len(p), nil }

type cutWriter struct {
	http.ResponseWriter
	left int64
	end  func() // called when all that is left has been sent
}

func (w *cutWriter) Write(p []byte) (int, error) {
	if int64(len(p)) <= w.left {
		w.left -= int64(len(p))
		return w.ResponseWriter.Write(p)
	}
	w.ResponseWriter.Write(p[:w.left])
	http.NewResponseController(w.ResponseWriter).Flush()
	w.end()
	return 0, io.ErrShortWrite
}
