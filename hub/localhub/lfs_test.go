package localhub_test

import (
	"bytes"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

func TestLFSUpload(t *testing.T) {
	for _, mode := range storeModes {
		t.Run(mode.name, func(t *testing.T) {
			server := start(t, mode.options(t))
			put(t, server, "alice/x", localhub.RepoOptions{}, nil)
			content := make([]byte, 3<<20)
			rand.NewChaCha8([32]byte{1}).Read(content)
			oid := sha(string(content))
			b := batch(t, server, "alice/x", alice, "upload", oid, int64(len(content)))
			o := b.Objects[0]
			if b.Transfer != "basic" || o.OID != oid || o.Size != int64(len(content)) || o.Error != nil {
				t.Fatalf("batch = %+v", b)
			}
			href, verify := o.Actions["upload"].Href, o.Actions["verify"].Href
			if u, err := url.Parse(href); err != nil || u.Host == strings.TrimPrefix(server.URL(), "http://") || u.Hostname() != "127.0.0.1" {
				t.Errorf("upload goes to %s, which is not an origin of its own", href)
			}
			if want := server.URL() + "/alice/x.git/info/lfs/objects/verify"; verify != want {
				t.Errorf("verify is at %s, want %s", verify, want)
			}
			named := map[string]any{"oid": oid, "size": len(content)}
			send(t, server, "POST", verify, alice, named).wantError(t, 404, "", oid)
			r := send(t, server, "PUT", href, "", content)
			if r.StatusCode != 200 || !regexp.MustCompile(`^"[0-9a-f]{32}"$`).MatchString(r.Header.Get("ETag")) {
				t.Fatalf("PUT = %d, ETag %s, %s", r.StatusCode, r.Header.Get("ETag"), r.body)
			}
			if strings.Contains(oid, strings.Trim(r.Header.Get("ETag"), `"`)) {
				t.Errorf("the ETag %s is of the sha256 %s", r.Header.Get("ETag"), oid)
			}
			send(t, server, "POST", verify, alice, named).json(t, new(any))
			send(t, server, "POST", verify, alice, map[string]any{"oid": oid, "size": 1}).wantError(t, 422, "", "bytes, not 1")
			send(t, server, "POST", verify, alice, map[string]any{"oid": "x"}).wantError(t, 400, "", "sha256")

			again := batch(t, server, "alice/x", alice, "upload", oid, int64(len(content))).Objects[0]
			if again.Actions != nil || again.Error != nil {
				t.Errorf("an object that is there is answered %+v", again)
			}
			// The PUT may come again: its answer may have been lost.
			if r := send(t, server, "PUT", href, "", content); r.StatusCode != 200 {
				t.Errorf("a second PUT = %d %s", r.StatusCode, r.body)
			}
			down := batch(t, server, "alice/x", anonymous, "download", oid, int64(len(content))).Objects[0]
			if r := send(t, server, "GET", down.Actions["download"].Href, "", nil); !bytes.Equal(r.body, content) {
				t.Errorf("download = %d with %d bytes", r.StatusCode, len(r.body))
			}
		})
	}
}

func TestLFSBatchRefuses(t *testing.T) {
	server := start(t, localhub.Options{})
	put(t, server, "alice/x", localhub.RepoOptions{}, nil)
	put(t, server, "carol/gated", localhub.RepoOptions{Gated: localhub.Auto}, map[string]localhub.Content{"w.bin": localhub.Text("w")})
	upload(t, server, "alice/x", alice, "weights")
	object := func(oid string, size int) map[string]any { return map[string]any{"oid": oid, "size": size} }
	for _, tt := range []struct {
		name    string
		body    map[string]any
		status  int
		message string
	}{
		{"no operation", map[string]any{}, 400, "operation"},
		{"another operation", map[string]any{"operation": "lock"}, 400, "lock"},
		{"another hash", map[string]any{"operation": "upload", "hash_algo": "sha512"}, 409, "sha512"},
		{"no transfer of ours", map[string]any{"operation": "upload", "transfers": []string{"xet"}}, 400, "basic"},
		{"too many objects", map[string]any{"operation": "upload", "objects": make([]any, 257)}, 413, "at most 256"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := send(t, server, "POST", "/alice/x.git/info/lfs/objects/batch", alice, tt.body)
			r.wantError(t, tt.status, "", tt.message)
			if r.Header.Get("Content-Type") != "application/vnd.git-lfs+json" {
				t.Errorf("the answer is %s", r.Header.Get("Content-Type"))
			}
		})
	}
	send(t, server, "POST", "/alice/x.git/info/lfs/locks", alice, map[string]any{}).wantError(t, 404, "", "")
	send(t, server, "POST", "/carol/gated.git/info/lfs/objects/batch", alice, map[string]any{"operation": "download"}).wantError(t, 403, "GatedRepo", "")

	// A fault of one object is told for that object. sha_256 is how the JavaScript client spells it.
	var b batchReply
	send(t, server, "POST", "/alice/x.git/info/lfs/objects/batch", alice, map[string]any{
		"operation": "upload", "hash_algo": "sha_256",
		"objects": []any{object("12", 1), object(sha("a"), -1), object(sha("weights"), 8), object(sha("b"), 1)},
	}).json(t, &b)
	for i, want := range []int{422, 422, 422, 0} {
		got := 0
		if e := b.Objects[i].Error; e != nil {
			got = e.Code
		}
		if got != want || (b.Objects[i].Actions == nil) != (want != 0) {
			t.Errorf("object %d is answered %+v, want an error %d", i, b.Objects[i], want)
		}
	}
	if e := batch(t, server, "alice/x", alice, "download", sha("none"), 4).Objects[0].Error; e == nil || e.Code != 404 {
		t.Errorf("a download of what is not there is answered %+v", e)
	}
}

