package hub

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestResolve(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		m := n.addModel()
		m.info = `,"gated":"manual","private":true`
		r, err := n.client().Resolve(t.Context(), "alice/model", "")
		if err != nil {
			t.Fatal(err)
		}
		want := []File{
			{Path: "config.json", Size: 7, OID: gitBlob([]byte(`{"a":1}`))},
			{Path: "empty.txt", Size: 0, OID: gitBlob(nil)},
			{Path: "model.safetensors", Size: 5000, OID: commitC, SHA256: sha256Hex(weights(5000))},
		}
		if !reflect.DeepEqual(r.Files, want) {
			t.Errorf("Files = %+v, want %+v", r.Files, want)
		}
		if r.Repo != "alice/model" || r.Commit != commitA || !r.Private || r.Gated != "manual" || r.PipelineTag != "text-generation" || r.LibraryName != "transformers" || string(r.CardData) != `{"license":"mit"}` {
			t.Errorf("Resolve = %+v", r)
		}
		if got := r.Names(); !slices.Equal(got, []string{"config.json", "empty.txt", "model.safetensors"}) {
			t.Errorf("Names() = %q", got)
		}
		if f, ok := r.File("config.json"); !ok || f != want[0] {
			t.Errorf("File(config.json) = %+v, %v", f, ok)
		}
		lines := n.lines()
		wantLines := []string{"GET hub.test/api/models/alice/model/revision/main", "GET hub.test/api/models/alice/model/tree/" + commitA}
		if !slices.Equal(lines, wantLines) {
			t.Errorf("requests %q, want %q", lines, wantLines)
		}
	})
}

// A PR ref is one segment of the URL.
func TestResolveRefs(t *testing.T) {
	for ref, want := range map[string]string{
		"refs/pr/1": "GET hub.test/api/models/alice/model/revision/refs%2Fpr%2F1",
		commitA:     "GET hub.test/api/models/alice/model/revision/" + commitA,
	} {
		bubble(t, func(t *testing.T, n *network) {
			n.addModel()
			if _, err := n.client().Resolve(t.Context(), "alice/model", ref); err != nil {
				t.Errorf("Resolve(%s) = %v", ref, err)
			}
			if got := n.lines()[0]; got != want {
				t.Errorf("Resolve(%s) sent %s, want %s", ref, got, want)
			}
			if info, err := n.client().RepoAt(t.Context(), "alice/model", ref); err != nil || info.Commit != commitA || info.Siblings[0] != "config.json" {
				t.Errorf("RepoAt(%s) = %+v, %v", ref, info, err)
			}
		})
	}
}

// What is no repo or revision is not sent anywhere.
func TestResolveOfNonsense(t *testing.T) {
	for _, tt := range [][2]string{
		{"", "main"}, {"a/b/c", "main"}, {"alice/", "main"}, {"/etc", "main"}, {"../model", "main"}, {"alice/a--b", "main"}, {"alice/model.git", "main"},
		{"alice/-model", "main"}, {"alice/mod el", "main"}, {"alice/" + strings.Repeat("a", 97), "main"}, {"alice/model?x", "main"},
		{"alice/model", ".."}, {"alice/model", "a/../b"}, {"alice/model", "a b"}, {"alice/model", "a\x00b"}, {"alice/model", "."},
	} {
		bubble(t, func(t *testing.T, n *network) {
			n.addModel()
			if _, err := n.client().Resolve(t.Context(), tt[0], tt[1]); err == nil || len(n.requests) > 0 {
				t.Errorf("Resolve(%q, %q) = %v after %d requests, want an error after none", tt[0], tt[1], err, len(n.requests))
			}
		})
	}
}

