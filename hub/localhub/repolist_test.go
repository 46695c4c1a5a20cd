package localhub_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

// library has repos of different kinds, owners, cards and ages, each a minute younger than the one before.
func library(t *testing.T) *localhub.Server {
	t.Helper()
	var minutes atomic.Int64
	server := start(t, localhub.Options{Now: func() time.Time {
		return time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC).Add(time.Duration(minutes.Load()) * time.Minute)
	}})
	weights := func(n int) localhub.Content {
		header := fmt.Sprintf(`{"w":{"dtype":"BF16","shape":[%d],"data_offsets":[0,%d]}}`, n, 2*n)
		return localhub.Text(string([]byte{byte(len(header)), 0, 0, 0, 0, 0, 0, 0}) + header + strings.Repeat("\x00", 2*n))
	}
	for _, r := range []struct {
		id, card string
		values   int
		opts     localhub.RepoOptions
	}{
		{"alice/tiny-merge", "license: mit\ntags: [merge]\nbase_model: [carol/tiny]", 10, localhub.RepoOptions{}},
		{"carol/tiny", "license: apache-2.0\npipeline_tag: text-generation\ntags: [merge]", 2000, localhub.RepoOptions{}},
		{"acme/Large", "license: mit\ndatasets: [acme/words]", 40_000, localhub.RepoOptions{Gated: localhub.Auto}},
		{"alice/secret", "license: mit", 10, localhub.RepoOptions{Private: true}},
		{"gpt2", "license: mit\nlibrary_name: transformers", 0, localhub.RepoOptions{}},
		{"datasets/acme/words", "license: mit", 0, localhub.RepoOptions{}},
	} {
		files := map[string]localhub.Content{"README.md": localhub.Text("---\n" + r.card + "\n---\n# x\n")}
		if r.values > 0 {
			files["model.safetensors"] = weights(r.values)
		}
		put(t, server, r.id, r.opts, files)
		minutes.Add(1)
	}
	return server
}

type listed struct {
	ID, Author, SHA, LastModified string
	Tags                          []string
	Siblings                      []struct{ Rfilename string }
	CardData                      map[string]any
}

func idsOf(all []listed) string {
	var ids []string
	for _, l := range all {
		ids = append(ids, l.ID)
	}
	return strings.Join(ids, " ")
}

// Every query that a client makes of the listing.
func TestListRepos(t *testing.T) {
	server := library(t)
	for _, tt := range []struct{ query, want string }{
		{"models", "gpt2 acme/Large carol/tiny alice/tiny-merge"},
		{"models?sort=lastModified&direction=1", "alice/tiny-merge carol/tiny acme/Large gpt2"},
		{"models?sort=createdAt", "gpt2 acme/Large carol/tiny alice/tiny-merge"},
		{"models?sort=id", "acme/Large alice/tiny-merge carol/tiny gpt2"},
		{"models?sort=id&direction=-1", "gpt2 carol/tiny alice/tiny-merge acme/Large"},
		{"models?sort=num_parameters", "acme/Large carol/tiny alice/tiny-merge gpt2"},
		{"models?sort=downloads&direction=-1", "gpt2 acme/Large carol/tiny alice/tiny-merge"},
		{"models?author=alice", "alice/tiny-merge"},
		{"models?author=ACME", "acme/Large"},
		{"models?author=nobody", ""},
		{"models?search=TINY", "carol/tiny alice/tiny-merge"},
		{"models?search=tiny+merge", "alice/tiny-merge"},
		{"models?author=carol&search=tiny", "carol/tiny"},
		{"models?filter=merge", "carol/tiny alice/tiny-merge"},
		{"models?filter=merge&filter=license:mit", "alice/tiny-merge"},
		{"models?filter=base_model:carol/tiny", "alice/tiny-merge"},
		{"models?filter=dataset:acme/words", "acme/Large"},
		{"models?pipeline_tag=text-generation", "carol/tiny"},
		{"models?gated=true", "acme/Large"},
		{"models?gated=False&author=acme", ""},
		{"models?num_parameters=min:1K", "acme/Large carol/tiny"},
		{"models?num_parameters=min:1K,max:0.01M", "carol/tiny"},
		{"models?num_parameters=max:100", "alice/tiny-merge"},
		{"models?inference_provider=somebody", ""},
		{"models?apps=vllm", ""},
		{"models?limit=1", "gpt2"},
		{"models?search=none", ""},
		{"datasets", "acme/words"},
		{"spaces", ""},
	} {
		var all []listed
		r := send(t, server, "GET", "/api/"+tt.query, anonymous, nil)
		r.json(t, &all)
		if got := idsOf(all); got != tt.want {
			t.Errorf("GET /api/%s = %s, want %s", tt.query, got, tt.want)
		}
		if !strings.HasPrefix(string(r.body), "[") {
			t.Errorf("GET /api/%s = %s, want a list", tt.query, r.body)
		}
	}
	var mine []listed
	send(t, server, "GET", "/api/models?author=alice", alice, nil).json(t, &mine)
	if got := idsOf(mine); got != "alice/secret alice/tiny-merge" {
		t.Errorf("the owner's repos are %s", got)
	}
	for query, message := range map[string]string{
		"limit=0": "positive", "limit=x": "positive", "sort=beauty": "none of", "direction=up": "neither", "cursor=%21": "cursor", "cursor=e30x": "cursor",
		"gated=maybe": "neither", "num_parameters=6B": "form", "num_parameters=min:x": "form", "expand=beauty": "none of",
	} {
		send(t, server, "GET", "/api/models?"+query, anonymous, nil).wantError(t, 400, "", message)
	}
	send(t, server, "POST", "/api/models", alice, map[string]any{}).wantError(t, 405, "", "GET is")
}

