package hub

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// A body that moves fewer bytes than slowBytes in slowTime, while more of it is due, has stalled.
const (
	slowBytes = 64 << 10
	slowTime  = time.Minute
)

const (
	wholeTimeout = 10 * time.Minute // for an answer that is held in memory
	wordsTimeout = 10 * time.Second // for what a refusal or redirect says; without it we know enough
	firstNotice  = 15 * time.Second // of a wait before a person is told, and again each nextNotice
	nextNotice   = 30 * time.Second
)

// patience ends a try when nothing or too little happens for too long, however large the bodies are, and tells of long
// waits. It sits directly above the transport, so every try has its own. It also hides redirects from
// http.Client, see hiddenLocation.
type patience struct {
	next    http.RoundTripper
	answer  time.Duration                           // from the end of the request to the headers of the answer
	silence time.Duration                           // between two pieces of a body, either way
	whole   time.Duration                           // for the body of an answer; 0 where it may be of any size
	tell    func(waited time.Duration, bytes int64) // of a wait that takes long, and how much of a body has moved; nil is silent
}

// stalled is the error of a try that ended so. It is a timeout to net.Error's users.
type stalled struct {
	after time.Duration
	what  string // "no answer for", "only 60 bytes in"
}

func (e *stalled) Error() string   { return fmt.Sprintf("%s %s", e.what, e.after) }
func (e *stalled) Timeout() bool   { return true }
func (e *stalled) Temporary() bool { return true }

// A phase is what a try waits for.
type phase struct {
	limit  time.Duration // in total; 0 is none
	late   string        // what is said where that has passed
	silent string        // what is said of a silence within a body; "" is no body
	always bool          // a long wait is told of even where enough bytes move
	buffer bool          // pieces of a body go into a buffer of the system, which takes none for a while on a slow link
}

func (p patience) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	w := &watch{patience: p, ctx: ctx, cancel: cancel, asked: &phase{limit: p.answer, late: "no answer for"}}
	w.begin(w.asked)

	inner := req.WithContext(ctx)
	inner.Body = w.sending(req.Body, req.ContentLength)
	if req.GetBody != nil {
		inner.GetBody = func() (io.ReadCloser, error) {
			body, err := req.GetBody()
			return w.sending(body, req.ContentLength), err
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
	body := &phase{limit: p.whole, late: "not complete after", silent: "no data for", always: p.whole > 0}
	if resp.StatusCode >= 300 {
		body.limit = wordsTimeout
	}
	w.begin(body)
	resp.Body = &watched{body: resp.Body, w: w, moved: func(n int) { w.move(body, n) }, done: w.stop}
	return resp, nil
}

// hiddenLocation is where the Location header is kept from http.Client, which would read it even though it does
// not follow it, and print a signed URL that it cannot read. Nobody can send a header of this form.
const hiddenLocation = "location"

// watch cancels a try when it waits too long.
type watch struct {
	patience
	ctx    context.Context
	cancel context.CancelCauseFunc
	asked  *phase // all is sent, or nothing yet

	mu    sync.Mutex
	timer *time.Timer
	over  bool

	now    *phase
	since  time.Time // the phase began
	last   time.Time // a piece moved
	bytes  int64     // that moved in the phase
	mark   time.Time // the time that slowBytes are counted in began
	marked int64     // bytes at that time
	notice time.Time // the next one
	noted  int64     // bytes at the last one
}

// begin starts a phase.
func (w *watch) begin(next *phase) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.enter(next)
}

// enter is begin for who holds the lock.
func (w *watch) enter(next *phase) {
	if w.over {
		return
	}
	t := time.Now()
	w.now, w.since, w.last, w.mark, w.notice = next, t, t, t, t.Add(firstNotice)
	w.bytes, w.marked, w.noted = 0, 0, 0
	w.arm(t)
}

// move counts bytes that moved in a phase, if it still runs.
func (w *watch) move(in *phase, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.now == in {
		w.last = time.Now()
		w.bytes += int64(n)
	}
}

