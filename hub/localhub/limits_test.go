package localhub_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

// A body beyond what a call can need is refused, and of somebody without a token much sooner.
func TestBodiesAreLimited(t *testing.T) {
	server := start(t, localhub.Options{})
	put(t, server, "alice/x", localhub.RepoOptions{}, nil)
	blanks := func(n int) []byte { return bytes.Repeat([]byte(" "), n) }
	for _, tt := range []struct {
		path, kind, token string
		limit             int
	}{
		{"/api/validate-yaml", "application/json", anonymous, 256 << 10},
		{"/api/validate-yaml", "application/json", alice, 16 << 20},
		{"/api/models/alice/x/paths-info/main", "application/json", anonymous, 256 << 10},
		{"/api/models/alice/x/paths-info/main", "application/x-www-form-urlencoded", anonymous, 256 << 10},
		{"/api/models/alice/x/paths-info/main", "application/x-www-form-urlencoded", alice, 8 << 20},
		{"/alice/x.git/info/lfs/objects/batch", "application/vnd.git-lfs+json", anonymous, 256 << 10},
		{"/alice/x.git/info/lfs/objects/batch", "application/vnd.git-lfs+json", alice, 1 << 20},
		{"/api/models/alice/x/discussions", "application/json", alice, 1 << 20},
		{"/api/models/alice/x/preupload/main", "application/json", alice, 8 << 20},
		{"/api/repos/create", "application/json", alice, 16 << 20},
	} {
		r := send(t, server, "POST", tt.path, tt.token, blanks(tt.limit+1), "Content-Type", tt.kind)
		r.wantError(t, http.StatusRequestEntityTooLarge, "", fmt.Sprintf("more than %d bytes", tt.limit))
		if r := send(t, server, "POST", tt.path, tt.token, blanks(tt.limit), "Content-Type", tt.kind); r.StatusCode == http.StatusRequestEntityTooLarge {
			t.Errorf("POST %s of %d bytes = 413", tt.path, tt.limit)
		}
	}
	r := send(t, server, "POST", "/oauth/token", anonymous, blanks(256<<10+1), "Content-Type", "application/x-www-form-urlencoded")
	if r.StatusCode != 400 || !strings.Contains(string(r.body), "more than") {
		t.Errorf("a long form for a token = %d %s", r.StatusCode, r.body)
	}
	// What would be kept is for who may write.
	for _, tt := range []struct{ method, path string }{
		{"POST", "/api/repos/create"}, {"POST", "/api/models/alice/x/commit/main"}, {"POST", "/api/models/alice/x/preupload/main"}, {"POST", "/api/models/alice/x/discussions"},
	} {
		if r := send(t, server, tt.method, tt.path, anonymous, blanks(20<<20)); r.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s %s of somebody without a token = %d, want 401", tt.method, tt.path, r.StatusCode)
		}
	}
}

func TestHeadersAreLimited(t *testing.T) {
	server := start(t, localhub.Options{})
	if r := ask(t, server, "/", "", "X-Long", strings.Repeat("x", 80<<10)); r.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("80 kB of headers = %d, want 431", r.StatusCode)
	}
}

// What requests carry is kept for the log only as far as there is room, whoever sends them.
func TestLogIsLimited(t *testing.T) {
	server := start(t, localhub.Options{})
	query := "/?long=" + strings.Repeat("a", 30_000) + "&n="
	for i := range 1500 {
		send(t, server, "HEAD", fmt.Sprint(query, i), anonymous, nil)
	}
	var kept int
	log := server.Log()
	for _, r := range log {
		kept += len(r.Query.Encode())
	}
	if len(log) < 100 || kept > 16<<20 {
		t.Errorf("the log has %d requests with %d bytes, want some of 16 MiB at most", len(log), kept)
	}
	if last := log[len(log)-1]; last.Query.Get("n") != "1499" || last.Status != 200 {
		t.Errorf("the last request of the log is that of n=%s", last.Query.Get("n"))
	}
}
