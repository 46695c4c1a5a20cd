package pipeline

import (
	"bytes"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/sample"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/hub/localhub"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// TestOffersDoNotDisturbEachOther proposes one prepared merge to two targets, one of which holds it, in both orders: what the lock of the one says
// of names is nothing to the other.
func TestOffersDoNotDisturbEachOther(t *testing.T) {
	server, err := localhub.New(localhub.Options{Users: []localhub.User{{Name: "me", Tokens: []localhub.Token{{Secret: "hf_offers", Role: localhub.Write}}}}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	dir := t.TempDir()
	shape := sample.Shape{Type: "mistral", Layers: 2, Hidden: 8, Intermediate: 8, Heads: 2, KeyValues: 1, Vocabulary: 96, ShardSize: 1 << 20}
	for i, name := range []string{"a", "b"} {
		if err := shape.Write(filepath.Join(dir, name), 1, uint64(i), "apache-2.0"); err != nil {
			t.Fatal(err)
		}
		files, err := localhub.Folder(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := server.PutRepo("org/"+name, localhub.RepoOptions{}, files); err != nil {
			t.Fatal(err)
		}
	}
	if err := server.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	talk := ui.New(ui.Options{})
	defer talk.Close()
	tools := Tools{UI: talk, WorkDir: dir, Hub: &hub.Client{Endpoint: server.URL(), Token: func() string { return "hf_offers" }, HTTP: http.DefaultTransport}}
	local := filepath.Join(dir, "a")
	request := Request{
		Name: "merge.yaml", Tool: "test", Repo: "me/held", Publish: &Publishing{Repo: "me/held"},
		Text:    []byte("merge_method: linear\nmodels:\n- {model: " + local + ", parameters: {weight: 1}}\n- {model: org/b, parameters: {weight: 2}}\n"),
		Aliases: []names.Alias{{Path: local, As: recipe.Ref{Path: "org/a"}}},
	}
	if _, err := Push(t.Context(), tools, request); err != nil {
		t.Fatal(err)
	}
	prepared, err := Prepare(t.Context(), tools, request)
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string][]byte{}
	for _, order := range [][]string{{"me/held", "me/new"}, {"me/new", "me/held"}, {"me/held", "me/new"}} {
		for _, repo := range order {
			at, err := tools.publisher(*request.Publish).Look(t.Context(), repo, "", false)
			if err != nil {
				t.Fatal(err)
			}
			o, err := propose(t.Context(), tools, prepared, at)
			if err != nil {
				t.Fatal(err)
			}
			if o.Unchanged != (repo == "me/held") {
				t.Errorf("order %v: what %s holds is this merge: %v", order, repo, o.Unchanged)
			}
			if commit := o.Merge.Sources[0].Commit(); commit == "" {
				t.Errorf("order %v: nobody has found the commit that %s is published as", order, local)
			}
			if before := answers[repo]; before != nil && !bytes.Equal(before, o.Page.Card) {
				t.Errorf("order %v: %s gets another card than before", order, repo)
			}
			answers[repo] = o.Page.Card
		}
		if commit := prepared.Merge.Sources[0].Commit(); commit != "" {
			t.Errorf("order %v: an offer has told the prepared merge that its source is at %s", order, commit)
		}
	}
}
