package localhub_test

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

// linksOf are the links of a page by their text; of several with the same the last.
func linksOf(t *testing.T, r reply) map[string]string {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	links := map[string]string{}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode || n.Data != "a" {
			continue
		}
		var text strings.Builder
		for d := range n.Descendants() {
			if d.Type == html.TextNode {
				text.WriteString(d.Data)
			}
		}
		for _, a := range n.Attr {
			if a.Key == "href" {
				links[text.String()] = a.Val
			}
		}
	}
	return links
}

// The title of a window tells what is looked at, of which repo, and where.
func TestTitles(t *testing.T) {
	server := site(t)
	for path, want := range map[string]string{
		"/":                                "Local Hub",
		"/alice":                           "alice · Local Hub",
		"/alice/x":                         "alice/x · Local Hub",
		"/gpt2":                            "gpt2 · Local Hub",
		"/datasets/alice/words":            "datasets/alice/words · Local Hub",
		"/alice/x/tree/main":               "Files · alice/x · Local Hub",
		"/alice/x/tree/main/img/deep":      "img/deep · alice/x · Local Hub",
		"/alice/x/blob/main/config.json":   "config.json · alice/x · Local Hub",
		"/alice/x/commits/main":            "Commits · alice/x · Local Hub",
		"/alice/x/commit/main":             "Add scores (#1) · alice/x · Local Hub",
		"/alice/x/discussions":             "Discussions · alice/x · Local Hub",
		"/alice/x/discussions/1":           "Add scores #1 · alice/x · Local Hub",
		"/alice/x/blob/main/none":          "No such file · alice/x · Local Hub",
		"/carol/private":                   "Repo not found · Local Hub",
		"/carol/private/blob/main/none":    "Repo not found · Local Hub",
		"/carol/gated/blob/main/README.md": "Access is restricted · carol/gated · Local Hub",
	} {
		r := look(t, server, "GET", path, anonymous)
		m := regexp.MustCompile("<title>(.*)</title>").FindSubmatch(r.body)
		if m == nil || string(m[1]) != want {
			t.Errorf("the title of %s is %q, want %q", path, m, want)
		}
	}
}

// The pages that list something have a heading of their own below that of the repo.
func TestHeadingsOfPages(t *testing.T) {
	server := site(t)
	for path, want := range map[string]string{
		"/alice/x/tree/main/img": "x/ img", "/alice/x/blob/main/config.json": "x/ config.json", "/alice/x/discussions": "2 discussions and pull requests", "/carol/base/discussions": "Discussions and pull requests",
	} {
		doc, err := html.Parse(bytes.NewReader(look(t, server, "GET", path, anonymous).body))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for n := range doc.Descendants() {
			if n.Data == "h2" && got == "" {
				var b bytes.Buffer
				if err := html.Render(&b, n); err != nil {
					t.Fatal(err)
				}
				got = pageText(t, b.Bytes())
			}
		}
		if got != want {
			t.Errorf("the first h2 of %s is %q, want %q", path, got, want)
		}
	}
}

// The start page names commands that work on this server.
func TestStartPageTellsHowToUseIt(t *testing.T) {
	me := func(role localhub.Role, writes ...string) localhub.Options {
		return localhub.Options{Users: []localhub.User{{Name: "me", Orgs: []string{"us"}, Tokens: []localhub.Token{{Secret: "hf_me", Role: role, Writes: writes}}}}}
	}
	for _, tt := range []struct {
		name    string
		options localhub.Options
		token   string
		want    []string
		not     string
	}{
		{"a token that writes", me(localhub.Write), anonymous, []string{"Replace hf_... by a token that may write to me/.", "export HF_TOKEN=hf_... lazymerge push merge.yaml --repo me/name HF_HUB_DISABLE_XET=1 hf upload me/name"}, "hf_me"},
		{"and who has given it", me(localhub.Write), "hf_me", []string{"--repo me/name"}, "hf_me"},
		{"a token for one organization", me(localhub.FineGrained, "us"), anonymous, []string{"--repo us/name"}, "me/name"},
		{"a token that reads", me(localhub.Read), anonymous, []string{"Its tokens may write to no namespace.", "hf download carol/open"}, "push"},
		{"and who has given it", me(localhub.Read), "hf_me", []string{"The token that you have given may write to no namespace.", "hf download carol/open"}, "push"},
		{"no token", localhub.Options{Users: []localhub.User{{Name: "me"}}}, anonymous, []string{"Nobody can write here, as it was started without a token.", "hf download carol/open"}, "push"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := start(t, tt.options)
			put(t, server, "carol/open", localhub.RepoOptions{}, nil)
			put(t, server, "datasets/carol/later", localhub.RepoOptions{}, nil)
			put(t, server, "carol/gated", localhub.RepoOptions{Gated: localhub.Auto}, nil)
			text := pageText(t, look(t, server, "GET", "/", tt.token).body)
			for _, want := range append(tt.want, "export HF_ENDPOINT="+server.URL()) {
				if !strings.Contains(text, want) {
					t.Errorf("the start page lacks %q: %s", want, text)
				}
			}
			if strings.Contains(text, tt.not) {
				t.Errorf("the start page has %q: %s", tt.not, text)
			}
		})
	}
}

// The icon needs no login, also where a browser asks for it by itself.
func TestIcon(t *testing.T) {
	server := start(t, localhub.Options{})
	for _, path := range []string{"/-/mark.svg", "/favicon.ico"} {
		r := look(t, server, "GET", path, anonymous)
		if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "image/svg+xml" || xml.Unmarshal(r.body, new(any)) != nil {
			t.Errorf("GET %s = %d %s %s", path, r.StatusCode, r.Header.Get("Content-Type"), r.body)
		}
	}
	if page := look(t, server, "GET", "/nothing", anonymous); !bytes.Contains(page.body, []byte(`<link rel="icon" type="image/svg+xml" href="/-/mark.svg">`)) {
		t.Errorf("a page names no icon: %s", page.body)
	}
}

