package hubtest

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// A session is one run of the suite.
type session struct {
	t               *testing.T // of the step under way
	endpoint, token string
	user, name      string // of the account and of the repo
	repo            string // user/name
	first           string // commit that the creation made
	files           string // commit with the regular files
	large           string // commit with the large file
}

// in makes a subtest of a step.
func (s *session) in(step func(*session)) func(*testing.T) {
	return func(t *testing.T) {
		s.t = t
		step(s)
	}
}

// timeout is for one request; a Hub has longer for a commit.
const timeout = 3 * time.Minute

// hop follows no redirect: where a Hub leads is one of the facts.
var hop = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableCompression: true},
}

// A reply is an answer with its body.
type reply struct {
	*http.Response
	s    *session
	what string // method and path
	body []byte
}

// send does one request and stops the step where there is no answer. path may be a whole URL;
// body is nil, bytes, url.Values for a form, or what becomes JSON. headers are pairs.
func (s *session) send(method, path, token string, body any, headers ...string) reply {
	s.t.Helper()
	address := path
	if strings.HasPrefix(path, "/") {
		address = s.endpoint + path
	}
	what := method + " " + strings.SplitN(path, "?", 2)[0] // a query may be a signature
	var content io.Reader
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case []byte:
		content, kind = bytes.NewReader(b), ""
	case url.Values:
		content, kind = strings.NewReader(b.Encode()), "application/x-www-form-urlencoded"
	default:
		data, err := json.Marshal(b)
		if err != nil {
			s.t.Fatal(err)
		}
		content = bytes.NewReader(data)
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout) // not the test's: it also cleans up
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, address, content)
	if err != nil {
		s.t.Fatalf("%s: the URL is none", what)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if content != nil && kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("User-Agent", "lazymerge/hubtest")
	req.Header.Set("Accept-Encoding", "identity")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := hop.Do(req)
	if err != nil {
		s.t.Fatalf("%s has no answer: %v", what, bare(err))
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatalf("%s: the answer ended early: %v", what, err)
	}
	return reply{resp, s, what, data}
}

// bare leaves the URL out of an error of net/http.
func bare(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

func (s *session) get(path string) reply {
	s.t.Helper()
	return s.send("GET", path, s.token, nil)
}

func (s *session) post(path string, body any) reply {
	s.t.Helper()
	return s.send("POST", path, s.token, body)
}

// status stops the step where the answer has another one.
func (r reply) status(want ...int) {
	r.s.t.Helper()
	for _, w := range want {
		if r.StatusCode == w {
			return
		}
	}
	r.s.t.Fatalf("%s = %d %.300s, want %d", r.what, r.StatusCode, r.body, want)
}

func (r reply) decode(v any) {
	r.s.t.Helper()
	if err := json.Unmarshal(r.body, v); err != nil {
		r.s.t.Fatalf("%s: %.300s is not the JSON it should be: %v", r.what, r.body, err)
	}
}

func (r reply) json(status int, v any) {
	r.s.t.Helper()
	r.status(status)
	r.decode(v)
}

// refused checks an error: its status, its code, "" for any, and that it says something.
func (r reply) refused(status int, code string) {
	r.s.t.Helper()
	if got := r.Header.Get("X-Error-Code"); r.StatusCode != status || code != "" && got != code {
		r.s.t.Errorf("%s = %d, code %q, %.300s; want %d, %q", r.what, r.StatusCode, got, r.body, status, code)
	}
	if r.Request.Method != http.MethodHead && len(r.body) == 0 {
		r.s.t.Errorf("%s = %d without a word", r.what, r.StatusCode)
	}
}

// commit makes one of some lines, each a key and its value, and returns its id.
func (s *session) commit(rev string, header map[string]any, lines ...any) string {
	s.t.Helper()
	var made struct {
		CommitOID, CommitURL string
	}
	s.postCommit(rev, header, lines...).json(200, &made)
	if !isOID(made.CommitOID) || !strings.HasSuffix(made.CommitURL, "/"+s.repo+"/commit/"+made.CommitOID) {
		s.t.Fatalf("the commit is answered %+v", made)
	}
	return made.CommitOID
}

// postCommit takes a revision and what follows it in the URL.
func (s *session) postCommit(rev string, header map[string]any, lines ...any) reply {
	s.t.Helper()
	var b bytes.Buffer
	for i, pairs := 0, append([]any{"header", header}, lines...); i < len(pairs); i += 2 {
		line, err := json.Marshal(map[string]any{"key": pairs[i], "value": pairs[i+1]})
		if err != nil {
			s.t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	return s.send("POST", "/api/models/"+s.repo+"/commit/"+rev, s.token, b.Bytes(), "Content-Type", "application/x-ndjson")
}

func file(path, content string) map[string]any {
	return map[string]any{"path": path, "encoding": "base64", "content": base64.StdEncoding.EncodeToString([]byte(content))}
}

// blob is git's id of a regular file.
func blob(content string) string {
	sum := sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(content), content))
	return hex.EncodeToString(sum[:])
}

func sha256Hex(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// escape makes one segment of a URL's path.
func escape(s string) string { return url.PathEscape(s) }

// tag is an ETag without its quotes and the mark of a weak one.
func tag(s string) string { return strings.Trim(strings.TrimPrefix(s, "W/"), `"`) }

// isOID tells whether s is the id of a git object.
func isOID(s string) bool {
	return len(s) == 40 && strings.Trim(s, "0123456789abcdef") == ""
}
