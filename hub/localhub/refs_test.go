package localhub_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

type refsReply struct {
	Branches, Tags, Converts, PullRequests []struct{ Name, Ref, TargetCommit string }
}

func refs(t *testing.T, server *localhub.Server) (all refsReply, names string) {
	t.Helper()
	send(t, server, "GET", "/api/models/alice/x/refs?include_prs=1", anonymous, nil).json(t, &all)
	var list []string
	for _, r := range append(all.Branches, all.Tags...) {
		list = append(list, r.Ref)
	}
	return all, strings.Join(list, " ")
}

func TestBranchesAndTags(t *testing.T) {
	server := start(t, localhub.Options{})
	first := put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"a": localhub.Text("1")})
	second := commit(t, server, "alice/x", alice, lines(titled("second"), "file", fileLine("a", "2")))
	const api = "/api/models/alice/x/"
	ok := func(method, path string, body any) {
		t.Helper()
		if r := send(t, server, method, api+path, alice, body); r.StatusCode != 200 {
			t.Errorf("%s %s = %d %s", method, path, r.StatusCode, r.body)
		}
	}
	refused := func(method, path string, body any, status int, code, message string) {
		t.Helper()
		send(t, server, method, api+path, alice, body).wantError(t, status, code, message)
	}
	ok("POST", "branch/dev", nil)
	ok("POST", "branch/feature%2Fx", map[string]any{"startingPoint": first[:10]})
	ok("POST", "branch/raw/name", map[string]any{})
	refused("POST", "branch/dev", nil, 409, "", "Reference already exists")
	refused("POST", "branch/dev%2Fx", nil, 409, "", "dev")
	refused("POST", "branch/feature", nil, 409, "", "feature/x")
	refused("POST", "branch/a..b", nil, 400, "", "..")
	refused("POST", "branch/refs%2Fheads%2Fx", nil, 400, "", "refs/")
	refused("POST", "branch/late", map[string]any{"startingPoint": "none"}, 404, "RevisionNotFound", "none")
	refused("POST", "branch/"+first, nil, 400, "", "commit id")
	ok("POST", "tag/dev", map[string]any{"tag": "v1", "message": "release"})
	refused("POST", "tag/main", map[string]any{"tag": "v1"}, 409, "", "Reference already exists")
	refused("POST", "tag/main", map[string]any{"tag": "dev/x"}, 409, "", "dev")
	refused("POST", "tag/none", map[string]any{"tag": "v2"}, 404, "RevisionNotFound", "none")
	refused("POST", "tag/main", map[string]any{}, 400, "", "ref name")
	all, names := refs(t, server)
	if want := "refs/heads/dev refs/heads/feature/x refs/heads/main refs/heads/raw/name refs/tags/v1"; names != want {
		t.Errorf("refs = %s, want %s", names, want)
	}
	if all.Branches[1].Name != "feature/x" || all.Branches[1].TargetCommit != first || all.Tags[0].TargetCommit != second || all.PullRequests == nil {
		t.Errorf("refs = %+v", all)
	}

	// Every way to name a revision.
	for rev, want := range map[string]string{
		"feature%2Fx": "1", "feature/x": "1", "refs%2Fheads%2Ffeature%2Fx": "1", "refs/heads/feature/x": "1", first: "1", first[:7]: "1",
		"main": "2", "HEAD": "2", "v1": "2", "refs%2Ftags%2Fv1": "2", "refs/tags/v1": "2",
	} {
		if r := send(t, server, "GET", "/alice/x/resolve/"+rev+"/a", anonymous, nil); string(r.body) != want {
			t.Errorf("file a at %s = %d %s, want %s", rev, r.StatusCode, r.body, want)
		}
	}
	for _, rev := range []string{first[:6], strings.ToUpper(first), "refs", "refs/heads", "feature", strings.Repeat("0", 40)} {
		send(t, server, "GET", "/alice/x/resolve/"+rev+"/a", anonymous, nil).wantError(t, 404, "RevisionNotFound", "invalid rev id")
	}

	ok("POST", "branch/dev", map[string]any{"startingPoint": "feature/x", "overwrite": true})
	ok("POST", "branch/empty", map[string]any{"emptyBranch": true})
	if got, err := server.Commits("alice/x", "dev"); err != nil || got[0].OID != first {
		t.Errorf("dev after overwrite = %+v, %v", got, err)
	}
	if got, err := server.Commits("alice/x", "empty"); err != nil || len(got) != 1 || got[0].Title != "initial commit" {
		t.Errorf("an empty branch has %+v, %v", got, err)
	}

	ok("DELETE", "branch/dev", nil)
	ok("DELETE", "branch/feature%2Fx", nil)
	ok("DELETE", "tag/v1", nil)
	refused("DELETE", "branch/dev", nil, 404, "RevisionNotFound", "dev")
	refused("DELETE", "tag/v1", nil, 404, "RevisionNotFound", "v1")
	refused("DELETE", "branch/main", nil, 403, "", "default branch")
	if _, names := refs(t, server); names != "refs/heads/empty refs/heads/main refs/heads/raw/name" {
		t.Errorf("after deletions refs = %s", names)
	}
	if r := send(t, server, "GET", "/alice/x/resolve/"+first+"/a", anonymous, nil); string(r.body) != "1" {
		t.Errorf("a commit of a deleted branch = %d %s", r.StatusCode, r.body)
	}
}

