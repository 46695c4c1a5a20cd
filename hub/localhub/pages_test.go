package localhub_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

const mergeCard = `---
base_model:
- carol/base
- nobody/elsewhere
base_model_relation: merge
library_name: transformers
license: other
license_name: its-own
license_link: LICENSE
pipeline_tag: text-generation
tags:
- merge
- slerp
---

# merge

A merge of two models: **attention** moves with depth. See [the lock](lazymerge.lock.json) and [usage](#usage).

![Share of each model by layer.](merge.png)

![badge](https://img.example/badge.svg)

| | model | commit | license | share of the weights |
|---|---|---|---|--:|
| base | [carol/base](/carol/base) | ` + "`4f5d2c19`" + ` | apache-2.0 | 50 % |
| | [elsewhere](https://huggingface.co/nobody/elsewhere) | ` + "`b3c01e77`" + ` | its-own | 50 % |

## Usage

` + "```python\nfrom transformers import pipeline\n```\n" + `
> A quote, ~~struck~~ and plain.
`

const hostileCard = `---
license: "<script>alert(1)</script>"
license_name: "\"><img src=x onerror=alert(1)>"
license_link: "javascript:alert(1)"
pipeline_tag: "<svg onload=alert(1)>"
tags: ["</ul></header></main><script>alert(1)</script>", "\" onclick=\"alert(1)"]
base_model: ["javascript:alert(1)", "../../api/models"]
---
<script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)" onclick=alert(1)>click</a>
</article></section></main><style>body{display:none}</style><iframe src="https://evil.example"></iframe>

![](data:image/svg+xml;base64,PHN2Zz4=) <svg onload=alert(1)></svg> [a](JAVASCRIPT:alert(1))
`

const hostileName = `<img src=x onerror=alert(1)>"';&#x0a;%2f#?`

