package localhub_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

const talks = "/api/models/alice/x/discussions"

type talk struct {
	Num           int
	Title         string
	Author        struct{ Name string }
	CreatedAt     string
	Status        string
	Repo          struct{ Name, Type string }
	IsPullRequest bool
	Events        []struct {
		ID, Type, CreatedAt string
		Author              struct{ Name string }
		Data                map[string]any
	}
	Changes            *struct{ Base, MergeCommitID string }
	FilesWithConflicts []string
}

func begin(t *testing.T, server *localhub.Server, token, title string, pull bool) int {
	t.Helper()
	var made struct{ Num int }
	send(t, server, "POST", talks, token, map[string]any{"title": title, "description": "why", "pullRequest": pull}).json(t, &made)
	return made.Num
}

func discussion(t *testing.T, server *localhub.Server, num int) talk {
	t.Helper()
	var d talk
	send(t, server, "GET", fmt.Sprintf("%s/%d?diff=1", talks, num), alice, nil).json(t, &d)
	return d
}

func commitTo(t *testing.T, server *localhub.Server, token, rev string, body []byte) reply {
	t.Helper()
	return send(t, server, "POST", "/api/models/alice/x/commit/"+rev, token, body)
}

// A pull request from its first word to the commit on main.
func TestPullRequest(t *testing.T) {
	for _, mode := range storeModes {
		t.Run(mode.name, func(t *testing.T) {
			opts := mode.options(t)
			server := start(t, opts)
			first := put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"a": localhub.Text("1"), "b": localhub.Text("1")})
			if n := begin(t, server, bob, "a question", false); n != 1 {
				t.Fatalf("the first discussion has number %d", n)
			}
			if n := begin(t, server, bob, "a merge", true); n != 2 {
				t.Fatalf("the second has number %d", n)
			}
			d := discussion(t, server, 2)
			if d.Title != "a merge" || d.Author.Name != "bob" || d.Status != "draft" || !d.IsPullRequest || d.Repo.Name != "alice/x" || d.Repo.Type != "model" ||
				d.CreatedAt != "2026-01-02T03:04:05.000Z" || d.Changes == nil || d.Changes.Base != "refs/heads/main" || d.Changes.MergeCommitID != "" || d.FilesWithConflicts == nil {
				t.Errorf("the draft is %+v", d)
			}
			if q := discussion(t, server, 1); q.IsPullRequest || q.Status != "open" || q.Changes != nil || len(q.Events) != 1 || q.Events[0].Data["latest"].(map[string]any)["raw"] != "why" {
				t.Errorf("the question is %+v", q)
			}
			// Bob may not write to the repo, but to the pull request of his.
			send(t, server, "POST", "/api/models/alice/x/preupload/refs%2Fpr%2F2", bob, map[string]any{"files": []any{}}).json(t, new(any))
			oid := upload(t, server, "alice/x", bob, "weights")
			r := commitTo(t, server, bob, "refs%2Fpr%2F2", lines(titled("weights"),
				"lfsFile", map[string]any{"path": "w.bin", "algo": "sha256", "oid": oid, "size": 7}, "file", fileLine("a", "2"), "deletedFile", map[string]any{"path": "b"}))
			var made struct{ CommitOID, PullRequestURL string }
			r.json(t, &made)
			if want := server.URL() + "/alice/x/discussions/2"; made.PullRequestURL != want {
				t.Errorf("pullRequestUrl is %s, want %s", made.PullRequestURL, want)
			}
			if tip(t, server, "alice/x") != first {
				t.Error("a commit to the pull request has moved main")
			}
			if r := send(t, server, "GET", "/alice/x/resolve/refs%2Fpr%2F2/a", anonymous, nil); string(r.body) != "2" || r.Header.Get("X-Repo-Commit") != made.CommitOID {
				t.Errorf("a of the pull request is %d %q", r.StatusCode, r.body)
			}
			var refs struct {
				PullRequests []struct{ Name, Ref, TargetCommit string }
			}
			send(t, server, "GET", "/api/models/alice/x/refs?include_prs=1", anonymous, nil).json(t, &refs)
			if len(refs.PullRequests) != 1 || refs.PullRequests[0].Ref != "refs/pr/2" || refs.PullRequests[0].TargetCommit != made.CommitOID {
				t.Errorf("refs are %+v", refs)
			}

			send(t, server, "POST", talks+"/2/merge", alice, nil).wantError(t, 400, "", "draft")
			send(t, server, "POST", talks+"/2/status", bob, map[string]any{"status": "open", "comment": "ready"}).json(t, new(any))
			send(t, server, "POST", talks+"/2/title", bob, map[string]any{"title": "a better merge"}).json(t, new(any))
			send(t, server, "POST", talks+"/2/comment", alice, map[string]any{"comment": "thanks"}).json(t, new(any))
			// Main goes on meanwhile; the pull request stays mergeable.
			commit(t, server, "alice/x", alice, lines(titled("other"), "file", fileLine("c", "3")))
			send(t, server, "POST", talks+"/2/merge", bob, nil).wantError(t, 403, "", "bob may not write")
			send(t, server, "POST", talks+"/2/merge", alice, map[string]any{"comment": "well done"}).json(t, new(any))

			after := tip(t, server, "alice/x")
			history, err := server.Commits("alice/x", "")
			if err != nil || history[0].Title != "a better merge (#2)" || history[1].Title != "other" || history[0].Author != "alice" {
				t.Errorf("history is %+v, %v", history, err)
			}
			files, err := server.Files("alice/x", "")
			var names []string
			for _, f := range files {
				names = append(names, f.Path)
			}
			if want := []string{".gitattributes", "a", "c", "w.bin"}; err != nil || !slices.Equal(names, want) {
				t.Errorf("main has %q, %v; want %q", names, err, want)
			}
			d = discussion(t, server, 2)
			var events []string
			for _, e := range d.Events {
				events = append(events, e.Author.Name+" "+e.Type)
			}
			want := []string{"bob comment", "bob commit", "bob comment", "bob status-change", "bob title-change", "alice comment", "alice comment", "alice status-change"}
			if d.Status != "merged" || d.Changes.MergeCommitID != after || !slices.Equal(events, want) {
				t.Errorf("the merged one is %+v with events %q, want %q", d, events, want)
			}
			send(t, server, "POST", talks+"/2/merge", alice, nil).wantError(t, 400, "", "merged")
			send(t, server, "POST", talks+"/2/status", alice, map[string]any{"status": "closed"}).wantError(t, 400, "", "merged")
			commitTo(t, server, bob, "refs%2Fpr%2F2", lines(titled("late"), "file", fileLine("late", ""))).wantError(t, 403, "", "merged")

			// All of it is there after a restart.
			if opts.Root == "" {
				return
			}
			before, err := server.Discussions("alice/x")
			if err != nil || len(before) != 2 {
				t.Fatalf("Discussions = %+v, %v", before, err)
			}
			server.Close()
			server = start(t, opts)
			if again, err := server.Discussions("alice/x"); err != nil || !reflect.DeepEqual(again, before) {
				t.Errorf("after a restart Discussions = %+v, %v; want %+v", again, err, before)
			}
			if n := begin(t, server, alice, "next", true); n != 3 {
				t.Errorf("the next number is %d, want 3", n)
			}
		})
	}
}