// Answers that no Hub gives.
func TestResolveOddAnswers(t *testing.T) {
	tree := func(body string) (string, func(http.ResponseWriter, *http.Request)) {
		return "/tree/", status(200, body)
	}
	info := func(body string) (string, func(http.ResponseWriter, *http.Request)) {
		return "/revision/", status(200, body)
	}
	type odd struct {
		name  string
		where string
		fault func(http.ResponseWriter, *http.Request)
		is    error
		text  string
	}
	var tests []odd
	add := func(name string, is error, text string, where string, fault func(http.ResponseWriter, *http.Request)) {
		tests = append(tests, odd{name, where, fault, is, text})
	}
	with := func(name string, is error, text string, f func(string) (string, func(http.ResponseWriter, *http.Request)), body string) {
		where, fault := f(body)
		add(name, is, text, where, fault)
	}
	entry := func(fields string) string { return `[{"type":"file","oid":"x","size":1,` + fields + `}]` }
	with("a web page", ErrAnswer, "web page", info, "<html><title>Log in</title></html>")
	with("a web page after a blank", ErrAnswer, "web page", info, "\n  <!DOCTYPE html>")
	with("nothing", ErrAnswer, "not the JSON", info, "")
	with("half an answer", ErrAnswer, "not the JSON", info, `{"id":"alice/model"`)
	with("null", ErrAnswer, "no commit", info, `null`)
	with("a list", ErrAnswer, "not the JSON", info, `[]`)
	with("another type", ErrAnswer, "not the JSON", info, `{"id":5}`)
	with("a deep nest", ErrAnswer, "not the JSON", info, strings.Repeat(`{"a":`, 20000))
	with("a short sha", ErrAnswer, "no commit", info, `{"id":"alice/model","sha":"abc"}`)
	with("no id", ErrAnswer, "no name", info, `{"sha":"`+commitA+`"}`)
	with("an id that is a path", ErrAnswer, "no name", info, `{"id":"../../x","sha":"`+commitA+`"}`)
	add("endless", ErrAnswer, "longer than 33554432 bytes", "/revision/", func(w http.ResponseWriter, r *http.Request) {
		for range infoAnswer/(1<<16) + 1 {
			w.Write(make([]byte, 1<<16))
		}
	})
	with("a listing that is an object", ErrAnswer, "not the JSON", tree, `{}`)
	with("a file without a size", ErrAnswer, "no size", tree, `[{"type":"file","oid":"x","path":"a"}]`)
	with("a file of negative size", ErrAnswer, "no size", tree, `[{"type":"file","oid":"x","path":"a","size":-1}]`)
	with("a file twice", ErrAnswer, "twice", tree, `[{"type":"file","oid":"x","path":"a","size":1},{"type":"file","oid":"x","path":"a","size":1}]`)
	with("a large file without a sha256", ErrAnswer, "sha256", tree, entry(`"path":"a","lfs":{"oid":"abc","size":1}`))
	with("a large file of two sizes", ErrAnswer, "two sizes", tree, entry(`"path":"a","lfs":{"oid":"`+sha256Hex(nil)+`","size":2}`))
	for _, name := range []string{"../x", "/etc/x", "a/../../b", `..\\x`, `C:\\x`, "C:x", `\\\\server\\x`, `a\\..\\b`, "a\\u0000b", "a\\u001b[31m", "", "a//b", "./a", "a/.", "a/.. /b", "..."} {
		with("a file called "+name, ErrUnsafePath, "unsafe file name", tree, entry(`"path":"`+name+`"`))
	}
	with("a folder called ..", ErrUnsafePath, "unsafe", tree, `[{"type":"directory","oid":"x","path":"a/.."}]`)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				n.addModel()
				n.failTimes(tt.where, always, tt.fault)
				_, err := n.client().Resolve(t.Context(), "alice/model", "main")
				wantError(t, err, tt.is, "alice/model", tt.text)
				if got := n.count("/revision/main"); got != 1 {
					t.Errorf("asked %d times, want 1", got)
				}
			})
		})
	}
}

// The Hub speaks of another commit than the one that was asked for.
func TestResolveOfACommitThatIsNotGiven(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		n.addModel()
		n.failTimes("/revision/", always, status(200, `{"id":"alice/model","sha":"`+commitA+`"}`))
		_, err := n.client().Resolve(t.Context(), "alice/model", commitB)
		wantError(t, err, ErrAnswer, commitA, commitB)
	})
}

// Names that are odd but can leave no folder are kept as they are.
func TestNamesThatAreKept(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		m := n.addModel()
		names := []string{"A.json", "a.json", "sub dir/é#?%&+.json", "tokenizer(1).json", `back\slash.txt`, "..a", "a..b", ".gitattributes", "x.cache", "..data/x"}
		m.files = map[string][]byte{}
		for _, name := range names {
			m.files[name] = []byte(name)
		}
		r := n.resolve(t)
		slices.Sort(names)
		if !slices.Equal(r.Names(), names) {
			t.Errorf("Names() = %q, want %q", r.Names(), names)
		}
		for _, name := range names {
			if got, err := readAt(t, r, name, 0, len(name)); string(got) != name || err != nil {
				t.Errorf("reading %q = %q, %v", name, got, err)
			}
		}
	})
}