// chart is a picture in the size of a merge's.
func chart(t testing.TB) localhub.Content {
	t.Helper()
	m := image.NewPaletted(image.Rect(0, 0, 1600, 640), color.Palette{color.White, color.RGBA{0x0a, 0x5a, 0xa8, 0xff}, color.RGBA{0xe0, 0x9f, 0x3e, 0xff}})
	for x := range 1600 {
		for y := range 640 {
			if x%50 < 46 && x > 40 && y > 40 && y < 600 {
				m.SetColorIndex(x, y, uint8(1+(x/50+y/70)%2))
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return localhub.Bytes(b.Bytes())
}

// site is a Hub with something on each kind of page.
func site(t testing.TB) *localhub.Server {
	t.Helper()
	server := start(t, localhub.Options{})
	text := localhub.Text
	header := `{"w":{"dtype":"BF16","shape":[600,2],"data_offsets":[0,2400]}}`
	weights := string([]byte{byte(len(header)), 0, 0, 0, 0, 0, 0, 0}) + header + strings.Repeat("\x00\x3c", 1200)
	put(t, server, "carol/base", localhub.RepoOptions{}, map[string]localhub.Content{"README.md": text("---\nlicense: apache-2.0\n---\n# base\n"), "model.safetensors": text(weights)})
	put(t, server, "carol/private", localhub.RepoOptions{Private: true}, map[string]localhub.Content{"README.md": text("# secret\n")})
	put(t, server, "carol/gated", localhub.RepoOptions{Gated: localhub.Manual}, map[string]localhub.Content{"README.md": text("---\nlicense: mit\n---\n# restricted\n")})
	put(t, server, "datasets/alice/words", localhub.RepoOptions{}, map[string]localhub.Content{"README.md": text("# words\n")})
	put(t, server, "gpt2", localhub.RepoOptions{}, map[string]localhub.Content{"config.json": text(`{"model_type":"gpt2"}`), "sub/a.txt": text("a\n")})
	put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"config.json": text(`{"architectures":["MistralForCausalLM"],"model_type":"mistral"}`), "old.txt": text("old\n")})
	put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{
		"README.md": text(mergeCard), "merge.png": chart(t), "lazymerge.lock.json": text("{}\n"), "LICENSE": text("its own\n"),
		"model.safetensors": text(weights), "img/deep/chart two.png": chart(t), "img/deep/notes.md": text("![two](chart%20two.png) [up](../../LICENSE)\n"), "empty.txt": text(""), "x": text("what the hostile texts show"), "notes/long.txt": text(strings.Repeat("line\n", 10_001)),
	})
	commit(t, server, "alice/x", alice, lines(map[string]any{"summary": "Say more", "description": "in a line\nor two"},
		"file", fileLine("config.json", `{"architectures":["MistralForCausalLM"],"model_type":"mistral","vocab_size":32000}`), "deletedFile", map[string]any{"path": "old.txt"}))
	send(t, server, "POST", "/api/models/alice/x/branch/half%2Fway", alice, map[string]any{}).json(t, new(any))
	send(t, server, "POST", "/api/models/alice/x/tag/main", alice, map[string]any{"tag": "v1"}).json(t, new(any))
	send(t, server, "POST", "/api/models/alice/x/commit/main?create_pr=1", bob, lines(titled("Add scores"), "file", fileLine("scores.md", "# scores\n"))).json(t, new(any))
	send(t, server, "POST", talks+"/1/comment", alice, map[string]any{"comment": "**Thanks**, see [the notes](notes/long.txt)."}).json(t, new(any))
	send(t, server, "POST", talks+"/1/merge", alice, map[string]any{}).json(t, new(any))
	send(t, server, "POST", talks, bob, map[string]any{"title": hostileName, "description": "<script>alert(1)</script>" + hostileName}).json(t, new(any))
	send(t, server, "POST", talks+"/2/title", bob, map[string]any{"title": "<script>"}).json(t, new(any))
	for _, size := range []int{3_700, 3_720} {
		put(t, server, "alice/sizes", localhub.RepoOptions{}, map[string]localhub.Content{"model.safetensors.index.json": text(strings.Repeat("x", size)), "w.bin": text(strings.Repeat("\x00", 1000*size))})
	}

	// Names that CheckPath takes, in every place where a name is shown.
	put(t, server, "alice/hostile", localhub.RepoOptions{}, map[string]localhub.Content{
		"README.md": text(hostileCard), "x": text("w"), hostileName + "/" + hostileName: text("<script>alert(1)</script>\n"), "a\u202etxt.exe": text("\xff\xfe</pre><script>alert(1)</script>"),
	})
	commit(t, server, "alice/hostile", alice, lines(map[string]any{"summary": "<script>alert(1)</script>", "description": "</pre><script>alert(1)</script>"}, "file", fileLine("x", "x")))
	send(t, server, "POST", "/api/models/alice/hostile/branch/%22%3E%3Cscript%3E%23%25", alice, map[string]any{}).json(t, new(any))
	return server
}

// look asks for a page as a browser does. A token is the password of HTTP Basic.
func look(t testing.TB, server *localhub.Server, method, path, token string) reply {
	t.Helper()
	header := []string{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}
	if token != "" {
		header = append(header, "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("anybody:"+token)))
	}
	return send(t, server, method, path, "", nil, header...)
}

// Every link on every page leads somewhere, and every page is a decent one, whatever names and
// texts the repos have.
func TestPagesLeadSomewhere(t *testing.T) {
	for _, who := range []string{anonymous, alice} {
		server := site(t)
		todo := []string{"/", "/alice", "/datasets/alice", "/alice/x/commits/half%2Fway", "/alice/x/tree/v1/img", "/alice/x/tree/refs%2Fpr%2F1"}
		if who != anonymous {
			todo = append(todo, "/?login")
		}
		seen := map[string]bool{}
		pages := 0
		for len(todo) > 0 {
			path := todo[0]
			todo = todo[1:]
			if seen[path] {
				continue
			}
			seen[path] = true
			r := look(t, server, "GET", path, who)
			restricted := strings.HasPrefix(path, "/carol/gated/blob/") || strings.HasPrefix(path, "/carol/gated/resolve/")
			switch {
			case restricted && (r.StatusCode == http.StatusUnauthorized || r.StatusCode == http.StatusForbidden):
			case r.StatusCode == http.StatusFound && !restricted:
				continue // to storage, or between a file and a folder
			case path == "/?login" && who == anonymous && r.StatusCode == http.StatusUnauthorized:
			case r.StatusCode != http.StatusOK || restricted:
				t.Errorf("GET %s as %q = %d %s", path, who, r.StatusCode, r.body)
				continue
			}
			if !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
				continue
			}
			pages++
			todo = append(todo, checkPage(t, path, r)...)
			if head := look(t, server, "HEAD", path, who); head.StatusCode != r.StatusCode || head.ContentLength != int64(len(r.body)) {
				t.Errorf("HEAD %s = %d with %d bytes, GET %d with %d", path, head.StatusCode, head.ContentLength, r.StatusCode, len(r.body))
			}
		}
		if want := 60; pages < want {
			t.Errorf("as %q there are %d pages, want at least %d", who, pages, want)
		}
		if seen["/carol/private"] {
			t.Errorf("a link leads %q to the private repo of another", who)
		}
		if leaks := server.Leaks(); len(leaks) > 0 {
			t.Errorf("tokens went to storage: %v", leaks)
		}
	}
}