func TestCommits(t *testing.T) {
	server := start(t, localhub.Options{PageSize: 2})
	put(t, server, "alice/x", localhub.RepoOptions{}, nil)
	for i := range 4 {
		header := map[string]any{"summary": fmt.Sprintf("commit <%d>", i), "description": "more"}
		commit(t, server, "alice/x", alice, lines(header, "file", fileLine("a", fmt.Sprint(i))))
	}
	type one struct {
		ID, Title, Message, Date string
		Authors                  []struct{ User string }
		Formatted                *struct{ Title, Message string }
	}
	var all []one
	pages := 0
	for next := "/api/models/alice/x/commits/main?expand%5B%5D=formatted"; next != ""; pages++ {
		r := send(t, server, "GET", next, anonymous, nil)
		var page []one
		r.json(t, &page)
		if r.Header.Get("X-Total-Count") != "5" {
			t.Errorf("X-Total-Count = %s, want 5", r.Header.Get("X-Total-Count"))
		}
		all = append(all, page...)
		next = nextPage(t, r)
	}
	if pages != 3 || len(all) != 5 {
		t.Fatalf("%d pages have %+v", pages, all)
	}
	latest := all[0]
	if latest.ID != tip(t, server, "alice/x") || latest.Title != "commit <3>" || latest.Message != "more" || latest.Authors[0].User != "alice" ||
		latest.Date != "2026-01-02T03:04:05.000Z" || latest.Formatted == nil || latest.Formatted.Title != "commit &lt;3&gt;" {
		t.Errorf("the latest commit is %+v", latest)
	}
	if all[4].Title != "initial commit" {
		t.Errorf("the first commit is %+v", all[4])
	}
	var none []one
	send(t, server, "GET", "/api/models/alice/x/commits/main?p=9", anonymous, nil).json(t, &none)
	if none == nil || len(none) != 0 {
		t.Errorf("a page beyond the last = %v, want []", none)
	}
	all = nil
	send(t, server, "GET", "/api/models/alice/x/commits/main?limit=1000", anonymous, nil).json(t, &all)
	if len(all) != 5 || all[0].Formatted != nil {
		t.Errorf("one long page = %+v", all)
	}
	send(t, server, "GET", "/api/models/alice/x/commits/none", anonymous, nil).wantError(t, 404, "RevisionNotFound", "none")
	send(t, server, "GET", "/api/models/alice/x/commits/main?p=-1", anonymous, nil).wantError(t, 400, "", "page")
	send(t, server, "GET", "/api/models/alice/x/commits/main?limit=x", anonymous, nil).wantError(t, 400, "", "limit")
}

func TestSuperSquash(t *testing.T) {
	server := start(t, localhub.Options{})
	put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"a": localhub.Text("1")})
	before, err := server.Files("alice/x", "main")
	if err != nil {
		t.Fatal(err)
	}
	const path = "/api/models/alice/x/super-squash/"
	send(t, server, "POST", path+"main", alice, map[string]any{"message": "all in one"}).json(t, new(any))
	commits, err := server.Commits("alice/x", "main")
	if err != nil || len(commits) != 1 || commits[0].Title != "all in one" {
		t.Errorf("after the squash there are %+v, %v", commits, err)
	}
	if after, err := server.Files("alice/x", "main"); err != nil || fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("the squash changed the files from %v to %v, %v", before, after, err)
	}
	send(t, server, "POST", path+"none", alice, nil).wantError(t, 404, "RevisionNotFound", "none")
	send(t, server, "POST", path+commits[0].OID, alice, nil).wantError(t, 404, "RevisionNotFound", "")
}