// change goes from one phase to another, if the first still runs: the transport may send a body after its answer is here.
func (w *watch) change(from, to *phase) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.now == from {
		w.enter(to)
	}
}

// window is the time in which slowBytes should move.
func (w *watch) window() time.Duration { return max(slowTime, w.silence) }

// quiet is the longest silence of the phase. The buffer between us and a slow link, of some MB, may take that long to have room again.
func (w *watch) quiet() time.Duration {
	if w.now.buffer {
		return w.window()
	}
	return w.silence
}

// arm sets the timer to the next time at which something may have to be done.
func (w *watch) arm(t time.Time) {
	next := w.notice
	sooner := func(at time.Time) {
		if at.Before(next) {
			next = at
		}
	}
	if w.now.limit > 0 {
		sooner(w.since.Add(w.now.limit))
	}
	if w.now.silent != "" {
		sooner(w.last.Add(w.quiet()))
		sooner(w.mark.Add(w.window()))
	}
	if w.timer == nil {
		w.timer = time.AfterFunc(next.Sub(t), w.fire)
	} else {
		w.timer.Reset(next.Sub(t))
	}
}

// late says why the try ends, or nil.
func (w *watch) late(t time.Time) *stalled {
	past := func(start time.Time, d time.Duration) bool { return !t.Before(start.Add(d)) }
	switch {
	case w.now.limit > 0 && past(w.since, w.now.limit):
		return &stalled{w.now.limit, w.now.late}
	case w.now.silent == "":
	case past(w.last, w.quiet()):
		return &stalled{w.quiet(), w.now.silent}
	case past(w.mark, w.window()):
		if n := w.bytes - w.marked; n < slowBytes {
			return &stalled{w.window(), fmt.Sprintf("only %d bytes in", n)}
		}
		w.mark, w.marked = t, w.bytes
	}
	return nil
}

func (w *watch) fire() {
	w.mu.Lock()
	t := time.Now()
	if w.over {
		w.mu.Unlock()
		return
	}
	if reason := w.late(t); reason != nil {
		w.cancel(reason)
		w.mu.Unlock()
		return
	}
	tell := false
	if !t.Before(w.notice) {
		tell = w.tell != nil && (w.now.always || w.bytes-w.noted < slowBytes/4)
		w.notice, w.noted = t.Add(nextNotice), w.bytes
	}
	waited, bytes := t.Sub(w.since), w.bytes
	w.arm(t)
	w.mu.Unlock()
	if tell {
		w.tell(waited, bytes)
	}
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
	if cause, ok := context.Cause(w.ctx).(*stalled); ok { //nolint:errorlint // what ended the caller's context may wrap the stall of another try
		return cause
	}
	return err
}

// sending watches the body of a request until all size bytes of it are out; then the wait for the answer starts.
func (w *watch) sending(body io.ReadCloser, size int64) io.ReadCloser {
	if body == nil || body == http.NoBody {
		return body
	}
	out := &phase{silent: "no data taken for", buffer: true}
	var sent int64
	return &watched{body: body, w: w, done: func() {},
		start: func() {
			if sent == 0 {
				w.change(w.asked, out)
			}
		},
		moved: func(n int) {
			w.move(out, n)
			if sent += int64(n); sent >= size {
				w.change(out, w.asked)
			}
		},
	}
}

type watched struct {
	body  io.ReadCloser
	w     *watch
	start func()      // before a piece; may be nil
	moved func(n int) // after it
	done  func()
}

func (b *watched) Read(p []byte) (int, error) {
	if b.start != nil {
		b.start()
	}
	n, err := b.body.Read(p)
	if n > 0 {
		b.moved(n)
	}
	if err == nil || err == io.EOF {
		return n, err
	}
	return n, b.w.explain(err)
}

func (b *watched) Close() error {
	err := b.body.Close()
	b.done()
	return err
}