// What an entry has depends on what is asked for.
func TestListReposFields(t *testing.T) {
	server := library(t)
	fields := func(query string) []string {
		var all []map[string]any
		send(t, server, "GET", "/api/models?search=tiny-merge&"+query, anonymous, nil).json(t, &all)
		var names []string
		for name := range all[0] {
			names = append(names, name)
		}
		slices.Sort(names)
		return names
	}
	for query, want := range map[string]string{
		"":                            "_id createdAt downloads gated id library_name likes modelId private tags",
		"full=true":                   "_id author createdAt disabled downloads gated id lastModified library_name likes modelId private sha siblings tags",
		"cardData=True":               "_id cardData createdAt downloads gated id library_name likes modelId private tags",
		"expand=sha&expand[]=private": "_id id private sha",
	} {
		want := strings.Fields(strings.ReplaceAll(want, "library_name ", ""))
		if got := fields(query); !slices.Equal(got, want) {
			t.Errorf("with %q an entry has %q, want %q", query, got, want)
		}
	}
}

// Pages lead from one to the next, whatever happens between them, and keep the query.
func TestListReposByPages(t *testing.T) {
	server := library(t)
	for _, query := range []string{"/api/models?limit=1", "/api/models?limit=1&sort=id&direction=-1", "/api/models?limit=2&sort=num_parameters&filter=license:mit"} {
		var whole []listed
		send(t, server, "GET", strings.Replace(query, "limit=", "x=", 1), anonymous, nil).json(t, &whole)
		next, all, pages := server.URL()+query, []listed(nil), 0
		for next != "" {
			var page []listed
			r := send(t, server, "GET", next, anonymous, nil)
			r.json(t, &page)
			all = append(all, page...)
			if next = ""; r.Header.Get("Link") != "" {
				var ok bool
				if next, ok = strings.CutSuffix(strings.TrimPrefix(r.Header.Get("Link"), "<"), `>; rel="next"`); !ok || !strings.HasPrefix(next, server.URL()+"/api/models?") {
					t.Fatalf("%s: the next page is at %s", query, r.Header.Get("Link"))
				}
			}
			pages++
		}
		if idsOf(all) != idsOf(whole) || pages < 2 {
			t.Errorf("%s: %d pages have %s, want %s", query, pages, idsOf(all), idsOf(whole))
		}
	}
	// The last repo of a page goes away before the next is asked for.
	r := send(t, server, "GET", "/api/models?sort=id&search=tiny&limit=1", alice, nil)
	next, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Link"), "<"), ">")
	send(t, server, "DELETE", "/api/repos/delete", alice, map[string]any{"name": "tiny-merge"}).json(t, new(any))
	var rest []listed
	send(t, server, "GET", next, alice, nil).json(t, &rest)
	if u, _ := url.Parse(next); idsOf(rest) != "carol/tiny" || u.Query().Get("search") != "tiny" {
		t.Errorf("%s has %s, want carol/tiny", next, idsOf(rest))
	}
}