// checkPage holds a page to what all pages promise, and returns where it leads on this Hub.
func checkPage(t *testing.T, path string, r reply) []string {
	t.Helper()
	for header, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' http://127.0.0.1:", "X-Content-Type-Options": "nosniff",
		"Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin", "Vary": "Accept, Authorization",
	} {
		if got := r.Header.Get(header); !strings.HasPrefix(got, want) {
			t.Errorf("%s has %s %q, want %q", path, header, got, want)
		}
	}
	doc, err := html.Parse(bytes.NewReader(r.body))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	var leads, ids []string
	count := map[string]int{}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		count[n.Data]++
		attr := map[string]string{}
		for _, a := range n.Attr {
			attr[a.Key] = a.Val
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || strings.Contains(a.Val, "ZgotmplZ") {
				t.Errorf("%s has %s=%q of %s", path, a.Key, a.Val, n.Data)
			}
		}
		switch n.Data {
		case "script", "style", "iframe", "form", "svg", "object", "base":
			t.Errorf("%s has the element %s", path, n.Data)
		case "img":
			if _, ok := attr["alt"]; !ok {
				t.Errorf("%s has a picture without alt", path)
			}
		case "th":
			if attr["scope"] == "" && !strings.Contains(path, "/alice/x") {
				t.Errorf("%s has a head of a table without scope", path)
			}
		}
		if id, ok := attr["id"]; ok {
			if slices.Contains(ids, id) {
				t.Errorf("%s has two elements %q", path, id)
			}
			ids = append(ids, id)
		}
		for _, key := range []string{"href", "src"} {
			lead, ok := attr[key]
			switch {
			case !ok || strings.HasPrefix(lead, "#") || strings.HasPrefix(lead, "https://"):
			case !strings.HasPrefix(lead, "/") || strings.HasPrefix(lead, "//"):
				t.Errorf("%s leads to %q", path, lead)
			default:
				lead, _, _ = strings.Cut(lead, "#")
				leads = append(leads, lead)
			}
		}
	}
	if count["h1"] != 1 || count["main"] != 1 || count["title"] != 1 {
		t.Errorf("%s has %d h1, %d main and %d title", path, count["h1"], count["main"], count["title"])
	}
	return leads
}

