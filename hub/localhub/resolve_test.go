package localhub_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

const helloOID = "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0" // git hash-object of "hello"

func TestResolveRegular(t *testing.T) {
	server := start(t, localhub.Options{})
	id := put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{
		"d/a b#c.txt": localhub.Text("hello"), "empty": localhub.Text(""),
	})
	const path = "/alice/x/resolve/main/d/a%20b%23c.txt"
	for _, method := range []string{"GET", "HEAD"} {
		r := send(t, server, method, path, anonymous, nil)
		want := map[string]string{
			"X-Repo-Commit": id, "Etag": `"` + helloOID + `"`, "Content-Length": "5", "Accept-Ranges": "bytes",
			"Content-Type": "text/plain; charset=utf-8", "X-Xet-Hash": "", "Link": "", "Content-Encoding": "",
			"Content-Disposition": `inline; filename="a b#c.txt"`,
		}
		for name, value := range want {
			if got := r.Header.Get(name); got != value {
				t.Errorf("%s %s has %s %q, want %q", method, path, name, got, value)
			}
		}
		if r.StatusCode != 200 || method == "GET" && string(r.body) != "hello" {
			t.Errorf("%s %s = %d %s", method, path, r.StatusCode, r.body)
		}
	}
	if r := send(t, server, "GET", path+"?download=true", anonymous, nil); !strings.HasPrefix(r.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("with download=true the disposition is %s", r.Header.Get("Content-Disposition"))
	}
	if r := send(t, server, "GET", path, anonymous, nil, "Accept-Encoding", "gzip"); string(r.body) != "hello" {
		t.Errorf("with gzip allowed the answer is %q", r.body)
	}
	if r := send(t, server, "GET", path, anonymous, nil, "If-None-Match", `"`+helloOID+`"`); r.StatusCode != 304 {
		t.Errorf("with the ETag known the answer is %d", r.StatusCode)
	}
	gone := send(t, server, "HEAD", "/alice/x/resolve/main/none.txt", anonymous, nil)
	gone.wantError(t, 404, "EntryNotFound", "none.txt")
	if gone.Header.Get("X-Repo-Commit") != id {
		t.Errorf("an absence is answered without its commit: %v", gone.Header)
	}
	send(t, server, "GET", "/alice/x/resolve/main/d", anonymous, nil).wantError(t, 404, "EntryNotFound", "d")
	send(t, server, "GET", "/alice/x/resolve/main/d/..%2f..%2fx", anonymous, nil).wantError(t, 404, "EntryNotFound", "")
	send(t, server, "GET", "/alice/x/resolve/none/a", anonymous, nil).wantError(t, 404, "RevisionNotFound", "none")
	send(t, server, "GET", "/alice/x/resolve", anonymous, nil).wantError(t, 404, "", "")
}

// ranges is one table for both listeners: they promise the same.
func ranges(t *testing.T, server *localhub.Server, address string, content string) {
	t.Helper()
	n := len(content)
	for _, tt := range []struct {
		asked  string
		status int
		sent   string // Content-Range
		body   string
	}{
		{"bytes=0-0", 206, fmt.Sprintf("bytes 0-0/%d", n), content[:1]},
		{"bytes=2-5", 206, fmt.Sprintf("bytes 2-5/%d", n), content[2:6]},
		{"bytes=3-", 206, fmt.Sprintf("bytes 3-%d/%d", n-1, n), content[3:]},
		{"bytes=5-9999", 206, fmt.Sprintf("bytes 5-%d/%d", n-1, n), content[5:]},
		{"bytes=-2", 206, fmt.Sprintf("bytes %d-%d/%d", n-2, n-1, n), content[n-2:]},
		{fmt.Sprintf("bytes=%d-", n), 416, fmt.Sprintf("bytes */%d", n), ""},
		{"bytes=5-2", 416, "", ""},
		{"bytes=x", 416, "", ""},
	} {
		r := send(t, server, "GET", address, "", nil, "Range", tt.asked)
		if r.StatusCode != tt.status || r.Header.Get("Content-Range") != tt.sent || tt.status == 206 && string(r.body) != tt.body {
			t.Errorf("GET %s with %s = %d, %s, %q; want %d, %s, %q",
				address, tt.asked, r.StatusCode, r.Header.Get("Content-Range"), r.body, tt.status, tt.sent, tt.body)
		}
	}
	tag := send(t, server, "GET", address, "", nil).Header.Get("ETag")
	if r := send(t, server, "GET", address, "", nil, "Range", "bytes=0-1", "If-Range", tag); tag == "" || r.StatusCode != 206 {
		t.Errorf("If-Range with %s = %d", tag, r.StatusCode)
	}
	if r := send(t, server, "GET", address, "", nil, "Range", "bytes=0-1", "If-Range", `"other"`); r.StatusCode != 200 || string(r.body) != content {
		t.Errorf("If-Range with another tag = %d %q", r.StatusCode, r.body)
	}
}

func TestRanges(t *testing.T) {
	for _, mode := range storeModes {
		t.Run(mode.name, func(t *testing.T) {
			server := start(t, mode.options(t))
			const content = "0123456789abcdef"
			put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"a.txt": localhub.Text(content), "w.bin": localhub.Text(content)})
			ranges(t, server, "/alice/x/resolve/main/a.txt", content)
			ranges(t, server, send(t, server, "HEAD", "/alice/x/resolve/main/w.bin", anonymous, nil).Header.Get("Location"), content)
		})
	}
}