func TestEmptyRepo(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		n.addModel()
		n.failTimes("/tree/", 1, status(404, "", "X-Error-Code: EntryNotFound"))
		if r, err := n.client().Resolve(t.Context(), "alice/model", "main"); err != nil || len(r.Files) != 0 {
			t.Errorf("Resolve = %v, %v; want no files", r, err)
		}
	})
}

// page serves a listing in pages of one file, linked by what link makes of the number of the next.
func page(last int, link func(n int) string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		i := 0
		fmt.Sscan(r.URL.Query().Get("cursor"), &i)
		if i < last {
			w.Header().Set("Link", link(i+1))
		}
		fmt.Fprintf(w, `[{"type":"file","oid":"x","size":1,"path":"f%06d"}]`, i)
	}
}

func TestPaging(t *testing.T) {
	next := func(base string) func(int) string {
		return func(i int) string {
			return fmt.Sprintf(`<http://x.test>; rel="prev", <%s?recursive=true&cursor=%d>; rel="next"`, base, i)
		}
	}
	route := "/api/models/alice/model/tree/" + commitA
	for _, tt := range []struct {
		name  string
		last  int
		link  func(int) string
		files int // 0: an error
		text  string
	}{
		{"absolute links", 4, next("http://hub.test" + route), 5, ""},
		{"relative links", 4, next(route), 5, ""},
		{"links to the public Hub, whose mirror this is", 2, next(DefaultEndpoint + route), 3, ""},
		{"a link to another host", 4, next("http://store.test" + route), 0, "another place (store.test)"},
		{"a link to another port", 4, next("http://hub.test:8080" + route), 0, "another place (hub.test:8080)"},
		{"a link to another scheme", 4, next("ftp://hub.test" + route), 0, "neither http nor https"},
		{"the same link for ever", always, func(int) string { return `<http://hub.test` + route + `?cursor=1>; rel="next"` }, 0, "does not end"},
		{"pages without end", always, next("http://hub.test" + route), 0, "does not end after 1000 pages"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				n.addModel()
				n.failTimes("/tree/", always, page(tt.last, tt.link))
				r, err := n.client().Resolve(t.Context(), "alice/model", "main")
				if tt.files == 0 {
					wantError(t, err, ErrAnswer, tt.text)
					return
				}
				if err != nil || len(r.Files) != tt.files {
					t.Errorf("Resolve = %d files, %v; want %d", len(r.Files), err, tt.files)
				}
			})
		})
	}
}

// A listing that goes on for ever ends by its entries, folders included, or by its bytes.
func TestExtent(t *testing.T) {
	for _, tt := range []struct {
		entries, bytes, pages int
		text                  string
	}{{1000, 300_000, 1000, "more than 1000000 files"}, {0, treeAnswer, 8, "longer than 536870912 bytes"}} {
		var e extent
		for page := range tt.pages {
			if err := e.add(tt.entries, tt.bytes); err != nil {
				t.Fatalf("page %d: %v", page, err)
			}
		}
		if err := e.add(max(tt.entries, 1), tt.bytes); !errors.Is(err, ErrAnswer) || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("after %d pages of %d entries and %d bytes: %v, want %q", tt.pages, tt.entries, tt.bytes, err, tt.text)
		}
	}
}

func TestNextLink(t *testing.T) {
	for value, want := range map[string]string{
		`<https://h/a?b=c>; rel="next"`:                      "https://h/a?b=c",
		`<https://h/a>;rel=next`:                             "https://h/a",
		`<https://h/p>; rel="prev", <https://h/n>; rel=next`: "https://h/n",
		`<https://h/a,b>; title="x"; REL="next"`:             "https://h/a,b",
		`<https://h/a>; rel="xet-auth"`:                      "",
		`<https://h/a`:                                       "",
		``:                                                   "",
	} {
		if got := nextLink([]string{value}); got != want {
			t.Errorf("nextLink(%s) = %q, want %q", value, got, want)
		}
	}
}