func TestPages(t *testing.T) {
	server := site(t)
	tip := tip(t, server, "alice/x")
	commits, err := server.Commits("alice/x", "")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, path, token string
		status            int
		want              []string // each in the text of the page
		not               string   // "" is nothing
	}{
		{"the start page lists what everybody may see", "/", anonymous, 200, []string{"alice/x", "gpt2", "datasets/alice/words", "carol/gated", "gated", "1.20 k parameters", "its-own", "Log in", "export HF_ENDPOINT=" + server.URL()}, "private"},
		{"and more to those who may see more", "/", alice, 200, []string{"alice/x"}, "carol/private"},
		{"a namespace lists its models", "/alice", anonymous, 200, []string{"alice/x", "alice/hostile"}, "words"},
		{"the datasets of a namespace are their own", "/datasets/alice", anonymous, 200, []string{"datasets/alice/words"}, "hostile"},
		{"a namespace without repos", "/nobody", anonymous, 401, []string{"Repo not found", "Log in"}, ""},

		{"a card, its tags and what is known", "/alice/x", anonymous, 200, []string{
			"alice/x", "text-generation transformers merge slerp", "A merge of two models: attention moves", "usage", "badge",
			"License its-own", "Merge of carol/base nobody/elsewhere", "Parameters 1.20 k (BF16)", "Architecture MistralForCausalLM", "Library transformers", "Files 13, 58 kB",
			"model.safetensors LFS 2.5 kB", "hf download alice/x"}, "base_model:"},
		{"a name without namespace", "/gpt2", anonymous, 200, []string{"This repo has no card: a file README.md.", "config.json"}, ""},
		{"a dataset", "/datasets/alice/words", anonymous, 200, []string{"datasets/alice/words", "hf download --repo-type dataset alice/words"}, "HF_TOKEN"},
		{"a card at a tag", "/alice/x?revision=v1", anonymous, 200, []string{"At revision v1", "Branches half/way main", "Tags v1", "hf download alice/x --revision v1"}, ""},
		{"a card at a revision that is not there", "/alice/x?revision=none", anonymous, 404, []string{"No such revision", "alice/x All repos"}, ""},
		{"a private repo, anonymous", "/carol/private", anonymous, 401, []string{"Repo not found", "Log in"}, "secret"},
		{"a repo that is not there looks the same", "/carol/nothing", anonymous, 401, []string{"Repo not found", "Log in"}, ""},
		{"a private repo of another", "/carol/private", alice, 404, []string{"Repo not found", "somebody else"}, "secret"},
		{"a gated repo tells what the API tells", "/carol/gated", anonymous, 200, []string{"License mit", "for those who have been given access", "HF_TOKEN=hf_..."}, "restricted"},
		{"its files need access", "/carol/gated/blob/main/README.md", anonymous, 401, []string{"Access is restricted", "Log in"}, ""},
		{"which a token alone does not give", "/carol/gated/blob/main/README.md", alice, 403, []string{"Access is restricted", "authorized list"}, "Log in"},
		{"a token that nobody has", "/alice/x", "hf_nobody", 401, []string{"Not logged in"}, ""},
		{"a page that is not there", "/alice/x/nothing", anonymous, 404, []string{"there is no such page"}, ""},
		{"a page below the card", "/alice/x//y", anonymous, 404, []string{"there is no such page"}, ""},

		{"a folder", "/alice/x/tree/main", anonymous, 200, []string{"img/", "model.safetensors LFS 2.5 kB", "config.json 82 B get Say more 2 Jan 2026", "Branches half/way main", "Tags v1"}, "At revision"},
		{"a folder in a folder at a tag", "/alice/x/tree/v1/img/deep", anonymous, 200, []string{"At revision v1", "x/ img/ deep", "chart two.png"}, ""},
		{"a folder of a repo without namespace", "/gpt2/tree/main/sub", anonymous, 200, []string{"a.txt"}, ""},
		{"a revision that is not there", "/alice/x/tree/none", anonymous, 404, []string{"No such revision", `"none"`}, ""},
		{"a folder that is not there", "/alice/x/tree/main/none", anonymous, 404, []string{"No such file", `"none"`}, ""},

		{"a text", "/alice/x/blob/main/config.json", anonymous, 200, []string{"82 B", "Download", `"vocab_size":32000`}, ""},
		{"a text with wrong UTF-8", "/alice/hostile/blob/main/a%E2%80%AEtxt.exe", anonymous, 200, []string{"a\ufffdtxt.exe", "\ufffd</pre><script>alert(1)</script>"}, "\u202e"},
		{"a text in Markdown is rendered", "/alice/x/blob/v1/README.md", anonymous, 200, []string{"Show the source", "A merge of two models: attention moves"}, "**"},
		{"or shown as it is written", "/alice/x/blob/v1/README.md?source", anonymous, 200, []string{"Show it rendered", "A merge of two models: **attention** moves", "library_name: transformers"}, "Show the source"},
		{"an empty text", "/alice/x/blob/main/empty.txt", anonymous, 200, []string{"This file is empty."}, ""},
		{"a text that is too long", "/alice/x/blob/main/notes/long.txt", anonymous, 200, []string{"too many lines"}, "line line"},
		{"weights", "/alice/x/blob/main/model.safetensors", anonymous, 200, []string{"LFS 2.5 kB", "sha256", "not text that git keeps"}, ""},
		{"a file that is not there", "/alice/x/blob/main/none", anonymous, 404, []string{"No such file", "alice/x All repos"}, ""},

		{"a history", "/alice/x/commits/main", anonymous, 200, []string{"5 commits on main", "Say more", "alice 2 Jan 2026, 03:04 UTC", "in a line or two", "initial commit"}, ""},
		{"what push prints", "/alice/x/commit/" + commits[1].OID, anonymous, 200, []string{"Say more", "in a line or two", "2 changed files", "config.json changed 63 B to 82 B", "old.txt removed 4 B", "parent " + commits[2].OID}, ""},
		{"a first commit", "/alice/x/commit/" + commits[4].OID, anonymous, 200, []string{"1 changed file", ".gitattributes added"}, "parent"},
		{"a merged pull request", "/alice/x/commit/" + tip, anonymous, 200, []string{"Add scores (#1)", "scores.md added 9 B"}, ""},
		{"a commit that is not there", "/alice/x/commit/" + strings.Repeat("0", 40), anonymous, 404, []string{"No such revision"}, ""},

		{"the discussions", "/alice/x/discussions", anonymous, 200, []string{"2 discussions and pull requests", "Add scores merged", "#1 pull request by bob", "<script> open", "#2 discussion by bob"}, ""},
		{"what push --create-pr prints", "/alice/x/discussions/1", anonymous, 200, []string{
			"Add scores #1 merged", "for main", "alice wrote", "Thanks, see the notes.", "alice set the status to merged", "Merged as " + tip[:8], "Read the card", "1 changed file", "scores.md added 9 B"}, ""},
		{"a discussion", "/alice/x/discussions/2", anonymous, 200, []string{"<script> #2 open", "changed the title from"}, "changed file"},
		{"a discussion that is not there", "/alice/x/discussions/3", anonymous, 404, []string{"there is no discussion 3"}, ""},
		{"a discussion without a number", "/alice/x/discussions/one", anonymous, 404, []string{"there is no such page"}, ""},
	}
	for _, tt := range tests {
		r := look(t, server, "GET", tt.path, tt.token)
		text := pageText(t, r.body)
		if r.StatusCode != tt.status || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: GET %s = %d %s, want a page with %d", tt.name, tt.path, r.StatusCode, r.Header.Get("Content-Type"), tt.status)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %s lacks %q: %s", tt.name, tt.path, want, text)
			}
		}
		if tt.not != "" && strings.Contains(text, tt.not) {
			t.Errorf("%s: %s has %q: %s", tt.name, tt.path, tt.not, text)
		}
	}
}