// One request can be commit and pull request in one.
func TestCreatePullByCommit(t *testing.T) {
	server := start(t, localhub.Options{})
	first := put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"a": localhub.Text("1")})
	send(t, server, "POST", "/api/models/alice/x/preupload/main?create_pr=1", bob, map[string]any{"files": []any{}}).json(t, new(any))
	var made struct{ CommitOID, PullRequestURL string }
	commitTo(t, server, bob, "main?create_pr=1", lines(map[string]any{"summary": "a merge", "description": "of two", "parentCommit": first}, "file", fileLine("a", "2"))).json(t, &made)
	if made.PullRequestURL != server.URL()+"/alice/x/discussions/1" || tip(t, server, "alice/x") != first {
		t.Errorf("answered %+v, main is at %s", made, tip(t, server, "alice/x"))
	}
	all, err := server.Discussions("alice/x")
	if err != nil || len(all) != 1 || all[0].Status != localhub.Opened || all[0].Title != "a merge" || all[0].Base != "refs/heads/main" || len(all[0].Events) != 2 || all[0].Events[0].Text != "of two" {
		t.Errorf("Discussions = %+v, %v", all, err)
	}
	commitTo(t, server, bob, "main?create_pr=1", lines(map[string]any{"summary": "s", "parentCommit": strings.Repeat("0", 40)}, "file", fileLine("a", "3"))).wantError(t, 412, "", "commit has happened")
	commitTo(t, server, bob, "refs%2Fpr%2F1?create_pr=1", lines(titled("s"), "file", fileLine("a", "3"))).wantError(t, 400, "", "for a branch")
	commitTo(t, server, bob, "none?create_pr=1", lines(titled("s"), "file", fileLine("a", "3"))).wantError(t, 404, "RevisionNotFound", "none")
	if again, _ := server.Discussions("alice/x"); len(again) != 1 {
		t.Errorf("refused requests made pull requests: %+v", again)
	}
	// Another commit to the same base is another pull request.
	commitTo(t, server, alice, "main?create_pr=1", lines(titled("mine"), "file", fileLine("a", "3"))).json(t, &made)
	if !strings.HasSuffix(made.PullRequestURL, "/discussions/2") {
		t.Errorf("answered %+v", made)
	}
	// The first one can be merged; the second one changes the same file, in another way.
	send(t, server, "POST", talks+"/1/merge", alice, nil).json(t, new(any))
	if d := discussion(t, server, 2); !slices.Equal(d.FilesWithConflicts, []string{"a"}) {
		t.Errorf("conflicts are %q, want a", d.FilesWithConflicts)
	}
	send(t, server, "POST", talks+"/2/merge", alice, nil).wantError(t, 409, "", "conflicts with refs/heads/main: a")
	// The same change on both sides is no conflict, and nothing to merge.
	commitTo(t, server, alice, "refs%2Fpr%2F2", lines(titled("agree"), "file", fileLine("a", "2"))).json(t, new(any))
	send(t, server, "POST", talks+"/2/merge", alice, nil).wantError(t, 400, "", "changes nothing")
	// A file cannot take the place of a folder.
	commitTo(t, server, alice, "refs%2Fpr%2F2", lines(titled("folder"), "file", fileLine("d", "2"))).json(t, new(any))
	commit(t, server, "alice/x", alice, lines(titled("d"), "file", fileLine("d/e", "2")))
	send(t, server, "POST", talks+"/2/merge", alice, nil).wantError(t, 409, "", "conflicts")
	// A history that starts anew has nothing in common with the pull request.
	send(t, server, "POST", "/api/models/alice/x/super-squash/main", alice, map[string]any{}).json(t, new(any))
	if d := discussion(t, server, 2); len(d.FilesWithConflicts) == 0 {
		t.Errorf("after a squash there are no conflicts: %+v", d)
	}
}