// A repo that has another name now is found under it, and the person is told once.
func TestRename(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		m := n.addModel()
		n.failTimes("/alice/old/", always, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", strings.Replace(r.URL.EscapedPath(), "/alice/old/", "/alice/model/", 1))
			w.WriteHeader(http.StatusTemporaryRedirect)
		})
		n.failTimes("/", always, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer "+testToken && r.Host == "hub.test" {
				t.Errorf("%s without the token", r.URL)
			}
			n.hosts[r.Host].ServeHTTP(w, r)
		})
		c := n.client()
		for range 2 {
			r, err := c.Resolve(t.Context(), "alice/old", "main")
			if err != nil || r.Repo != "alice/model" {
				t.Fatalf("Resolve(alice/old) = %+v, %v; want alice/model", r, err)
			}
			if got, err := readAt(t, r, "config.json", 0, 7); err != nil || string(got) != string(m.files["config.json"]) {
				t.Errorf("read = %q, %v", got, err)
			}
		}
		if want := []string{"alice/old is now called alice/model"}; !slices.Equal(n.said(), want) {
			t.Errorf("notices %q, want %q", n.said(), want)
		}
	})
}

// Where a redirect may lead, and what goes along.
func TestRedirects(t *testing.T) {
	for _, tt := range []struct {
		name     string
		status   int
		location string
		want     string // the last request; "" for an error
		token    bool   // goes along to it
		text     string
	}{
		{"to the same place", 307, "/api/models/alice/model/revision/main", "GET hub.test/api/models/alice/model/revision/main", true, ""},
		{"by 301", 301, "http://hub.test/api/models/alice/model/revision/main", "GET hub.test/api/models/alice/model/revision/main", true, ""},
		{"to another port", 302, "http://hub.test:8080/api/models/alice/model/revision/main", "GET hub.test:8080/api/models/alice/model/revision/main", false, ""},
		{"to a sub-domain", 302, "http://hub.hub.test/api/models/alice/model/revision/main", "GET hub.hub.test/api/models/alice/model/revision/main", false, ""},
		{"to another host", 302, "http://store.test/info?sig=" + signature, "GET store.test/info", false, ""},
		{"in a circle", 302, "/api/models/alice/old/revision/main", "", false, "more than 20 redirects"},
		{"to nowhere", 302, "", "", false, "to nowhere"},
		{"to no URL", 302, "http://[bad?sig=" + signature, "", false, "no URL"},
		{"to no URL, relative", 302, "/a%zz?sig=" + signature, "", false, "no URL"},
		{"to a file", 302, "file:///etc/passwd", "", false, "neither http nor https"},
		{"to a URL with a password", 302, "http://u:" + testToken + "@hub.test/x", "", false, "user name"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				n.addModel()
				for _, host := range []string{"hub.hub.test", "hub.test:8080", "store.test"} {
					n.hosts[host] = status0(200, `{"id":"alice/old","sha":"`+commitA+`"}`)
				}
				n.failTimes("/alice/old/", 30, status(tt.status, "", "Location: "+tt.location))
				_, err := n.client().Repo(t.Context(), "alice/old")
				last := n.requests[len(n.requests)-1]
				if tt.want == "" {
					wantError(t, err, ErrAnswer, tt.text)
					return
				}
				if err != nil || last.line != tt.want || (last.token != "") != tt.token {
					t.Errorf("Repo = %v, last request %s with token %q; want %s, token %v", err, last.line, last.token, tt.want, tt.token)
				}
			})
		})
	}
}

func status0(code int, body string) http.Handler { return http.HandlerFunc(status(code, body)) }

// Redirects that need https, or a request with a body.
func TestFollow(t *testing.T) {
	c := &Client{}
	if err := c.ready(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name     string
		method   string
		auth     bool
		status   int
		location string
		want     string
	}{
		{"a GET from https to https", "GET", true, 302, "https://cdn.test/x", "https://cdn.test/x"},
		{"a GET from https to http", "GET", true, 302, "http://huggingface.co/x", ""},
		{"a POST by 307", "POST", true, 307, "/api/y", "https://huggingface.co/api/y"},
		{"a POST by 308", "POST", true, 308, "https://hf.co/y", "https://hf.co/y"},
		{"a POST by 301", "POST", true, 301, "/api/y", ""},
		{"a POST by 302", "POST", true, 302, "/api/y", ""},
		{"a POST by 303", "POST", true, 303, "/api/y", ""},
		{"a POST to another host", "POST", true, 307, "https://evil.test/api", ""},
		{"a PUT to storage in another region", "PUT", false, 307, "https://eu.store.test/x", "https://eu.store.test/x"},
	} {
		got, err := c.follow(&call{method: tt.method, auth: tt.auth}, c.route("api/x"), tt.status, tt.location)
		if err == nil != (tt.want != "") || err == nil && got.String() != tt.want || err != nil && !errors.Is(err, ErrAnswer) {
			t.Errorf("%s: follow = %v, %v; want %q", tt.name, got, err, tt.want)
		}
	}
}

