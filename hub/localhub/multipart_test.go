package localhub_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

// A partsReply is what a client is to do for an object in parts.
type partsReply struct {
	complete string
	verify   string
	chunk    string
	parts    []string
}

func startParts(t *testing.T, server *localhub.Server, repo, token, oid string, size int64) partsReply {
	t.Helper()
	var b struct {
		Transfer string
		Objects  []struct {
			Actions map[string]struct {
				Href   string
				Header map[string]string
			}
		}
	}
	send(t, server, "POST", "/"+repo+".git/info/lfs/objects/batch", token, map[string]any{
		"operation": "upload", "transfers": []string{"basic", "multipart"},
		"objects": []any{map[string]any{"oid": oid, "size": size}},
	}).json(t, &b)
	if b.Transfer != "multipart" || len(b.Objects) != 1 {
		t.Fatalf("batch = %+v", b)
	}
	upload := b.Objects[0].Actions["upload"]
	p := partsReply{complete: upload.Href, verify: b.Objects[0].Actions["verify"].Href, chunk: upload.Header["chunk_size"]}
	for i := 1; upload.Header[fmt.Sprintf("%05d", i)] != ""; i++ {
		p.parts = append(p.parts, upload.Header[fmt.Sprintf("%05d", i)])
	}
	if len(upload.Header) != len(p.parts)+1 {
		t.Fatalf("the header of the upload is %v", upload.Header)
	}
	return p
}

// putParts sends the parts of content at the same time and returns what completes them.
func putParts(t *testing.T, server *localhub.Server, p partsReply, content []byte, size int) map[string]any {
	t.Helper()
	named := make([]map[string]any, len(p.parts))
	var wg sync.WaitGroup
	for i, chunk := range slices.Collect(slices.Chunk(content, size)) {
		wg.Go(func() {
			r := send(t, server, "PUT", p.parts[i], "", chunk)
			if r.StatusCode != 200 || !strings.HasPrefix(r.Header.Get("ETag"), `"`) {
				t.Errorf("PUT of part %d = %d, ETag %s, %s", i+1, r.StatusCode, r.Header.Get("ETag"), r.body)
			}
			named[i] = map[string]any{"partNumber": i + 1, "etag": r.Header.Get("ETag")}
		})
	}
	wg.Wait()
	return map[string]any{"oid": sha(string(content)), "parts": named}
}

func randomBytes(seed byte, n int) []byte {
	content := make([]byte, n)
	rand.NewChaCha8([32]byte{seed}).Read(content)
	return content
}

func TestMultipart(t *testing.T) {
	for _, mode := range storeModes {
		t.Run(mode.name, func(t *testing.T) {
			opts := mode.options(t)
			opts.MultipartAbove, opts.PartSize = 100, 64<<10
			server := start(t, opts)
			put(t, server, "alice/x", localhub.RepoOptions{}, nil)
			content := randomBytes(1, 3*64<<10+1000)
			oid := sha(string(content))
			if o := batch(t, server, "alice/x", alice, "upload", sha("small"), 5).Objects[0]; strings.Contains(o.Actions["upload"].Href, "uploadId") {
				t.Errorf("an object of 5 bytes goes up in parts: %+v", o)
			}
			p := startParts(t, server, "alice/x", alice, oid, int64(len(content)))
			if len(p.parts) != 4 || p.chunk != "65536" {
				t.Fatalf("%d parts of %s bytes, want 4 of 65536", len(p.parts), p.chunk)
			}
			if u, err := url.Parse(p.complete); err != nil || "http://"+u.Host != server.URL() {
				t.Errorf("the completion goes to %s, not to the Hub at %s", p.complete, server.URL())
			}
			body := putParts(t, server, p, content, 64<<10)
			// A part that comes again, because its answer was lost, changes nothing.
			if r := send(t, server, "PUT", p.parts[1], "", content[64<<10:128<<10]); r.StatusCode != 200 {
				t.Errorf("a part sent again = %d %s", r.StatusCode, r.body)
			}
			if uploadURL(t, server, "alice/x", alice, oid, int64(len(content))) == "" {
				t.Error("the object counts as there before its completion")
			}
			send(t, server, "POST", p.complete, "", body).json(t, new(any))
			send(t, server, "POST", p.verify, alice, map[string]any{"oid": oid, "size": len(content)}).json(t, new(any))
			if href := uploadURL(t, server, "alice/x", alice, oid, int64(len(content))); href != "" {
				t.Errorf("after its completion the object is wanted again, at %s", href)
			}
			// As with S3, a completed upload is gone; the batch call tells a client that it worked.
			send(t, server, "POST", p.complete, "", body).wantError(t, 404, "", "NoSuchUpload")
			if r := send(t, server, "PUT", p.parts[0], "", content[:64<<10]); r.StatusCode != 404 || !strings.Contains(string(r.body), "NoSuchUpload") {
				t.Errorf("a part of a completed upload = %d %s", r.StatusCode, r.body)
			}
			commit(t, server, "alice/x", alice, lines(titled("t"), "lfsFile", map[string]any{"path": "w.bin", "algo": "sha256", "oid": oid, "size": len(content)}))
			if got, err := server.Read("alice/x", "", "w.bin"); !bytes.Equal(got, content) {
				t.Errorf("w.bin has %d bytes, %v", len(got), err)
			}
			if len(server.Leaks()) > 0 {
				t.Errorf("leaks are %+v", server.Leaks())
			}
		})
	}
}