func TestDiscussionAccess(t *testing.T) {
	server := start(t, localhub.Options{})
	for id, opts := range map[string]localhub.RepoOptions{"alice/x": {}, "alice/private": {Private: true}, "alice/gated": {Gated: localhub.Manual}} {
		put(t, server, id, opts, nil)
	}
	begin(t, server, alice, "of alice", true)
	open := map[string]any{"title": "t", "pullRequest": true}
	file := lines(titled("t"), "file", fileLine("a", "1"))
	for _, tt := range []struct {
		name, method, path, token string
		body                      any
		status                    int
		code, message             string
	}{
		{"anonymous opens one", "POST", talks, anonymous, open, 401, "", "Invalid username"},
		{"a reading token opens one", "POST", talks, aliceReader, open, 403, "", "only read"},
		{"another opens one of a private repo", "POST", "/api/models/alice/private/discussions", bob, open, 404, "RepoNotFound", ""},
		{"another opens one of a gated repo", "POST", "/api/models/alice/gated/discussions", bob, open, 403, "GatedRepo", ""},
		{"another commits to it", "POST", "/api/models/alice/x/commit/refs%2Fpr%2F1", bob, file, 403, "", "bob may not write"},
		{"another prepares a commit to it", "POST", "/api/models/alice/x/preupload/refs%2Fpr%2F1", bob, map[string]any{}, 403, "", "bob may not write"},
		{"another commits to main", "POST", "/api/models/alice/x/commit/main", bob, file, 403, "", "bob may not write"},
		{"anonymous commits one", "POST", "/api/models/alice/x/commit/main?create_pr=1", anonymous, file, 401, "", "Invalid username"},
		{"a reading token commits one", "POST", "/api/models/alice/x/commit/main?create_pr=1", aliceReader, file, 403, "", "only read"},
		{"another commits one to a gated repo", "POST", "/api/models/alice/gated/commit/main?create_pr=1", bob, file, 403, "GatedRepo", ""},
		{"another closes it", "POST", talks + "/1/status", bob, map[string]any{"status": "closed"}, 403, "", "bob may not write"},
		{"another renames it", "POST", talks + "/1/title", bob, map[string]any{"title": "mine"}, 403, "", "bob may not write"},
		{"another merges it", "POST", talks + "/1/merge", bob, nil, 403, "", "bob may not write"},
		{"no title", "POST", talks, alice, map[string]any{"title": " "}, 400, "", "title is empty"},
		{"a title that is too long", "POST", talks, alice, map[string]any{"title": strings.Repeat("é", 501)}, 400, "", "500"},
		{"no comment", "POST", talks + "/1/comment", alice, map[string]any{}, 400, "", "comment is empty"},
		{"another status", "POST", talks + "/1/status", alice, map[string]any{"status": "merged"}, 400, "", "neither open nor closed"},
		{"no such discussion", "GET", talks + "/2", alice, nil, 404, "", "there is no discussion 2"},
		{"a comment to none", "POST", talks + "/2/comment", alice, map[string]any{"comment": "x"}, 404, "", "there is no discussion 2"},
		{"a merge of none", "POST", talks + "/2/merge", alice, nil, 404, "", "there is no discussion 2"},
		{"a number of another form", "GET", talks + "/01", alice, nil, 404, "", "no such page"},
		{"a word", "POST", talks + "/1/like", alice, nil, 404, "", "no such page"},
		{"a page that is none", "GET", talks + "?p=-1", alice, nil, 400, "", "page"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			send(t, server, tt.method, tt.path, tt.token, tt.body).wantError(t, tt.status, tt.code, tt.message)
		})
	}
	send(t, server, "POST", talks+"/1/status", alice, map[string]any{"status": "closed"}).json(t, new(any))
	send(t, server, "POST", talks+"/1/status", alice, map[string]any{"status": "closed"}).wantError(t, 400, "", "closed already")
	commitTo(t, server, alice, "refs%2Fpr%2F1", file).wantError(t, 403, "", "pull request 1 is closed")
	if r := send(t, server, "GET", talks, anonymous, nil); r.StatusCode != http.StatusOK {
		t.Errorf("the discussions of a public repo are answered %d", r.StatusCode)
	}
}

