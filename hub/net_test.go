package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// What must never be seen in an error or a notice.
const (
	testToken = "hf_QQtesttokenQQ0123456789"
	signature = "SIGNATURE0xSECRET"
)

// A network is one in memory: http.Servers over pipes, so that a test can run in a synctest
// bubble, where waits take no time and a connection can still be cut, stalled or refused.
type network struct {
	t        *testing.T
	server   *http.Server
	conns    chan net.Conn
	closed   chan struct{}
	hosts    map[string]http.Handler
	fault    func(w http.ResponseWriter, r *http.Request) bool // true: it has answered
	dial     func(host string) error
	pipes    *http.Transport
	mu       sync.Mutex
	requests []request
	notices  []string
}

// A request is what a server saw.
type request struct {
	line  string // "GET hub.test/path"
	query string
	rng   string // of the Range header
	token string // of the Authorization header
	agent string
	body  string
}

// bubble runs a test in a synctest bubble with a network of its own.
func bubble(t *testing.T, f func(t *testing.T, n *network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := &network{t: t, conns: make(chan net.Conn), closed: make(chan struct{}), hosts: map[string]http.Handler{}}
		over, end := context.WithCancel(t.Context()) // for handlers that hang
		n.server = &http.Server{Handler: http.HandlerFunc(n.serve), BaseContext: func(net.Listener) context.Context { return over }, IdleTimeout: 10 * time.Second}
		done := make(chan struct{})
		go func() { defer close(done); n.server.Serve(n) }()
		n.pipes = newTransport(Proxies{})
		n.pipes.DialContext = n.connect
		defer func() {
			end()
			n.pipes.CloseIdleConnections()
			n.server.Close()
			<-done
			time.Sleep(time.Second) // a server's connection lingers for half of that
		}()
		f(t, n)
		for _, notice := range n.said() {
			clean(t, "notice", notice)
		}
	})
}

// said is what a person has been told so far.
func (n *network) said() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.notices)
}

// client makes a client of http://hub.test with a token.
func (n *network) client() *Client {
	return &Client{
		Endpoint:  "http://hub.test",
		Token:     func() string { return testToken },
		TokenFrom: "HF_TOKEN",
		UserAgent: "lazymerge/test",
		HTTP:      n.pipes,
		Notice: func(s string) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.notices = append(n.notices, s)
		},
	}
}

func (n *network) connect(ctx context.Context, _, addr string) (net.Conn, error) {
	host, _, _ := net.SplitHostPort(addr)
	if n.dial != nil {
		if err := n.dial(host); err != nil {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: err}
		}
	}
	if n.hosts[host] == nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
	}
	near, far := net.Pipe()
	select {
	case n.conns <- far:
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept, Close and Addr make a network its server's listener.
func (n *network) Accept() (net.Conn, error) {
	select {
	case c := <-n.conns:
		return c, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error {
	select {
	case <-n.closed:
	default:
		close(n.closed)
	}
	return nil
}

func (n *network) Addr() net.Addr { return &net.UnixAddr{Name: "network"} }

func (n *network) serve(w http.ResponseWriter, r *http.Request) {
	seen := request{
		line:  r.Method + " " + r.Host + r.URL.EscapedPath(),
		query: r.URL.RawQuery,
		rng:   r.Header.Get("Range"),
		token: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "),
		agent: r.Header.Get("User-Agent"),
	}
	if enc := r.Header.Get("Accept-Encoding"); enc != "identity" {
		n.t.Errorf("%s: Accept-Encoding %q, want identity", seen.line, enc)
	}
	if r.Method != http.MethodGet && r.ContentLength < 0 {
		n.t.Errorf("%s: body without Content-Length", seen.line)
	}
	if r.Method != http.MethodPut { // a fault in the middle of a PUT reads for itself
		data, _ := io.ReadAll(r.Body)
		seen.body = string(data)
		r.Body = io.NopCloser(strings.NewReader(seen.body))
	}
	if !strings.HasPrefix(r.Host, "hub.") && seen.token != "" {
		n.t.Errorf("%s: the token has reached another host than the Hub", seen.line)
	}
	n.mu.Lock()
	n.requests = append(n.requests, seen)
	fault := n.fault
	n.mu.Unlock()
	if fault != nil && fault(w, r) {
		return
	}
	handler := n.hosts[r.Host]
	if handler == nil {
		http.NotFound(w, r)
		return
	}
	handler.ServeHTTP(w, r)
}

// lines returns the requests so far, "GET host/path" each, and forgets them.
func (n *network) lines() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var lines []string
	for _, r := range n.requests {
		lines = append(lines, r.line)
	}
	n.requests = nil
	return lines
}

// count tells how many requests have a line that ends so.
func (n *network) count(suffix string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	count := 0
	for _, r := range n.requests {
		if strings.HasSuffix(r.line, suffix) {
			count++
		}
	}
	return count
}

// failTimes makes the first times requests whose path contains part fail with f.
func (n *network) failTimes(part string, times int, f func(w http.ResponseWriter, r *http.Request)) {
	var mu sync.Mutex
	n.mu.Lock()
	defer n.mu.Unlock()
	before := n.fault
	n.fault = func(w http.ResponseWriter, r *http.Request) bool {
		if before != nil && before(w, r) {
			return true
		}
		if !strings.Contains(r.Host+r.URL.Path, part) {
			return false
		}
		mu.Lock()
		fail := times > 0
		times--
		mu.Unlock()
		if fail {
			f(w, r)
		}
		return fail
	}
}

// always is failTimes without an end.
const always = 1 << 30

// status answers with a status and headers, given as "Key: value".
func status(code int, body string, headers ...string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, h := range headers {
			key, value, _ := strings.Cut(h, ": ")
			w.Header().Add(key, value)
		}
		w.WriteHeader(code)
		io.WriteString(w, body)
	}
}

// cut closes the connection after some bytes of an answer that announces more.
func cut(head string, body string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		if head != "" {
			io.WriteString(conn, strings.ReplaceAll(head, "\n", "\r\n")+"\r\n\r\n"+body)
		}
	}
}

// hang never answers.
func hang(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// clean checks that a text for a person holds no secret, no page and no second line.
func clean(t *testing.T, what, text string) {
	t.Helper()
	for _, secret := range []string{testToken, testToken[8:20], signature, "Bearer", "sig=", "\n", "<html"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s holds %q: %s", what, secret, text)
		}
	}
}

// cleanChain checks an error and all that it wraps.
func cleanChain(t *testing.T, err error) {
	t.Helper()
	clean(t, fmt.Sprintf("error of type %T", err), err.Error())
	switch e := err.(type) { //nolint:errorlint // it goes from one error to the next itself
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			cleanChain(t, inner)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			cleanChain(t, inner)
		}
	}
}

// wantError checks an error's text for parts, and it and all that it wraps for secrets.
func wantError(t *testing.T, err error, is error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	cleanChain(t, err)
	if is != nil && !errors.Is(err, is) {
		t.Errorf("error %q is not %q", err, is)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not have %q", err, part)
		}
	}
}

// within checks how long something took on the bubble's clock.
func within(t *testing.T, start time.Time, low, high time.Duration) {
	t.Helper()
	if took := time.Since(start); took < low || took > high {
		t.Errorf("took %s, want %s to %s", took, low, high)
	}
}

// TestMain keeps net/http from telling of the servers that break HTTP here.
func TestMain(m *testing.M) {
	log.SetOutput(io.Discard)
	os.Exit(m.Run())
}
