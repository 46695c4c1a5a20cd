package traffic

import (
	"io"
	"net/http"
	"time"
)

// What a connection may cost whoever serves it. A person's browser and the clients of the Hub stay
// far below all of these.
const (
	headerTimeout = 30 * time.Second // to say what is wanted
	idleTimeout   = 2 * time.Minute  // between two requests
	leftTimeout   = 5 * time.Second  // for a body that the answer has not waited for
	stallTimeout  = time.Minute      // without a byte of a body, in either direction
	maxHeaders    = 64 << 10         // bytes of a request's line and headers

	// A body also has to come at some rate, or a byte a minute would keep a connection for good.
	slowStart = time.Minute // before the rate counts
	slowRate  = 1 << 10     // bytes a second

	maxConnections = 1024 // at one listener; more wait
)

// paced ends the connections of those who send or take a body too slowly.
func paced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := &pacer{http.NewResponseController(w)}
		p.write()
		body := &pacedBody{ReadCloser: r.Body, pacer: p}
		if r.Body != http.NoBody {
			r.Body = body
		}
		next.ServeHTTP(&pacedWriter{w, p}, r)
		// net/http sends what is left of the answer, after it has read what is left of a short request.
		p.write()
		if r.Body != http.NoBody && !body.ended {
			p.read(time.Now().Add(leftTimeout))
		}
	})
}

// A pacer sets the deadlines of a connection. One that has none, as that of a test, is not paced.
type pacer struct{ control *http.ResponseController }

func (p *pacer) read(until time.Time) { _ = p.control.SetReadDeadline(until) }

func (p *pacer) write() { _ = p.control.SetWriteDeadline(time.Now().Add(stallTimeout)) }

type pacedBody struct {
	io.ReadCloser
	pacer    *pacer
	begun    time.Time // of the first Read
	received int64
	ended    bool
}

func (b *pacedBody) Read(p []byte) (int, error) {
	now := time.Now()
	if b.begun.IsZero() {
		b.begun = now
	}
	deadline, whole := now.Add(stallTimeout), b.begun.Add(slowStart+time.Duration(b.received/slowRate)*time.Second)
	if whole.Before(deadline) {
		deadline = whole
	}
	b.pacer.read(deadline)
	n, err := b.ReadCloser.Read(p)
	b.received += int64(n)
	if err == io.EOF { // what is read from now on only tells whether the client is still there
		b.ended = true
		b.pacer.read(time.Time{})
	}
	return n, err
}

type pacedWriter struct {
	http.ResponseWriter
	pacer *pacer
}

func (w *pacedWriter) WriteHeader(status int) {
	w.pacer.write()
	w.ResponseWriter.WriteHeader(status)
}

func (w *pacedWriter) Write(b []byte) (int, error) {
	w.pacer.write()
	return w.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (w *pacedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