// Who looks at a revision stays there from tab to tab, and finds the others.
func TestTabsKeepTheRevision(t *testing.T) {
	server := site(t)
	for _, path := range []string{"/alice/x/tree/half%2Fway", "/alice/x/commits/half%2Fway", "/alice/x/blob/half%2Fway/config.json", "/alice/x?revision=half%2Fway"} {
		links := linksOf(t, look(t, server, "GET", path, anonymous))
		for text, want := range map[string]string{"Card": "/alice/x?revision=half%2Fway", "Files": "/alice/x/tree/half%2Fway", "Commits": "/alice/x/commits/half%2Fway"} {
			if links[text] != want {
				t.Errorf("on %s the tab %s leads to %q, want %q", path, text, links[text], want)
			}
		}
	}
	for path, want := range map[string]string{"/alice/x/tree/v1": "/alice/x/tree/main", "/alice/x/commits/v1": "/alice/x/commits/main", "/alice/x?revision=v1": "/alice/x"} {
		links := linksOf(t, look(t, server, "GET", path, anonymous))
		if links["Go to main"] != want || links["v1"] != "" {
			t.Errorf("on %s main is at %q, want %q; v1 at %q, want nowhere", path, links["Go to main"], want, links["v1"])
		}
	}
}

// A repo with nothing on main names what holds its merges.
func TestCardOfEmptyMain(t *testing.T) {
	server := start(t, localhub.Options{})
	put(t, server, "alice/x", localhub.RepoOptions{}, nil)
	if text := pageText(t, look(t, server, "GET", "/alice/x", anonymous).body); strings.Contains(text, "Branches") {
		t.Errorf("a repo of main alone shows branches: %s", text)
	}
	send(t, server, "POST", "/api/models/alice/x/branch/t-0.3", alice, map[string]any{}).json(t, new(any))
	commitTo := func(query, summary string) {
		t.Helper()
		send(t, server, "POST", "/api/models/alice/x/commit/"+query, alice, lines(titled(summary), "file", fileLine("README.md", "# of "+summary+"\n"))).json(t, new(any))
	}
	commitTo("t-0.3", "a branch")
	commitTo("main?create_pr=1", "a proposal")
	r := look(t, server, "GET", "/alice/x", anonymous)
	if text := pageText(t, r.body); !strings.Contains(text, "There is no README.md, the card of a repo, at main. These may have one: Branches main t-0.3 ") {
		t.Errorf("the page of an empty main says %s", text)
	}
	links := linksOf(t, r)
	if links["t-0.3"] != "/alice/x?revision=t-0.3" || links["#1 a proposal"] != "/alice/x/discussions/1" {
		t.Errorf("the page of an empty main leads to %q", links)
	}
	pull := linksOf(t, look(t, server, "GET", links["#1 a proposal"], anonymous))
	if text := pageText(t, look(t, server, "GET", pull["Read the card"], anonymous).body); !strings.Contains(text, "of a proposal") || !strings.Contains(text, "At revision refs/pr/1") {
		t.Errorf("the card of the pull request is %s", text)
	}
	if text := pageText(t, look(t, server, "GET", links["t-0.3"], anonymous).body); !strings.Contains(text, "of a branch") || !strings.Contains(text, "At revision t-0.3") {
		t.Errorf("the card of the branch is %s", text)
	}
}

// A preview says that it is one, and neither shows nor names what only a published repo has.
func TestPreview(t *testing.T) {
	server := start(t, localhub.Options{Preview: true, Users: []localhub.User{}})
	put(t, server, "bob/out", localhub.RepoOptions{}, map[string]localhub.Content{
		"README.md": localhub.Text("---\nlicense: other\nlicense_link: LICENSE\n---\n# out\n\n[lock](lazymerge.lock.json) [config](mergekit_config.yml) [all](.)\n"), "mergekit_config.yml": localhub.Text("a: b\n"),
	})
	todo, seen := []string{"/", "/bob/out"}, map[string]bool{}
	for ; len(todo) > 0; todo = todo[1:] {
		path := todo[0]
		if seen[path] {
			continue
		}
		seen[path] = true
		r := look(t, server, "GET", path, anonymous)
		if r.StatusCode != http.StatusOK && (r.StatusCode != http.StatusFound || path != "/bob/out/blob/main/") {
			t.Errorf("GET %s = %d", path, r.StatusCode)
		}
		if !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
			continue
		}
		todo = append(todo, checkPage(t, path, r)...)
		text := pageText(t, r.body)
		for _, not := range []string{"Local Hub", "read only", "hf download", "Use it", "Last change", "Commits", "Discussions", "initial commit", "Upload"} {
			if strings.Contains(text, not) {
				t.Errorf("%s of a preview has %q: %s", path, not, text)
			}
		}
		for _, want := range []string{"Preview", "not published"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s of a preview lacks %q: %s", path, want, text)
			}
		}
	}
	text := pageText(t, look(t, server, "GET", "/bob/out", anonymous).body)
	links := linksOf(t, look(t, server, "GET", "/bob/out", anonymous))
	if !strings.Contains(text, "lock config all") || links["lock"] != "" || links["other"] != "" || links["config"] != "/bob/out/blob/main/mergekit_config.yml" {
		t.Errorf("the card of a preview leads to %q: %s", links, text)
	}
	if !seen["/bob/out/tree/main"] || !seen["/bob/out/blob/main/mergekit_config.yml"] {
		t.Errorf("the pages of a preview lead only to %v", seen)
	}
}
