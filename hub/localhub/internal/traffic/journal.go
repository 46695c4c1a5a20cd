package traffic

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/signed"
)

// Request is one request that a Server has had. It has no token and no signature in it.
type Request struct {
	Storage  bool       // of the storage listener, not the API
	Method   string     // as sent
	Path     string     // as sent, escaped
	Query    url.Values // without the signature; nil where there is none
	Range    string     // the Range header
	Auth     bool       // there was an Authorization header
	Status   int        // of the answer; 0 where none was given, or not yet
	Sent     int64      // bytes of the answer's body
	Received int64      // bytes of the request's body
}

// How much a journal remembers: of requests, of what they carried in bytes, and of leaks. Whoever
// can send requests, and that may be anybody, decides how long each is.
const (
	kept      = 1 << 16
	keptBytes = 16 << 20
	keptLeaks = 1 << 10
)

// A Journal is the latest requests in the order of their arrival.
type Journal struct {
	mu      sync.Mutex
	entries []*entry
	bytes   int // of the entries' texts
	leaks   []Request
}

// An entry is a request whose query, a map that may be many times as large as its text, is a text.
type entry struct {
	Request
	query string
}

func (e *entry) bytes() int { return len(e.Method) + len(e.Path) + len(e.Range) + len(e.query) }

func (e *entry) request() Request {
	r := e.Request
	if e.query != "" {
		r.Query, _ = url.ParseQuery(e.query) // it has been encoded here
	}
	return r
}

func (j *Journal) begin(r *http.Request, apart bool) *entry {
	storage := ToStorage(r)
	e := &entry{Request: Request{
		Storage: storage,
		Method:  strings.Clone(r.Method), // a part of something larger, as the path
		Path:    strings.Clone(r.URL.EscapedPath()),
		Range:   strings.Clone(r.Header.Get("Range")),
		Auth:    r.Header.Get("Authorization") != "",
	}}
	if r.URL.RawQuery != "" {
		e.query = signed.Bare(r.URL.Query()).Encode()
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, e)
	j.bytes += e.bytes()
	j.forget()
	if storage && apart && e.Auth && len(j.leaks) < keptLeaks {
		j.leaks = append(j.leaks, e.request())
	}
	return e
}

// forget drops the older half of the entries, more than once where that is not enough. The latest
// stays. The caller holds j.mu.
func (j *Journal) forget() {
	for len(j.entries) > 1 && (len(j.entries) > kept || j.bytes > keptBytes) {
		half := len(j.entries) / 2
		for _, e := range j.entries[:half] {
			j.bytes -= e.bytes()
		}
		j.entries = slices.Delete(j.entries, 0, half)
	}
}

func (j *Journal) note(edit func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	edit()
}

// Log returns the requests so far in the order of their arrival, as far as they are kept.
func (j *Journal) Log() []Request {
	j.mu.Lock()
	defer j.mu.Unlock()
	all := make([]Request, len(j.entries))
	for i, e := range j.entries {
		all[i] = e.request()
	}
	return all
}

// Leaks returns the requests that carried an Authorization header to a storage listener of its own.
func (j *Journal) Leaks() []Request {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.leaks)
}

// Record enters what next answers. apart is whether storage has a listener of its own, and trace, unless
// nil, is called after each answer.
func (j *Journal) Record(next http.Handler, apart bool, trace func(Request)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m := &meter{ResponseWriter: w, journal: j, entry: j.begin(r, apart)}
		r.Body = countedBody{r.Body, m}
		if trace != nil {
			defer func() {
				var done Request
				j.note(func() { done = m.entry.request() })
				trace(done)
			}()
		}
		next.ServeHTTP(m, r)
	})
}

// A meter notes what passes before it passes it on, so that the journal is never behind the
// client.
type meter struct {
	http.ResponseWriter
	journal *Journal
	entry   *entry
}

func (m *meter) WriteHeader(status int) {
	m.journal.note(func() {
		if m.entry.Status == 0 {
			m.entry.Status = status
		}
	})
	m.ResponseWriter.WriteHeader(status)
}

func (m *meter) Write(p []byte) (int, error) {
	bodiless := m.entry.Method == http.MethodHead
	m.journal.note(func() {
		if m.entry.Status == 0 {
			m.entry.Status = http.StatusOK
		}
		if !bodiless {
			m.entry.Sent += int64(len(p))
		}
	})
	n, err := m.ResponseWriter.Write(p)
	if n < len(p) && !bodiless {
		m.journal.note(func() { m.entry.Sent -= int64(len(p) - n) })
	}
	return n, err
}

// Unwrap is for http.ResponseController.
func (m *meter) Unwrap() http.ResponseWriter { return m.ResponseWriter }

type countedBody struct {
	io.ReadCloser
	m *meter
}

func (b countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.m.journal.note(func() { b.m.entry.Received += int64(n) })
	}
	return n, err
}
