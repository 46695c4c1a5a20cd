package localhub_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

// What a card links to on the public Hub is here where this Hub has it, for who may see it.
func TestLinksStayHere(t *testing.T) {
	server := start(t, localhub.Options{})
	base := put(t, server, "carol/Base", localhub.RepoOptions{}, map[string]localhub.Content{"a b.txt": localhub.Text("a"), "sub/c": localhub.Text("c")})
	put(t, server, "gpt2", localhub.RepoOptions{}, nil)
	put(t, server, "datasets/carol/words", localhub.RepoOptions{}, nil)
	put(t, server, "alice/secret", localhub.RepoOptions{Private: true}, nil)
	links := []struct{ from, to string }{ // "" stays as it is
		{"https://huggingface.co/carol/Base", "/carol/Base"},
		{"https://huggingface.co/carol/base/", "/carol/Base"},
		{"http://hf.co/carol/Base#use", "/carol/Base#use"},
		{"https://huggingface.co/gpt2", "/gpt2"},
		{"https://huggingface.co/datasets/carol/words", "/datasets/carol/words"},
		{"https://huggingface.co/carol/Base/tree/main", "/carol/Base/tree/main"},
		{"https://huggingface.co/carol/Base/tree/" + base, "/carol/Base/tree/" + base},
		{"https://huggingface.co/carol/Base/commit/" + base, "/carol/Base/commit/" + base},
		{"https://huggingface.co/carol/Base/blob/main/a%20b.txt", "/carol/Base/blob/main/a%20b.txt"},
		{"https://huggingface.co/carol/Base/resolve/main/sub/c?download=true", "/carol/Base/resolve/main/sub/c?download=true"},
		{"https://huggingface.co/carol/Base/blob/main/none", ""},
		{"https://huggingface.co/carol/Base/tree/" + strings.Repeat("0", 40), ""},
		{"https://huggingface.co/carol/Base/discussions/1", ""},
		{"https://huggingface.co/carol/none", ""},
		{"https://huggingface.co/alice/secret", ""},
		{"https://huggingface.co/docs", ""},
		{"https://huggingface.co/", ""},
		{"https://huggingface.co//carol/Base", ""},
		{"https://huggingface.co:8443/carol/Base", ""},
		{"https://example.org/carol/Base", ""},
		{"https://me@huggingface.co/carol/Base", ""},
	}
	var card strings.Builder
	for i, l := range links {
		fmt.Fprintf(&card, "[link %d](%s)\n\n", i, l.from)
	}
	put(t, server, "alice/merge", localhub.RepoOptions{}, map[string]localhub.Content{"README.md": localhub.Text(card.String())})
	page := string(look(t, server, "GET", "/alice/merge", anonymous).body)
	for i, l := range links {
		to := l.to
		if to == "" {
			to = l.from
		}
		before, _, ok := strings.Cut(page, fmt.Sprintf(">link %d</a>", i))
		anchor := before[strings.LastIndex(before, "<a "):]
		if !ok || !strings.Contains(anchor, `href="`+to+`"`) {
			t.Errorf("the link to %s is %s, want it to lead to %s", l.from, anchor, to)
		}
		if strings.HasPrefix(to, "/") {
			if r := look(t, server, "GET", strings.Split(to, "#")[0], anonymous); r.StatusCode != 200 {
				t.Errorf("GET %s = %d", to, r.StatusCode)
			}
		}
	}
	if own := string(look(t, server, "GET", "/alice/merge", alice).body); !strings.Contains(own, `href="/alice/secret"`) {
		t.Error("the link to a private repo leads elsewhere for its owner")
	}
}