// pageText is what a person reads, with one space wherever there is some.
func pageText(t testing.TB, body []byte) string {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	inline := []string{"a", "b", "i", "em", "strong", "code", "h1", "h2", "s"}
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for child := range n.ChildNodes() {
			if n.Data != "head" {
				walk(child)
			}
		}
		if n.Type == html.ElementNode && !slices.Contains(inline, n.Data) && !(n.Data == "span" && isName(n)) {
			b.WriteByte(' ')
		}
	}
	walk(doc)
	return strings.Join(strings.Fields(b.String()), " ")
}

// isName tells whether a span is part of a repo's name.
func isName(n *html.Node) bool {
	return n.Parent.Data == "h1" || n.Parent.Parent.Data == "h2" || n.Parent.Data == "a" && n.Attr[0].Val == "namespace" || n.Parent.Data == "span"
}

// Accounts are for those who have a token: the browser asks for it, and sends it only to read.
func TestLogin(t *testing.T) {
	server := site(t)
	put(t, server, "alice/private", localhub.RepoOptions{Private: true}, map[string]localhub.Content{"README.md": localhub.Text("# mine\n"), "w.bin": localhub.Text("w")})
	asks := func(r reply) bool { return strings.HasPrefix(r.Header.Get("WWW-Authenticate"), "Basic realm=") }
	if r := look(t, server, "GET", "/?login", anonymous); r.StatusCode != 401 || !asks(r) || !strings.Contains(pageText(t, r.body), "Not logged in") {
		t.Errorf("/?login = %d, %q", r.StatusCode, r.Header)
	}
	if r := look(t, server, "GET", "/", anonymous); r.StatusCode != 200 || asks(r) {
		t.Errorf("/ = %d, %q; want a page that asks for nothing", r.StatusCode, r.Header)
	}
	if r := look(t, server, "GET", "/alice/x", "hf_nobody"); r.StatusCode != 401 || !asks(r) {
		t.Errorf("a wrong token = %d, %q; want to be asked again", r.StatusCode, r.Header)
	}
	if r := look(t, server, "GET", "/?login", alice); r.StatusCode != 200 || !strings.Contains(pageText(t, r.body), "alice/private private") || bytes.Contains(r.body, []byte(alice)) {
		t.Errorf("/?login as alice = %d %s", r.StatusCode, r.body)
	}
	for _, path := range []string{"/alice/private", "/alice/private/resolve/main/README.md", "/alice/private/raw/main/README.md"} {
		if r := look(t, server, "GET", path, alice); r.StatusCode != 200 || !bytes.Contains(r.body, []byte("mine")) {
			t.Errorf("GET %s as alice = %d %s", path, r.StatusCode, r.body)
		}
	}
	for _, r := range []reply{
		look(t, server, "GET", "/api/models/alice/private", alice),
		look(t, server, "GET", "/api/whoami-v2", alice),
		look(t, server, "POST", "/api/models/alice/x/branch/mine", alice),
		look(t, server, "POST", "/alice/x.git/info/lfs/objects/batch", alice),
		look(t, server, "DELETE", "/api/repos/delete", alice),
	} {
		r.wantError(t, 401, "", "Invalid credentials")
		if asks(r) {
			t.Errorf("%s %s makes a browser ask", r.Request.Method, r.Request.URL)
		}
	}
	closed := start(t, localhub.Options{Users: []localhub.User{}})
	if r := look(t, closed, "GET", "/", anonymous); strings.Contains(pageText(t, r.body), "Log in") || !strings.Contains(pageText(t, r.body), "Nothing has been published here yet.") {
		t.Errorf("a Hub without accounts shows %s", r.body)
	}
}

