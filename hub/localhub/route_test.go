package localhub

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/account"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/depot"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
)

// Whatever is asked, the answer is no fault of the server; an error has its message twice, and
// a private repo looks like none.
func FuzzRoute(f *testing.F) {
	tables, err := New(Options{})
	if err != nil {
		f.Fatal(err)
	}
	all := tables.router("hub.invalid")
	repos := []string{"models/alice/x", "models/carol/private", "datasets/alice/x", "models/gpt2", "models/none"}
	for action := range all.RepoAPI {
		for i, repo := range repos {
			f.Add("GET", "/api/"+repo+"/"+action+"/main/d%2Fa?recursive=1&expand=1", "", i%2 == 0)
			f.Add("POST", "/api/"+repo+"/"+action+"/main", headerLine, i%2 == 0)
		}
	}
	for _, path := range []string{
		"/", "//", "/%2f", "/datasets", "/datasets/", "/api", "/api/", "/api/models", "/api/models/", "/api/resolve-cache/models/alice/x",
		"/api/resolve-cache/models/alice/x/" + strings.Repeat("0", 40), "/alice/x/resolve/main/d/a", "/alice/x/raw/main/w.bin", "/gpt2/resolve/main/a",
		"/carol/private/resolve/main/a", "/alice/x.git/info/lfs/objects/batch", "/alice/x.git/info", "/.git/info/info", "/info/info", "/oauth/token",
		"/alice/x/resolve/main/../../x", "/alice/x/resolve/refs/heads/main/d/a", "/spaces/a/b/resolve/main/x",
	} {
		f.Add("GET", path, "", true)
		f.Add("POST", path, `{"operation":"upload","objects":[{"oid":"x"}]}`, true)
	}
	for action := range all.File {
		for i, repo := range []string{"alice/x", "carol/private", "datasets/alice/x", "gpt2", "carol", "none"} {
			f.Add("GET", "/"+repo+"/"+action+"/main/d?p=0&cursor=&limit=1&login", "", i%2 == 0)
			f.Add("GET", "/"+repo+"/"+action+"/1", "", i%2 == 0)
			f.Add("HEAD", "/"+repo+"/"+action, "", i%2 == 0)
		}
	}
	for path, body := range map[string]string{
		"/api/models/alice/x/discussions":                                   `{"title":"t","pullRequest":true}`,
		"/api/models/alice/x/discussions/1":                                 "",
		"/api/models/alice/x/discussions?p=1&type=all&status=closed":        "",
		"/api/models/alice/x/discussions/1/status":                          `{"status":"open"}`,
		"/api/models/alice/x/discussions/1/merge":                           "",
		"/api/models/carol/private/discussions/1":                           "",
		"/api/models/alice/x/commit/main?create_pr=1":                       headerLine,
		"/api/models/alice/x/commit/refs%2Fpr%2F1":                          headerLine,
		"/api/complete_multipart?uploadId=1&Expires=9999999999&Signature=0": `{"oid":"x","parts":[{"partNumber":1,"etag":"e"}]}`,
	} {
		f.Add("GET", path, "", true)
		f.Add("POST", path, body, true)
		f.Add("POST", path, body, false)
	}
	f.Fuzz(func(t *testing.T, method, target, body string, token bool) {
		u, err := url.ParseRequestURI(target)
		if err != nil || u.Host != "" || method == "" || strings.ContainsFunc(method, func(r rune) bool { return r < 'A' || r > 'Z' }) {
			return
		}
		var faults bytes.Buffer
		s, err := New(Options{
			Users:    []account.User{{Name: "alice", Tokens: []account.Token{{Secret: "hf_alice", Role: account.Write}}}},
			ErrorLog: log.New(&faults, "", 0),
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"alice/x", "datasets/alice/x", "gpt2"} {
			if _, err := s.PutRepo(id, store.RepoOptions{}, map[string]depot.Content{"d/a": depot.Text("1"), "w.bin": depot.Text("2")}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.repos.Find(names.RepoID{Kind: "model", Name: "alice/x"}).Discuss("t", "d", "alice", true, s.options.Now()); err != nil {
			t.Fatal(err)
		}
		answer := func(accept string) *httptest.ResponseRecorder {
			r := &http.Request{
				Method: method, URL: u, Host: "hub.invalid", Header: make(http.Header), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
				Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
			}
			r.Header.Set("Accept", accept)
			if token {
				r.Header.Set("Authorization", "Bearer hf_alice")
			}
			w := httptest.NewRecorder()
			s.router("").ServeHTTP(w, r.WithContext(t.Context()))
			return w
		}
		without := answer("*/*")
		if without.Code == http.StatusInternalServerError || faults.Len() > 0 {
			t.Fatalf("%s %s = %d %s, log %s", method, target, without.Code, without.Body, &faults)
		}
		if without.Code >= 400 && without.Code != http.StatusRequestedRangeNotSatisfiable {
			var e struct {
				Error       string
				Description string `json:"error_description"` // of OAuth, which has codes for Error
			}
			err := json.Unmarshal(without.Body.Bytes(), &e)
			if err != nil || strings.Join(strings.Fields(cmp.Or(e.Description, e.Error)), " ") != without.Header().Get("X-Error-Message") || e.Error == "" {
				t.Fatalf("%s %s = %d %s with message %q, %v", method, target, without.Code, without.Body, without.Header().Get("X-Error-Message"), err)
			}
		}
		if method != "GET" && method != "HEAD" {
			return // the first request may have changed what the second meets
		}
		page := answer("text/html")
		isPage := page.Header().Get("Content-Type") == "text/html; charset=utf-8"
		if page.Code != without.Code || page.Code >= 400 && page.Code != http.StatusRequestedRangeNotSatisfiable &&
			isPage == (strings.HasPrefix(u.Path, "/api/") || strings.HasPrefix(u.Path, "/oauth/")) {
			t.Fatalf("%s %s = %d, and for a browser %d %s", method, target, without.Code, page.Code, page.Header().Get("Content-Type"))
		}
		if _, err := s.PutRepo("carol/private", store.RepoOptions{Private: true}, map[string]depot.Content{"a": depot.Text("secret")}); err != nil {
			t.Fatal(err)
		}
		for accept, before := range map[string]*httptest.ResponseRecorder{"*/*": without, "text/html": page} {
			with := answer(accept)
			if with.Code != before.Code || !bytes.Equal(with.Body.Bytes(), before.Body.Bytes()) && with.Code != http.StatusFound {
				t.Fatalf("%s %s = %d %s without a private repo, %d %s with it", method, target, before.Code, before.Body, with.Code, with.Body)
			}
		}
	})
}

// headerLine starts the body of a commit.
const headerLine = `{"key":"header","value":{"summary":"t"}}` + "\n"
