package localhub_test

import (
	"bytes"
	"errors"
	"io"
	"log"
	"net/http"
	"runtime/metrics"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

func newLog(w io.Writer) *log.Logger { return log.New(&lockedWriter{w: w}, "", 0) }

type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// watchHeap samples how much the heap grows; the result ends it and tells the peak, in bytes.
func watchHeap(t *testing.T) func() uint64 {
	t.Helper()
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	first := sample[0].Value.Uint64()
	var peak uint64
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			metrics.Read(sample)
			if now := sample[0].Value.Uint64(); now > first {
				peak = max(peak, now-first)
			}
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-done
		return peak
	}
}

func putSized(t *testing.T, href string, size int64) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "PUT", href, io.LimitReader(endlessZeros{}, size))
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = size
	resp, err := hop.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 {
		body, _ := io.ReadAll(resp.Body)
		t.Errorf("PUT of %d bytes = %d %s", size, resp.StatusCode, body)
	}
}

// faulty is a server whose requests to the API fail as the test says.
func faulty(t *testing.T, fault localhub.Fault) *localhub.Server {
	t.Helper()
	server, err := localhub.New(localhub.Options{Users: []localhub.User{{Name: "alice", Tokens: []localhub.Token{{Secret: alice, Role: localhub.Write}}}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	server.Fault = func(r *http.Request) localhub.Fault {
		if r.Header.Get("X-Fault") == "" {
			return nil
		}
		return fault
	}
	put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"a": localhub.Text("0123456789"), "w.bin": localhub.Text("0123456789")})
	if err := server.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	return server
}

// do is send without its own idea of an error.
func do(t *testing.T, server *localhub.Server, method, path string, body []byte) (*http.Response, []byte, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, server.URL()+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+alice)
	req.Header.Set("X-Fault", "1")
	resp, err := hop.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp, data, err
}

func TestAnswer(t *testing.T) {
	server := faulty(t, localhub.Answer(429, http.Header{"Ratelimit": {`"api";r=0;t=2`}}, "slow down"))
	resp, body, err := do(t, server, "GET", "/api/models/alice/x", nil)
	if err != nil || resp.StatusCode != 429 || resp.Header.Get("RateLimit") != `"api";r=0;t=2` || string(body) != "slow down" {
		t.Errorf("Answer gives %v %s, %v", resp, body, err)
	}
	if r := send(t, server, "GET", "/api/models/alice/x", alice, nil); r.StatusCode != 200 {
		t.Errorf("a request without a fault = %d", r.StatusCode)
	}
}

func TestBusy(t *testing.T) {
	for seconds, want := range map[int]string{7: "7", 0: "0", -1: ""} {
		server := faulty(t, localhub.Busy(seconds))
		resp, _, err := do(t, server, "GET", "/api/models/alice/x", nil)
		if err != nil || resp.StatusCode != 503 || resp.Header.Get("Retry-After") != want {
			t.Errorf("Busy(%d) gives %v, %v", seconds, resp, err)
		}
	}
}

func TestReset(t *testing.T) {
	server := faulty(t, localhub.Reset())
	before := tip(t, server, "alice/x")
	_, _, err := do(t, server, "POST", "/api/models/alice/x/commit/main", lines(titled("t"), "file", fileLine("b", "x")))
	if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
		t.Errorf("Reset gives %v, want a connection that was reset", err)
	}
	if tip(t, server, "alice/x") != before {
		t.Error("Reset lets the commit happen")
	}
}

func TestLose(t *testing.T) {
	server := faulty(t, localhub.Lose())
	before := tip(t, server, "alice/x")
	if _, _, err := do(t, server, "POST", "/api/models/alice/x/commit/main", lines(titled("t"), "file", fileLine("b", "x"))); err == nil {
		t.Error("Lose lets the answer pass")
	}
	if tip(t, server, "alice/x") == before {
		t.Error("Lose stops the commit")
	}
	log := server.Log()
	if last := log[len(log)-1]; last.Status != 0 || last.Received == 0 {
		t.Errorf("the log has %+v of a lost answer", last)
	}
}

func TestTruncate(t *testing.T) {
	for _, tt := range []struct {
		n    int64
		want string
		cut  bool
	}{{0, "", true}, {3, "012", true}, {9, "012345678", true}, {10, "0123456789", false}, {99, "0123456789", false}} {
		server := faulty(t, localhub.Truncate(tt.n))
		resp, body, err := do(t, server, "GET", "/alice/x/resolve/main/a", nil)
		if resp == nil || resp.StatusCode != 200 || resp.ContentLength != 10 || string(body) != tt.want || errors.Is(err, io.ErrUnexpectedEOF) != tt.cut {
			t.Errorf("Truncate(%d) gives %v, %q, %v; want %q of 10 bytes", tt.n, resp, body, err, tt.want)
		}
		log := server.Log()
		if last := log[len(log)-1]; last.Sent != int64(len(tt.want)) || last.Status != 200 {
			t.Errorf("Truncate(%d): the log has %+v", tt.n, last)
		}
	}
}