// The oid of a file one may not read is no way to get it.
func TestLFSObjectsBelongToOneRepo(t *testing.T) {
	server := start(t, localhub.Options{})
	put(t, server, "carol/private", localhub.RepoOptions{Private: true}, map[string]localhub.Content{"w.bin": localhub.Text("secret")})
	put(t, server, "alice/x", localhub.RepoOptions{}, nil)
	if uploadURL(t, server, "alice/x", alice, sha("secret"), 6) == "" {
		t.Error("an object of a private repo counts as uploaded to another")
	}
	if o := batch(t, server, "alice/x", alice, "download", sha("secret"), 6).Objects[0]; o.Actions != nil {
		t.Errorf("an object of a private repo can be downloaded: %+v", o)
	}
}

func TestStorageRefuses(t *testing.T) {
	var offset atomic.Int64
	base := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	server := start(t, localhub.Options{
		Root:    t.TempDir(),
		URLLife: time.Minute,
		Now:     func() time.Time { return base.Add(time.Duration(offset.Load())) },
	})
	put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"w.bin": localhub.Text("weights")})
	href := uploadURL(t, server, "alice/x", alice, sha("content"), 7)
	get := send(t, server, "HEAD", "/alice/x/resolve/main/w.bin", anonymous, nil).Header.Get("Location")
	with := func(address, name, value string) string {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		query := u.Query()
		query.Set(name, value)
		u.RawQuery = query.Encode()
		return u.String()
	}
	tests := []struct {
		name, method, url string
		body              any
		status            int
		code              string
	}{
		{"other bytes of the same length", "PUT", href, []byte("CONTENT"), 400, "BadDigest"},
		{"too few bytes", "PUT", href, []byte("conten"), 400, "IncompleteBody"},
		{"too many bytes", "PUT", href, []byte("content!"), 400, "IncompleteBody"},
		{"no length", "PUT", href, io.MultiReader(strings.NewReader("content")), 411, "MissingContentLength"},
		{"no signature", "GET", with(get, "Signature", ""), nil, 403, "SignatureDoesNotMatch"},
		{"another signature", "GET", with(get, "Signature", strings.Repeat("0", 64)), nil, 403, "SignatureDoesNotMatch"},
		{"a later end", "GET", with(get, "Expires", "9999999999"), nil, 403, "SignatureDoesNotMatch"},
		{"another size", "PUT", with(href, "size", "8"), []byte("content!"), 403, "SignatureDoesNotMatch"},
		{"another object", "GET", strings.Replace(get, sha("weights"), sha("content"), 1), nil, 403, "SignatureDoesNotMatch"},
		{"the other method", "PUT", get, []byte("weights"), 403, "SignatureDoesNotMatch"},
		{"the way to write used to read", "GET", href, nil, 403, "SignatureDoesNotMatch"},
		{"HEAD with the signature of PUT", "HEAD", href, nil, 403, ""},
		{"no object", "GET", strings.SplitAfter(get, "/lfs/")[0], nil, 403, "SignatureDoesNotMatch"},
	}
	for _, tt := range tests {
		r := send(t, server, tt.method, tt.url, "", tt.body)
		if r.StatusCode != tt.status || !strings.Contains(string(r.body), tt.code) || r.Header.Get("X-Error-Code") != "" {
			t.Errorf("%s: %s = %d %s, want %d %s", tt.name, tt.method, r.StatusCode, r.body, tt.status, tt.code)
		}
	}
	if uploadURL(t, server, "alice/x", alice, sha("content"), 7) == "" {
		t.Error("after refused uploads the object is there")
	}

	if r := send(t, server, "GET", get, "", nil); string(r.body) != "weights" {
		t.Errorf("GET = %d %s", r.StatusCode, r.body)
	}
	if r := send(t, server, "HEAD", get, "", nil); r.StatusCode != 200 || r.ContentLength != int64(len("weights")) {
		t.Errorf("HEAD of what GET may read = %d, %d bytes", r.StatusCode, r.ContentLength)
	}
	offset.Store(int64(time.Minute))
	if r := send(t, server, "GET", get, "", nil); r.StatusCode != 403 || !strings.Contains(string(r.body), "expired") {
		t.Errorf("an expired GET = %d %s", r.StatusCode, r.body)
	}
	if r := send(t, server, "PUT", href, "", []byte("content")); r.StatusCode != 403 {
		t.Errorf("an expired PUT = %d %s", r.StatusCode, r.body)
	}
	renewed := send(t, server, "HEAD", "/alice/x/resolve/main/w.bin", anonymous, nil).Header.Get("Location")
	if r := send(t, server, "GET", renewed, "", nil); string(r.body) != "weights" {
		t.Errorf("a renewed GET = %d %s", r.StatusCode, r.body)
	}
}

