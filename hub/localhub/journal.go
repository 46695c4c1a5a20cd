package localhub

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
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

// kept is how many requests a journal remembers.
const kept = 1 << 16

// A journal is the latest requests in the order of their arrival.
type journal struct {
	mu      sync.Mutex
	entries []*Request
	leaks   []Request
}

func (j *journal) begin(r *http.Request, storage bool) *Request {
	e := &Request{
		Storage: storage,
		Method:  r.Method,
		Path:    r.URL.EscapedPath(),
		Range:   r.Header.Get("Range"),
		Auth:    r.Header.Get("Authorization") != "",
	}
	if r.URL.RawQuery != "" {
		e.Query = withoutSignature(r.URL.Query())
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.entries) == kept {
		j.entries = slices.Delete(j.entries, 0, kept/2)
	}
	j.entries = append(j.entries, e)
	if storage && e.Auth {
		j.leaks = append(j.leaks, *e)
	}
	return e
}

func (j *journal) note(edit func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	edit()
}

// Log returns the requests so far in the order of their arrival, the latest 32,768 at least.
// A request is in it, with its status and at least the bytes that the client has, before the
// client sees the first byte of the answer.
func (s *Server) Log() []Request {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	all := make([]Request, len(s.journal.entries))
	for i, e := range s.journal.entries {
		all[i] = *e
	}
	return all
}

// Leaks returns the requests that carried an Authorization header to the storage listener.
// Each was answered 400. A correct client has none.
func (s *Server) Leaks() []Request {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return slices.Clone(s.journal.leaks)
}

// journaled records what next answers.
func (s *Server) journaled(storage bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m := &meter{ResponseWriter: w, journal: &s.journal, entry: s.journal.begin(r, storage)}
		r.Body = countedBody{r.Body, m}
		if s.options.Trace != nil {
			defer func() {
				var done Request
				s.journal.note(func() { done = *m.entry })
				s.options.Trace(done)
			}()
		}
		next.ServeHTTP(m, r)
	})
}

// A meter notes what passes before it passes it on, so that the journal is never behind the
// client.
type meter struct {
	http.ResponseWriter
	journal *journal
	entry   *Request
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