// A browser gets a page where a client gets the Hub's JSON; the headers are the same.
func TestProblemsForClients(t *testing.T) {
	server := site(t)
	for _, path := range []string{"/carol/private", "/alice/x/blob/main/none", "/alice/x/resolve/main/none", "/alice/x/tree/none", "/nothing"} {
		client, browser := send(t, server, "GET", path, anonymous, nil), look(t, server, "GET", path, anonymous)
		client.wantError(t, browser.StatusCode, browser.Header.Get("X-Error-Code"), browser.Header.Get("X-Error-Message"))
		if !strings.HasPrefix(client.Header.Get("Content-Type"), "application/json") || !strings.HasPrefix(browser.Header.Get("Content-Type"), "text/html") {
			t.Errorf("GET %s answers a client with %s and a browser with %s", path, client.Header.Get("Content-Type"), browser.Header.Get("Content-Type"))
		}
	}
	for _, path := range []string{"/", "/alice/x", "/-/style.css"} {
		send(t, server, "POST", path, alice, nil).wantError(t, 405, "", "POST is not allowed here; GET is")
	}
	if r := look(t, server, "GET", "/api/models/alice/none", anonymous); !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		t.Errorf("the API answers a browser with %s", r.Header.Get("Content-Type"))
	}
}

// A card that cannot be shown leaves the rest of the page as it is.
func TestCardsThatAreNotShown(t *testing.T) {
	server := start(t, localhub.Options{})
	for i, tt := range []struct{ card, want string }{
		{strings.Repeat("word ", 60_000), "README.md is not shown: the text has more than 256 KiB."},
		{strings.Repeat("> ", 500), "README.md is not shown: the text is nested too deeply."},
		{strings.Repeat("*a_", 80_000), "README.md is not shown: the text would take too long to render."},
		{"---\nlicense: mit\n---\n", "README.md has no text."},
		{"---\nlicense: [\n---\n# all the same\n", "all the same"},
		{"\x00", "kept by LFS"},
	} {
		id := fmt.Sprintf("alice/card-%d", i)
		put(t, server, id, localhub.RepoOptions{}, map[string]localhub.Content{"README.md": localhub.Text(tt.card)})
		if r := look(t, server, "GET", "/"+id, anonymous); r.StatusCode != 200 || !strings.Contains(pageText(t, r.body), tt.want) || !strings.Contains(pageText(t, r.body), "Files 2") {
			t.Errorf("the page of %.20q lacks %q: %d %s", tt.card, tt.want, r.StatusCode, pageText(t, r.body))
		}
	}
}