func TestTrusted(t *testing.T) {
	for _, tt := range []struct {
		endpoint, url string
		want          bool
	}{
		{"", "https://huggingface.co/x", true},
		{"", "https://HuggingFace.co:443/x", true},
		{"", "https://hf.co/x", true},
		{"", "http://huggingface.co/x", false},
		{"", "https://huggingface.co:8443/x", false},
		{"", "https://cdn.huggingface.co/x", false},
		{"", "https://huggingface.co.evil.test/x", false},
		{"https://mirror.test/hub", "https://mirror.test/other", true},
		{"https://mirror.test/hub", "https://huggingface.co/x", true},
		{"https://mirror.test/hub", "https://www.mirror.test/x", false},
		{"http://127.0.0.1:8000", "http://127.0.0.1:8001/x", false},
		{"http://127.0.0.1:8000", "http://localhost:8000/x", false},
	} {
		c := &Client{Endpoint: tt.endpoint}
		if err := c.ready(); err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(tt.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.trusted(u); got != tt.want {
			t.Errorf("Client{%s} trusts %s: %v, want %v", tt.endpoint, tt.url, got, tt.want)
		}
	}
}

// An endpoint may have a path of its own.
func TestEndpointWithAPath(t *testing.T) {
	c := &Client{Endpoint: "https://corp.test/h%20f/hub/"}
	if err := c.ready(); err != nil {
		t.Fatal(err)
	}
	if got, want := c.api("alice/model", "revision", segment("refs/pr/1")).String(), "https://corp.test/h%20f/hub/api/models/alice/model/revision/refs%2Fpr%2F1"; got != want {
		t.Errorf("api = %s, want %s", got, want)
	}
	if got, want := c.Page("alice/model"), "https://corp.test/h%20f/hub/alice/model"; got != want {
		t.Errorf("Page = %s, want %s", got, want)
	}
	for raw, want := range map[string]string{
		"https://huggingface.co/a/b.git/info?x=1": "https://corp.test/h%20f/hub/a/b.git/info?x=1",
		"https://store.test/x?sig=1":              "https://store.test/x?sig=1",
		"http://store.test/x":                     "",
		"https://u@store.test/x":                  "",
		"":                                        "",
	} {
		got, err := c.returned(c.base, raw)
		if err == nil != (want != "") || err == nil && got.String() != want {
			t.Errorf("returned(%s) = %v, %v; want %q", raw, got, err, want)
		}
	}
	for _, bad := range []string{"huggingface.co", "ftp://x.test", "https://u:p@x.test", "https://", "https://x.test?a=b", "https://x.test#f", "://"} {
		_, err := (&Client{Endpoint: bad}).Repo(t.Context(), "a/b")
		if err == nil || !strings.HasPrefix(err.Error(), "endpoint: ") || strings.Contains(err.Error(), "u:p") {
			t.Errorf("endpoint %s: %v, want an error", bad, err)
		}
	}
}

// The Hub's own warnings are passed on once for each topic.
func TestHubWarnings(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		m := n.addModel()
		n.failTimes("/revision/", 3, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("X-HF-Warning", "unauthenticated; You are sending no token "+testToken)
			w.Header().Add("X-HF-Warning", "old; Use \u202eanother way")
			m.serveInfo(w, withPath(r))
		})
		c := n.client()
		for range 3 {
			if _, err := c.Repo(t.Context(), "alice/model"); err != nil {
				t.Fatal(err)
			}
		}
		want := []string{"the Hub says: You are sending no token ***", "the Hub says: Use another way"}
		if !slices.Equal(n.said(), want) {
			t.Errorf("notices %q, want %q", n.said(), want)
		}
	})
}

// withPath fills in what the mux would.
func withPath(r *http.Request) *http.Request {
	r.SetPathValue("ns", "alice")
	r.SetPathValue("name", "model")
	r.SetPathValue("rev", "main")
	return r
}
