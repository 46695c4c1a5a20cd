package faults

import (
	"context"
	"io"
	"net/http"
	"time"
)

// Drip is a fault that sends the answer's body n bytes a second, the first of them at once. It ends early when the
// client or the server ends the connection.
func Drip(n int64) Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(&dripping{ResponseWriter: w, ctx: r.Context(), n: n}, r)
		})
	}
}

// Sip is a fault that takes the request's body n bytes a second. What the connection holds on the way is taken from the
// client beforehand.
func Sip(n int64) Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Body = &sipping{ReadCloser: r.Body, ctx: r.Context(), n: n}
			next.ServeHTTP(w, r)
		})
	}
}

// aSecond waits for one, and tells whether ctx is still good.
func aSecond(ctx context.Context) bool {
	t := time.NewTimer(time.Second)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

type dripping struct {
	http.ResponseWriter
	ctx  context.Context // of the request
	n    int64
	sent bool // something
}

func (d *dripping) Write(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		if d.sent && !aSecond(d.ctx) {
			panic(http.ErrAbortHandler)
		}
		d.sent = true
		some := p[written:min(int64(len(p)), int64(written)+d.n)]
		n, err := d.ResponseWriter.Write(some)
		written += n
		if err != nil {
			return written, err
		}
		if err := http.NewResponseController(d.ResponseWriter).Flush(); err != nil {
			return written, err
		}
	}
	return written, nil
}

// Unwrap is for http.ResponseController.
func (d *dripping) Unwrap() http.ResponseWriter { return d.ResponseWriter }

type sipping struct {
	io.ReadCloser
	ctx context.Context // of the request
	n   int64
}

func (s *sipping) Read(p []byte) (int, error) {
	if !aSecond(s.ctx) {
		return 0, s.ctx.Err()
	}
	return s.ReadCloser.Read(p[:min(int64(len(p)), s.n)])
}