func TestPagesOfManyFiles(t *testing.T) {
	server := start(t, localhub.Options{PageSize: 3})
	files := map[string]localhub.Content{}
	for i := range 7 {
		files[fmt.Sprintf("f%d", i)] = localhub.Text("x")
	}
	put(t, server, "alice/x", localhub.RepoOptions{}, files)
	for i := range 4 {
		put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"f0": localhub.Text(fmt.Sprint(i))})
	}
	for path, want := range map[string]int{"/alice/x/tree/main": 3, "/alice/x/commits/main": 2} {
		pages := 0
		for next := path; next != ""; pages++ {
			leads := checkPage(t, next, look(t, server, "GET", next, anonymous))
			next = ""
			for _, lead := range leads {
				if strings.Contains(lead, "cursor=") || strings.Contains(lead, fmt.Sprintf("p=%d", pages+1)) {
					next = lead
				}
			}
		}
		if pages != want {
			t.Errorf("%s has %d pages, want %d", path, pages, want)
		}
	}
}

func TestCommitOfManyFiles(t *testing.T) {
	server := start(t, localhub.Options{})
	files := map[string]localhub.Content{}
	for i := range 1001 {
		files[fmt.Sprintf("f%d", i)] = localhub.Text("x")
	}
	made := put(t, server, "alice/x", localhub.RepoOptions{}, files)
	text := pageText(t, look(t, server, "GET", "/alice/x/commit/"+made, anonymous).body)
	if !strings.Contains(text, "1,001 changed files") || !strings.Contains(text, "The first 1,000 of them are shown.") || strings.Count(text, " added ") != 1000 {
		t.Errorf("the page of a commit of 1001 files is %.300s", text)
	}
}

func TestFilesAndFoldersLeadToEachOther(t *testing.T) {
	server := site(t)
	for from, to := range map[string]string{
		"/alice/x/tree/main/config.json":              "/alice/x/blob/main/config.json",
		"/alice/x/blob/half%2Fway/img/deep":           "/alice/x/tree/half%2Fway/img/deep",
		"/alice/x/tree/main/img/deep/chart%20two.png": "/alice/x/blob/main/img/deep/chart%20two.png",
	} {
		if r := look(t, server, "GET", from, anonymous); r.StatusCode != 302 || r.Header.Get("Location") != to {
			t.Errorf("GET %s = %d to %q, want 302 to %s", from, r.StatusCode, r.Header.Get("Location"), to)
		}
	}
}

// The policy of a page names storage by the name that the browser has for this server.
func TestPolicyNamesStorage(t *testing.T) {
	server := start(t, localhub.Options{AllowHosts: []string{"hub.internal"}})
	for host, want := range map[string]string{"hub.internal:80": "img-src 'self' http://hub.internal:", "[::1]:80": "img-src 'self' http://[::1]:"} {
		if got := ask(t, server, "/", host).Header.Get("Content-Security-Policy"); !strings.Contains(got, want) {
			t.Errorf("for the host %s the policy is %q, want %q", host, got, want)
		}
	}
	one := start(t, localhub.Options{OnePort: true})
	if got := ask(t, one, "/", "").Header.Get("Content-Security-Policy"); !strings.Contains(got, "img-src 'self';") {
		t.Errorf("with storage at the same port the policy is %q", got)
	}
}