func TestTokenSentToStorage(t *testing.T) {
	server := start(t, localhub.Options{})
	put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"w.bin": localhub.Text("weights")})
	location := send(t, server, "GET", "/alice/x/resolve/main/w.bin", alice, nil).Header.Get("Location")
	if len(server.Leaks()) != 0 {
		t.Errorf("a request to the API counts as a leak: %+v", server.Leaks())
	}
	r := send(t, server, "GET", location, alice, nil)
	if r.StatusCode != 400 || bytes.Contains(r.body, []byte(alice)) {
		t.Errorf("a token at storage is answered %d %s", r.StatusCode, r.body)
	}
	leaks := server.Leaks()
	if len(leaks) != 1 || !leaks[0].Storage || !leaks[0].Auth || !strings.HasSuffix(leaks[0].Path, sha("weights")) {
		t.Errorf("leaks are %+v", leaks)
	}
}

// A connection that ends during an upload leaves nothing behind.
func TestUploadCutShort(t *testing.T) {
	root := t.TempDir()
	server := start(t, localhub.Options{Root: root})
	put(t, server, "alice/x", localhub.RepoOptions{}, nil)
	href := uploadURL(t, server, "alice/x", alice, sha("content"), 7)
	req, err := http.NewRequestWithContext(t.Context(), "PUT", href, io.MultiReader(strings.NewReader("con"), brokenReader{}))
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = 7
	if resp, err := hop.Do(req); err == nil {
		resp.Body.Close()
		t.Errorf("a broken upload was answered %d", resp.StatusCode)
	}
	for deadline := time.Now().Add(5 * time.Second); len(spools(t, root)) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("a broken upload left %q", spools(t, root))
		}
	}
	if r := send(t, server, "PUT", href, "", []byte("content")); r.StatusCode != 200 {
		t.Errorf("the same upload again = %d %s", r.StatusCode, r.body)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

// Uploads of one object at the same time all succeed.
func TestConcurrentUploads(t *testing.T) {
	for _, mode := range storeModes {
		t.Run(mode.name, func(t *testing.T) {
			server := start(t, mode.options(t))
			put(t, server, "alice/x", localhub.RepoOptions{}, nil)
			content := bytes.Repeat([]byte("weights"), 1<<16)
			href := uploadURL(t, server, "alice/x", alice, sha(string(content)), int64(len(content)))
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					if r := send(t, server, "PUT", href, "", content); r.StatusCode != 200 {
						t.Errorf("PUT = %d %s", r.StatusCode, r.body)
					}
				})
			}
			wg.Wait()
			commit(t, server, "alice/x", alice, lines(titled("t"), "lfsFile", map[string]any{"path": "w.bin", "algo": "sha256", "oid": sha(string(content))}))
			if got, err := server.Read("alice/x", "", "w.bin"); !bytes.Equal(got, content) {
				t.Errorf("w.bin has %d bytes, %v", len(got), err)
			}
		})
	}
}

// An object whose hash is as long but no hash gets no URL at all.
func TestLFSOidIsNoPath(t *testing.T) {
	server := start(t, localhub.Options{Root: t.TempDir()})
	put(t, server, "alice/x", localhub.RepoOptions{}, nil)
	for _, oid := range []string{strings.Repeat("../", 21) + "x", strings.ToUpper(hex.EncodeToString(bytes.Repeat([]byte{0xab}, 32)))} {
		if o := batch(t, server, "alice/x", alice, "upload", oid, 1).Objects[0]; o.Error == nil || o.Actions != nil {
			t.Errorf("oid %q is answered %+v", oid, o)
		}
	}
}