func TestMultipartRefuses(t *testing.T) {
	root := t.TempDir()
	server := start(t, localhub.Options{Root: root, MultipartAbove: 100, PartSize: 1000})
	put(t, server, "alice/x", localhub.RepoOptions{}, nil)
	content := randomBytes(2, 2500)
	oid := sha(string(content))
	p := startParts(t, server, "alice/x", alice, oid, 2500)
	for _, tt := range []struct {
		name, url string
		body      []byte
		status    int
		code      string
	}{
		{"a part that is too short", p.parts[0], content[:999], 400, "IncompleteBody"},
		{"a part that is too long", p.parts[2], content[:1000], 400, "IncompleteBody"},
		{"a part in the place of another", strings.Replace(p.parts[0], "partNumber=1", "partNumber=2", 1), content[:1000], 403, "SignatureDoesNotMatch"},
		{"a part as the whole", strings.Replace(p.parts[0], "uploadId", "other", 1), content[:1000], 403, "SignatureDoesNotMatch"},
	} {
		if r := send(t, server, "PUT", tt.url, "", tt.body); r.StatusCode != tt.status || !strings.Contains(string(r.body), tt.code) {
			t.Errorf("%s = %d %s, want %d %s", tt.name, r.StatusCode, r.body, tt.status, tt.code)
		}
	}

	send(t, server, "POST", p.complete, "", map[string]any{"oid": oid, "parts": []any{}}).wantError(t, 400, "", "0 parts")
	part := func(n int, tag string) map[string]any { return map[string]any{"partNumber": n, "etag": tag} }
	three := []any{part(1, "a"), part(2, "b"), part(3, "c")}
	send(t, server, "POST", p.complete, "", map[string]any{"oid": oid, "parts": three}).wantError(t, 400, "", "part 1 has not arrived")
	body := putParts(t, server, p, content, 1000)
	tags := body["parts"].([]map[string]any)
	with := func(change func(parts []map[string]any)) map[string]any {
		var parts []map[string]any
		for _, p := range tags {
			parts = append(parts, map[string]any{"partNumber": p["partNumber"], "etag": p["etag"]})
		}
		change(parts)
		return map[string]any{"oid": oid, "parts": parts}
	}
	for _, tt := range []struct {
		name    string
		url     string
		body    any
		status  int
		message string
	}{
		{"another ETag", p.complete, with(func(p []map[string]any) { p[1]["etag"] = p[0]["etag"] }), 400, "part 2 has another ETag"},
		{"an ETag without its quotes", p.complete, with(func(p []map[string]any) { p[2]["etag"] = strings.Trim(p[2]["etag"].(string), `"`) }), 400, "part 3 has another ETag"},
		{"another order", p.complete, with(slices.Reverse[[]map[string]any]), 400, "part 3 is in the place of part 1"},
		{"another object", p.complete, map[string]any{"oid": sha("x"), "parts": tags}, 400, "begun for"},
		{"another upload", strings.Replace(p.complete, "uploadId=", "uploadId=0", 1), body, 403, "SignatureDoesNotMatch"},
		{"no JSON", p.complete, []byte("["), 400, "JSON"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			send(t, server, "POST", tt.url, "", tt.body).wantError(t, tt.status, "", tt.message)
		})
	}
	// None of that has ended the upload.
	send(t, server, "POST", p.complete, "", body).json(t, new(any))

	// Parts that are well received and make another object end it.
	wrong := randomBytes(3, 2500)
	p = startParts(t, server, "alice/x", alice, sha("announced"), 2500)
	body = putParts(t, server, p, wrong, 1000)
	body["oid"] = sha("announced")
	send(t, server, "POST", p.complete, "", body).wantError(t, 400, "", "BadDigest")
	send(t, server, "POST", p.complete, "", body).wantError(t, 404, "", "NoSuchUpload")
	if left := spools(t, root); len(left) > 0 {
		t.Errorf("a refused upload leaves %q", left)
	}

	// A client that does not speak the transfer is told so.
	var b batchReply
	send(t, server, "POST", "/alice/x.git/info/lfs/objects/batch", alice, map[string]any{
		"operation": "upload", "objects": []any{map[string]any{"oid": sha("y"), "size": 101}},
	}).json(t, &b)
	if e := b.Objects[0].Error; e == nil || e.Code != 422 || !strings.Contains(e.Message, "multipart") || b.Objects[0].Actions != nil {
		t.Errorf("a batch without multipart is answered %+v", b.Objects[0])
	}
}

