package hub

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// patience ends a try when nothing happens for too long, however large the bodies are. It
// sits directly above the transport, so every try has its own. It also hides redirects from
// http.Client, see hiddenLocation.
type patience struct {
	next    http.RoundTripper
	answer  time.Duration // from the end of the request to the headers of the answer
	silence time.Duration // between two pieces of a body, either way
}

// stalled is the error of a try that ended so. It is a timeout to net.Error's users.
type stalled struct {
	after time.Duration
	what  string // "no answer" or "no data"
}

func (e *stalled) Error() string   { return fmt.Sprintf("%s for %s", e.what, e.after) }
func (e *stalled) Timeout() bool   { return true }
func (e *stalled) Temporary() bool { return true }

func (p patience) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	w := &watch{ctx: ctx, cancel: cancel}
	w.arm(p.answer, "no answer")

	inner := req.WithContext(ctx)
	inner.Body = p.sending(req.Body, req.ContentLength, w)
	if req.GetBody != nil {
		inner.GetBody = func() (io.ReadCloser, error) {
			body, err := req.GetBody()
			return p.sending(body, req.ContentLength, w), err
		}
	}
	resp, err := p.next.RoundTrip(inner)
	if err != nil {
		err = w.explain(err)
		w.stop()
		return nil, err
	}
	if location, ok := resp.Header["Location"]; ok {
		resp.Header[hiddenLocation] = location
		delete(resp.Header, "Location")
	}
	w.arm(p.silence, "no data")
	resp.Body = &watched{body: resp.Body, w: w, done: w.stop, read: func(int) { w.arm(p.silence, "no data") }}
	return resp, nil
}

// hiddenLocation is where the Location header is kept from http.Client, which would read it even though it does
// not follow it, and print a signed URL that it cannot read. Nobody can send a header of this form.
const hiddenLocation = "location"

// sending watches the body of a request: its silence counts until it is out, then the wait for
// the answer.
func (p patience) sending(body io.ReadCloser, size int64, w *watch) io.ReadCloser {
	if body == nil || body == http.NoBody {
		return body
	}
	var sent int64
	return &watched{body: body, w: w, done: func() {}, read: func(n int) {
		if sent += int64(n); sent < size {
			w.arm(p.silence, "no data taken")
		} else {
			w.arm(p.answer, "no answer")
		}
	}}
}

// watch cancels a try when its timer runs out.
type watch struct {
	ctx    context.Context
	cancel context.CancelCauseFunc

	mu     sync.Mutex
	timer  *time.Timer
	reason stalled
	over   bool
}

// arm starts the timer anew.
func (w *watch) arm(d time.Duration, what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reason = stalled{d, what}
	switch {
	case w.over:
	case w.timer == nil:
		w.timer = time.AfterFunc(d, w.fire)
	default:
		w.timer.Reset(d)
	}
}

func (w *watch) fire() {
	w.mu.Lock()
	defer w.mu.Unlock()
	reason := w.reason
	w.cancel(&reason)
}

func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.timer.Stop()
	w.cancel(nil)
}

// explain replaces the error of a try that we ended by the reason.
func (w *watch) explain(err error) error {
	if cause, ok := context.Cause(w.ctx).(*stalled); ok {
		return cause
	}
	return err
}

type watched struct {
	body io.ReadCloser
	w    *watch
	read func(n int)
	done func()
}

func (b *watched) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	if err != nil && err != io.EOF {
		err = b.w.explain(err)
	}
	if n > 0 {
		b.read(n)
	}
	return n, err
}

func (b *watched) Close() error {
	err := b.body.Close()
	b.done()
	return err
}