func TestListDiscussions(t *testing.T) {
	server := start(t, localhub.Options{PageSize: 2})
	put(t, server, "alice/x", localhub.RepoOptions{}, nil)
	for i, token := range []string{alice, bob, alice, bob, alice} {
		begin(t, server, token, fmt.Sprint(i+1), i%2 == 0)
	}
	send(t, server, "POST", talks+"/3/status", alice, map[string]any{"status": "closed"}).json(t, new(any))
	for query, want := range map[string][]int{
		"":                                  {5, 4},
		"?p=1":                              {3, 2},
		"?p=2":                              {1},
		"?p=9":                              {},
		"?type=pull_request":                {5, 3},
		"?type=all&status=closed":           {3},
		"?type=pull_request&status=open":    {5, 1},
		"?type=discussion&author=bob&p=0":   {4, 2},
		"?type=discussion&author=alice&p=0": {},
	} {
		var page struct {
			Discussions  []talk
			Count, Start int
		}
		send(t, server, "GET", talks+query, anonymous, nil).json(t, &page)
		got := []int{}
		for _, d := range page.Discussions {
			got = append(got, d.Num)
		}
		if !slices.Equal(got, want) || page.Count < len(got) {
			t.Errorf("%s lists %v of %d, want %v", query, got, page.Count, want)
		}
	}
}

