package localhub_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

// storeModes are the two places where a Server keeps its repos.
var storeModes = []struct {
	name    string
	options func(t *testing.T) localhub.Options
}{
	{"memory", func(t *testing.T) localhub.Options { return localhub.Options{} }},
	{"folder", func(t *testing.T) localhub.Options { return localhub.Options{Root: t.TempDir()} }},
}

// The tokens of the users that start adds where a test names none.
const (
	alice       = "hf_alice"       // may write to alice and acme
	aliceReader = "hf_alicereader" // the same user, read only
	bob         = "hf_bob"         // may write to bob
	anonymous   = ""
)

func start(t testing.TB, opts localhub.Options) *localhub.Server {
	t.Helper()
	if opts.Users == nil {
		opts.Users = []localhub.User{
			{Name: "alice", Orgs: []string{"acme"}, Tokens: []localhub.Token{
				{Secret: alice, Role: localhub.Write},
				{Secret: aliceReader, Role: localhub.Read},
			}},
			{Name: "bob", Tokens: []localhub.Token{{Secret: bob, Role: localhub.Write}}},
		}
	}
	if opts.Now == nil {
		opts.Now = func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }
	}
	server, err := localhub.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	if err := server.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	return server
}

func put(t testing.TB, server *localhub.Server, id string, opts localhub.RepoOptions, files map[string]localhub.Content) string {
	t.Helper()
	commit, err := server.PutRepo(id, opts, files)
	if err != nil {
		t.Fatalf("PutRepo(%q) = %v", id, err)
	}
	return commit
}

// A reply is an answer whose body was read.
type reply struct {
	*http.Response
	body []byte
	err  error // of the body
}

func (r reply) json(t testing.TB, v any) {
	t.Helper()
	if r.StatusCode != http.StatusOK {
		t.Fatalf("%s %s = %d %s", r.Request.Method, r.Request.URL, r.StatusCode, r.body)
	}
	if err := json.Unmarshal(r.body, v); err != nil {
		t.Fatalf("%s %s = %s: %v", r.Request.Method, r.Request.URL, r.body, err)
	}
}

// wantError checks status, code, and that header and body agree on the message.
func (r reply) wantError(t testing.TB, status int, code, message string) {
	t.Helper()
	var body struct{ Error string }
	json.Unmarshal(r.body, &body)
	got := r.Header.Get("X-Error-Message")
	if r.StatusCode != status || r.Header.Get("X-Error-Code") != code || !strings.Contains(got, message) {
		t.Errorf("%s %s = %d, code %q, message %q; want %d, %q, %q",
			r.Request.Method, r.Request.URL, r.StatusCode, r.Header.Get("X-Error-Code"), got, status, code, message)
	}
	if r.Request.Method != http.MethodHead && strings.Join(strings.Fields(body.Error), " ") != got {
		t.Errorf("%s %s: body %s and message %q differ", r.Request.Method, r.Request.URL, r.body, got)
	}
	if r.ContentLength < 0 {
		t.Errorf("%s %s: the error came without a length", r.Request.Method, r.Request.URL)
	}
}

// hop does one request and follows no redirect.
var hop = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{DisableCompression: true},
}

// send does one request. path may be a whole URL; body is nil, bytes, a reader, url.Values for
// a form, or what becomes JSON.
func send(t testing.TB, server *localhub.Server, method, path, token string, body any, header ...string) reply {
	t.Helper()
	if strings.HasPrefix(path, "/") {
		path = server.URL() + path
	}
	var content io.Reader
	kind := ""
	switch b := body.(type) {
	case nil:
	case []byte:
		content = bytes.NewReader(b)
	case io.Reader:
		content = b
	case url.Values:
		content, kind = strings.NewReader(b.Encode()), "application/x-www-form-urlencoded"
	default:
		data, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		content, kind = bytes.NewReader(data), "application/json"
	}
	req, err := http.NewRequestWithContext(t.Context(), method, path, content)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := hop.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return reply{resp, data, err}
}

// lines is the body of a commit: a header with the title, then one line for each pair of key
// and value.
func lines(header map[string]any, items ...any) []byte {
	var b bytes.Buffer
	add := func(key string, value any) {
		data, err := json.Marshal(map[string]any{"key": key, "value": value})
		if err != nil {
			panic(err)
		}
		b.Write(append(data, '\n'))
	}
	add("header", header)
	for i := 0; i < len(items); i += 2 {
		add(items[i].(string), items[i+1])
	}
	return b.Bytes()
}

func titled(title string) map[string]any { return map[string]any{"summary": title} }

func fileLine(path, content string) map[string]any {
	return map[string]any{"path": path, "encoding": "base64", "content": base64.StdEncoding.EncodeToString([]byte(content))}
}

func sha(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

// upload sends content through LFS to a repo, and returns its sha256.
func upload(t testing.TB, server *localhub.Server, repo, token, content string) string {
	t.Helper()
	href := uploadURL(t, server, repo, token, sha(content), int64(len(content)))
	if href == "" {
		return sha(content)
	}
	if r := send(t, server, "PUT", href, "", []byte(content)); r.StatusCode != http.StatusOK {
		t.Fatalf("PUT of %d bytes = %d %s", len(content), r.StatusCode, r.body)
	}
	return sha(content)
}

type batchReply struct {
	Transfer string
	Objects  []struct {
		OID     string
		Size    int64
		Actions map[string]struct{ Href string }
		Error   *struct {
			Code    int
			Message string
		}
	}
}

func batch(t testing.TB, server *localhub.Server, repo, token, operation, oid string, size int64) batchReply {
	t.Helper()
	var b batchReply
	send(t, server, "POST", "/"+repo+".git/info/lfs/objects/batch", token, map[string]any{
		"operation": operation, "transfers": []string{"basic", "multipart"}, "hash_algo": "sha256",
		"objects": []any{map[string]any{"oid": oid, "size": size}},
	}).json(t, &b)
	if len(b.Objects) != 1 {
		t.Fatalf("batch answered %+v", b)
	}
	return b
}

// uploadURL is where to put an object; "" where it is there already.
func uploadURL(t testing.TB, server *localhub.Server, repo, token, oid string, size int64) string {
	t.Helper()
	o := batch(t, server, repo, token, "upload", oid, size).Objects[0]
	if o.Error != nil {
		t.Fatalf("batch of %s: %+v", oid, *o.Error)
	}
	return o.Actions["upload"].Href
}

// commit makes one and returns its id.
func commit(t testing.TB, server *localhub.Server, repo, token string, body []byte) string {
	t.Helper()
	var answer struct {
		Success              bool
		CommitOID, CommitURL string
	}
	send(t, server, "POST", "/api/models/"+repo+"/commit/main", token, body).json(t, &answer)
	if want := fmt.Sprintf("%s/%s/commit/%s", server.URL(), repo, answer.CommitOID); !answer.Success || answer.CommitURL != want {
		t.Fatalf("commit answered %+v; want commitUrl %s", answer, want)
	}
	return answer.CommitOID
}

func tip(t testing.TB, server *localhub.Server, repo string) string {
	t.Helper()
	commits, err := server.Commits(repo, "")
	if err != nil {
		t.Fatal(err)
	}
	return commits[0].OID
}