// A fault may also meet what is sent to storage.
func TestFaultOfStorage(t *testing.T) {
	server := faulty(t, localhub.Busy(1))
	location := send(t, server, "HEAD", "/alice/x/resolve/main/w.bin", anonymous, nil).Header.Get("Location")
	if r := send(t, server, "GET", location, "", nil, "X-Fault", "1"); r.StatusCode != 503 {
		t.Errorf("a faulty storage answers %d", r.StatusCode)
	}
	if r := send(t, server, "GET", location, "", nil); string(r.body) != "0123456789" {
		t.Errorf("storage answers %d %s", r.StatusCode, r.body)
	}
}

func TestLog(t *testing.T) {
	var mu sync.Mutex
	var traced []localhub.Request
	server := start(t, localhub.Options{Trace: func(r localhub.Request) {
		mu.Lock()
		defer mu.Unlock()
		traced = append(traced, r)
	}})
	put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"a b.txt": localhub.Text("0123456789"), "w.bin": localhub.Text("weights")})
	send(t, server, "GET", "/alice/x/resolve/main/a%20b.txt", alice, nil, "Range", "bytes=2-4")
	send(t, server, "HEAD", "/alice/x/resolve/main/a%20b.txt?download=1", anonymous, nil)
	location := send(t, server, "HEAD", "/alice/x/resolve/main/w.bin", alice, nil).Header.Get("Location")
	send(t, server, "GET", location, "", nil)
	send(t, server, "GET", "/api/models/alice/none", alice, nil)
	upload(t, server, "alice/x", alice, "content")
	log := server.Log()
	oid := "/" + sha("weights")
	want := []localhub.Request{
		{Method: "GET", Path: "/alice/x/resolve/main/a%20b.txt", Range: "bytes=2-4", Auth: true, Status: 206, Sent: 3},
		{Method: "HEAD", Path: "/alice/x/resolve/main/a%20b.txt", Status: 200},
		{Method: "HEAD", Path: "/alice/x/resolve/main/w.bin", Auth: true, Status: 302},
		{Storage: true, Method: "GET", Path: oid, Status: 200, Sent: 7},
		{Method: "GET", Path: "/api/models/alice/none", Auth: true, Status: 404},
		{Method: "POST", Path: "/alice/x.git/info/lfs/objects/batch", Auth: true, Status: 200},
		{Storage: true, Method: "PUT", Path: "/" + sha("content"), Status: 200, Received: 7},
	}
	if len(log) != len(want) {
		t.Fatalf("the log has %+v", log)
	}
	for i, w := range want {
		g := log[i]
		if g.Storage != w.Storage || g.Method != w.Method || !strings.HasSuffix(g.Path, w.Path) || g.Range != w.Range || g.Auth != w.Auth || g.Status != w.Status ||
			w.Sent != 0 && g.Sent != w.Sent || w.Method == "HEAD" && g.Sent != 0 || w.Received != 0 && g.Received != w.Received {
			t.Errorf("request %d is %+v, want %+v", i, g, w)
		}
		for name, values := range g.Query {
			if name == "Signature" || strings.Contains(strings.Join(values, ""), "hf_") {
				t.Errorf("request %d has %s=%q in the log", i, name, values)
			}
		}
	}
	if log[1].Query.Get("download") != "1" || log[3].Query.Get("Expires") == "" {
		t.Errorf("queries are %v and %v", log[1].Query, log[3].Query)
	}
	deadline := time.Now().Add(5 * time.Second)
	for count := 0; count < len(want); time.Sleep(time.Millisecond) {
		mu.Lock()
		count = len(traced)
		mu.Unlock()
		if time.Now().After(deadline) {
			t.Fatalf("traced are %+v", traced)
		}
	}
}

// No token is ever in an answer, whatever is asked with it.
func TestTokensAreNotEchoed(t *testing.T) {
	var log bytes.Buffer
	server := start(t, localhub.Options{ErrorLog: newLog(&log)})
	put(t, server, "alice/x", localhub.RepoOptions{}, nil)
	for _, token := range []string{alice, "hf_secretnobodyhas"} {
		for _, path := range []string{"/api/whoami-v2", "/api/models/alice/none", "/alice/x/resolve/main/none", "/api/models/alice/x/commit/main"} {
			r := send(t, server, "POST", path, token, nil)
			if bytes.Contains(r.body, []byte(token)) || strings.Contains(strings.Join(append(r.Header["X-Error-Message"], r.Header["Location"]...), ""), token) {
				t.Errorf("POST %s echoes the token: %s", path, r.body)
			}
		}
	}
	if strings.Contains(log.String(), "hf_") {
		t.Errorf("the log has a token: %s", &log)
	}
}

// The second listener can be told from the first.
func TestOnStorage(t *testing.T) {
	server, err := localhub.New(localhub.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	server.Fault = localhub.Always(localhub.On("GET", "storage:/-/lfs/"), localhub.Busy(0))
	put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"w.bin": localhub.Text("w")})
	if err := server.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	r := send(t, server, "GET", "/alice/x/resolve/main/w.bin", anonymous, nil)
	if r.StatusCode != 302 {
		t.Errorf("the API answers %d", r.StatusCode)
	}
	if r := send(t, server, "GET", r.Header.Get("Location"), anonymous, nil); r.StatusCode != 503 {
		t.Errorf("storage answers %d", r.StatusCode)
	}
}