// Requests at the same time get numbers of their own.
func TestConcurrentPullRequests(t *testing.T) {
	server := start(t, localhub.Options{})
	put(t, server, "alice/x", localhub.RepoOptions{}, nil)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if i%2 == 0 {
				begin(t, server, alice, fmt.Sprint(i), true)
			} else if r := commitTo(t, server, bob, "main?create_pr=1", lines(titled(fmt.Sprint(i)), "file", fileLine("a", "1"))); r.StatusCode != 200 {
				t.Errorf("commit = %d %s", r.StatusCode, r.body)
			}
		})
	}
	wg.Wait()
	all, err := server.Discussions("alice/x")
	if err != nil || len(all) != 8 {
		t.Fatalf("Discussions = %+v, %v", all, err)
	}
	for i, d := range all {
		if d.Num != i+1 {
			t.Errorf("discussion %d has number %d", i, d.Num)
		}
	}
}

// A pull request may be there from the start, by somebody who has no account.
func TestPutPullRequest(t *testing.T) {
	s, err := localhub.New(localhub.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.PutPullRequest("alice/model", "bot", "Convert", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("PutPullRequest to no repo = %v, want fs.ErrNotExist", err)
	}
	before, err := s.PutRepo("alice/model", localhub.RepoOptions{}, map[string]localhub.Content{"pytorch_model.bin": localhub.Text("a pickle")})
	if err != nil {
		t.Fatal(err)
	}
	for want := 1; want <= 2; want++ {
		if num, err := s.PutPullRequest("alice/model", "bot", "Convert", map[string]localhub.Content{"model.safetensors": localhub.Text("weights")}); num != want || err != nil {
			t.Fatalf("PutPullRequest = %d, %v; want %d", num, err, want)
		}
	}
	if b, err := s.Read("alice/model", "refs/pr/2", "model.safetensors"); string(b) != "weights" || err != nil {
		t.Errorf("the pull request has %q, %v", b, err)
	}
	if b, err := s.Read("alice/model", "refs/pr/2", "pytorch_model.bin"); string(b) != "a pickle" || err != nil {
		t.Errorf("the pull request has %q, %v of main", b, err)
	}
	commits, err := s.Commits("alice/model", "main")
	if err != nil || commits[0].OID != before {
		t.Errorf("main is at %+v, %v; want %s", commits, err, before)
	}
	all, err := s.Discussions("alice/model")
	if err != nil || len(all) != 2 || all[0].Author != "bot" || all[0].Status != localhub.Opened || !all[0].PullRequest || all[0].Title != "Convert" {
		t.Errorf("discussions are %+v, %v", all, err)
	}
}