// The JavaScript client asks for byte 0 to learn a size, and reads what is after the slash.
func TestRangeOfEmptyFile(t *testing.T) {
	server := start(t, localhub.Options{})
	put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"empty": {}})
	r := send(t, server, "GET", "/alice/x/resolve/main/empty", anonymous, nil, "Range", "bytes=0-0")
	if r.StatusCode != 206 || !strings.HasSuffix(r.Header.Get("Content-Range"), "/0") || len(r.body) != 0 || r.Header.Get("ETag") == "" {
		t.Errorf("a range of an empty file = %d %v %q", r.StatusCode, r.Header, r.body)
	}
	if r := send(t, server, "GET", "/alice/x/resolve/main/empty", anonymous, nil); r.StatusCode != 200 || r.ContentLength != 0 {
		t.Errorf("an empty file = %d with length %d", r.StatusCode, r.ContentLength)
	}
}

func TestResolveLarge(t *testing.T) {
	server := start(t, localhub.Options{})
	id := put(t, server, "datasets/alice/d", localhub.RepoOptions{Private: true}, map[string]localhub.Content{"d/wéights.bin": localhub.Text("weights")})
	address := "/datasets/alice/d/resolve/main/d/w%C3%A9ights.bin"
	for _, method := range []string{"HEAD", "GET"} {
		r := send(t, server, method, address, alice, nil, "Range", "bytes=0-0")
		if r.StatusCode != http.StatusFound {
			t.Fatalf("%s = %d %s", method, r.StatusCode, r.body)
		}
		want := map[string]string{
			"X-Repo-Commit": id, "X-Linked-Etag": `"` + sha("weights") + `"`, "X-Linked-Size": "7", "Accept-Ranges": "bytes", "X-Xet-Hash": "",
		}
		for name, value := range want {
			if got := r.Header.Get(name); got != value {
				t.Errorf("%s has %s %q, want %q", method, name, got, value)
			}
		}
		if strings.Contains(r.Header.Get("ETag"), sha("weights")) || r.ContentLength == 7 {
			t.Errorf("the redirect has the file's own ETag %s or length %d", r.Header.Get("ETag"), r.ContentLength)
		}
		u, err := url.Parse(r.Header.Get("Location"))
		if err != nil || !u.IsAbs() || u.Host == strings.TrimPrefix(server.URL(), "http://") {
			t.Fatalf("Location is %s", r.Header.Get("Location"))
		}
		if seconds, err := strconv.ParseInt(u.Query().Get("Expires"), 10, 64); err != nil || seconds != 1767323045+3600 {
			t.Errorf("the URL expires at %s, want an hour from now", u.Query().Get("Expires"))
		}
		got := send(t, server, "GET", u.String(), "", nil)
		if string(got.body) != "weights" || got.Header.Get("X-Repo-Commit") != "" || strings.Contains(got.Header.Get("ETag"), sha("weights")) ||
			got.Header.Get("Content-Disposition") != "inline; filename*=utf-8''w%C3%A9ights.bin" {
			t.Errorf("storage = %d %s %v", got.StatusCode, got.body, got.Header)
		}
	}
	raw := send(t, server, "GET", strings.Replace(address, "resolve", "raw", 1), alice, nil)
	if want := "version https://git-lfs.github.com/spec/v1\noid sha256:" + sha("weights") + "\nsize 7\n"; string(raw.body) != want {
		t.Errorf("raw = %q, want %q", raw.body, want)
	}
	// The host of the redirect is the one that the client used.
	local := strings.Replace(server.URL(), "127.0.0.1", "localhost", 1)
	if r := send(t, server, "HEAD", local+address, alice, nil); !strings.HasPrefix(r.Header.Get("Location"), "http://localhost:") {
		t.Errorf("asked as localhost, Location is %s", r.Header.Get("Location"))
	}
}

// The public Hub sends regular files through a relative redirect.
func TestRedirectRegular(t *testing.T) {
	server := start(t, localhub.Options{RedirectRegular: true})
	id := put(t, server, "alice/x", localhub.RepoOptions{Private: true}, map[string]localhub.Content{
		"d/a b.txt": localhub.Text("hello"), "w.bin": localhub.Text("w"),
	})
	r := send(t, server, "HEAD", "/alice/x/resolve/main/d/a%20b.txt", alice, nil)
	location := r.Header.Get("Location")
	if r.StatusCode != http.StatusTemporaryRedirect || r.Header.Get("X-Repo-Commit") != id || r.Header.Get("ETag") != `"`+helloOID+`"` ||
		!strings.HasPrefix(location, "/api/resolve-cache/models/alice/x/"+id+"/d/a%20b.txt?") || r.Header.Get("X-Linked-Size") != "" {
		t.Fatalf("resolve = %d %v", r.StatusCode, r.Header)
	}
	got := send(t, server, "GET", location, alice, nil, "Range", "bytes=1-2")
	if got.StatusCode != 206 || string(got.body) != "el" || got.Header.Get("X-Repo-Commit") != id {
		t.Errorf("GET %s = %d %s", location, got.StatusCode, got.body)
	}
	send(t, server, "GET", location, anonymous, nil).wantError(t, 401, "RepoNotFound", "")
	send(t, server, "GET", "/api/resolve-cache/models/alice/x/"+id+"/none", alice, nil).wantError(t, 404, "EntryNotFound", "none")
	send(t, server, "GET", "/api/resolve-cache/models/alice/x/"+id+"/w.bin", alice, nil).wantError(t, 404, "EntryNotFound", "w.bin")
	send(t, server, "GET", "/api/resolve-cache/models/alice/x/main/w.bin", alice, nil).wantError(t, 404, "", "")
}