// Uploads that nobody goes on with leave nothing behind.
func TestAbandonedParts(t *testing.T) {
	root := t.TempDir()
	var offset atomic.Int64
	base := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	server := start(t, localhub.Options{Root: root, MultipartAbove: 100, PartSize: 1000, URLLife: time.Minute,
		Now: func() time.Time { return base.Add(time.Duration(offset.Load())) }})
	put(t, server, "alice/x", localhub.RepoOptions{}, nil)
	content := randomBytes(4, 1500)
	first := startParts(t, server, "alice/x", alice, sha(string(content)), 1500)
	send(t, server, "PUT", first.parts[0], "", content[:1000])
	second := startParts(t, server, "alice/x", alice, sha(string(content)), 1500)
	if got := len(spools(t, root)); got != 2 {
		t.Fatalf("%d spools for two uploads", got)
	}
	offset.Store(int64(time.Minute))
	third := startParts(t, server, "alice/x", alice, sha(string(content)), 1500)
	if got := len(spools(t, root)); got != 1 {
		t.Errorf("%d spools are left, want that of the upload which can still be completed", got)
	}
	for _, p := range []partsReply{first, second} {
		if r := send(t, server, "PUT", p.parts[0], "", content[:1000]); r.StatusCode != 403 {
			t.Errorf("an expired part = %d %s", r.StatusCode, r.body)
		}
	}
	send(t, server, "POST", third.complete, "", putParts(t, server, third, content, 1000)).json(t, new(any))
	startParts(t, server, "alice/x", alice, sha("other"), 1500)
	server.Close()
	if left := spools(t, root); len(left) > 0 {
		t.Errorf("Close leaves %q", left)
	}
}

// Parts go to the disk: an object in a folder is not held in memory.
func TestPartsAreNotHeld(t *testing.T) {
	server := start(t, localhub.Options{Root: t.TempDir(), MultipartAbove: 1 << 20, PartSize: 16 << 20})
	put(t, server, "alice/x", localhub.RepoOptions{}, nil)
	p := startParts(t, server, "alice/x", alice, sha("not these bytes"), 64<<20)
	peak := watchHeap(t)
	for _, href := range p.parts {
		putSized(t, href, 16<<20)
	}
	if got := peak(); got > 12<<20 {
		t.Errorf("the heap grew by %d MiB during an upload of 64 MiB", got>>20)
	}
}

// No object has more parts than S3 takes.
func TestPartCount(t *testing.T) {
	server := start(t, localhub.Options{Root: filepath.Join(t.TempDir(), "hub"), MultipartAbove: 100, PartSize: 7})
	put(t, server, "alice/x", localhub.RepoOptions{}, nil)
	p := startParts(t, server, "alice/x", alice, sha("x"), 123_457)
	if p.chunk != "13" || len(p.parts) != 9497 {
		t.Errorf("%d parts of %s bytes, want 9497 of 13", len(p.parts), p.chunk)
	}
}
