package hub_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/hub/localhub"
)

// Who may not write to a repo proposes: draft, content, commit, ready.
func TestPullRequest(t *testing.T) {
	t.Parallel()
	inBubble(t, localhub.Options{PageSize: 2}, func(b *bubble) {
		main, err := b.PutRepo("alice/model", localhub.RepoOptions{}, nil)
		if err != nil {
			b.Fatal(err)
		}
		ctx, c := b.Context(), b.as(bob)
		for number := 1; number <= 3; number++ {
			got, url, err := c.CreatePullRequest(ctx, "alice/model", "a merge", "of two")
			if want := b.URL() + "/alice/model/discussions/" + string(rune('0'+number)); got != number || url != want || err != nil {
				b.Fatalf("CreatePullRequest = %d, %s, %v; want %d, %s", got, url, err, number, want)
			}
		}
		data := shard(1, 50_000)
		done, err := publishTo(b.T, c, "alice/model", hub.PullRequestRef(3), main, map[string][]byte{"model.safetensors": data, "config.json": []byte("{}")})
		if err != nil {
			b.Fatal(err)
		}
		for range 2 { // also when it is open already
			if err := c.OpenPullRequest(ctx, "alice/model", 3); err != nil {
				b.Errorf("OpenPullRequest = %v", err)
			}
		}
		all, err := b.Discussions("alice/model")
		if err != nil || len(all) != 3 || all[0].Status != localhub.Draft || all[2].Status != localhub.Opened || all[2].Title != "a merge" || all[2].Events[0].Text != "of two" {
			b.Errorf("discussions are %+v, %v", all, err)
		}
		if info, err := c.RepoAt(ctx, "alice/model", hub.PullRequestRef(3)); err != nil || info.Commit != done.Commit {
			b.Errorf("RepoAt = %+v, %v; want %s", info, err, done.Commit)
		}
		if info, err := c.Repo(ctx, "alice/model"); err != nil || info.Commit != main {
			b.Errorf("main is at %+v, %v; want %s", info, err, main)
		}

		// What does not go through.
		for _, title := range []string{"", " ", "two\nlines"} {
			if _, _, err := c.CreatePullRequest(ctx, "alice/model", title, ""); err == nil {
				b.Errorf("CreatePullRequest with title %q has no error", title)
			}
		}
		_, _, err = c.CreatePullRequest(ctx, "alice/none", "a merge", "")
		b.wants(err, hub.ErrNotFound)
		_, _, err = b.as("").CreatePullRequest(ctx, "alice/model", "a merge", "")
		b.wants(err, hub.ErrUnauthorized)
		b.wants(c.OpenPullRequest(ctx, "alice/model", 9), hub.ErrNotFound)
		_, err = publishTo(b.T, c, "alice/model", "main", main, map[string][]byte{"a": []byte("b")})
		b.wants(err, hub.ErrForbidden)
	})
}

// However the answer gets lost, there is one pull request in the end, or an error.
func TestOnePullRequest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		rule     string
		requests string
		made     int
		want     error
		low      time.Duration
	}{
		{"an answer that is lost", "lose POST /discussions #1", "discussions 3", 1, nil, time.Second},
		{"a 504 before it was made", "status=504 POST /discussions #1", "discussions 4", 1, nil, time.Second},
		{"a reset before it was made", "reset POST /discussions #1", "discussions 4", 1, nil, time.Second},
		{"a web page", "page POST /discussions #1", "discussions 4", 1, nil, time.Second},
		{"a quota", "quota=9 POST /discussions #1", "discussions 3", 1, nil, 10 * time.Second},
		{"trouble that stays", "status=503 POST /discussions", "discussions 11", 0, hub.ErrNetwork, 23 * time.Second},
		{"a refusal", "status=403 POST /discussions", "discussions 2", 0, hub.ErrForbidden, 0},
		{"no list to compare with", "status=403 GET /discussions", "discussions 1", 0, hub.ErrForbidden, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, localhub.Options{}, func(b *bubble) {
				if _, err := b.PutRepo("alice/model", localhub.RepoOptions{}, nil); err != nil {
					b.Fatal(err)
				}
				c := b.as(alice)
				b.rule(tt.rule)
				start := time.Now()
				number, _, err := c.CreatePullRequest(b.Context(), "alice/model", "a merge", "")
				b.took(start, tt.low, 2*tt.low+time.Second)
				b.wants(err, tt.want)
				if got := b.counts(0); got != tt.requests {
					b.Errorf("requests: %s; want %s", got, tt.requests)
				}
				if all, _ := b.Discussions("alice/model"); len(all) != tt.made || tt.want == nil && number != 1 {
					b.Errorf("CreatePullRequest = %d, and there are %d; want %d", number, len(all), tt.made)
				}
			})
		})
	}
}

// When the list cannot be read after a lost answer, the error says that nobody knows. Nor does
// an end in between look like a refusal.
func TestPullRequestThatNobodyKnowsOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		rule func(*bubble)
		want error
	}{
		{"no list", func(b *bubble) {
			b.setFault(localhub.Either(
				localhub.Nth(1, localhub.On("POST", "/discussions"), localhub.Lose()),
				localhub.Nth(2, localhub.On("GET", "/discussions"), localhub.Status(403))))
		}, hub.ErrForbidden},
		{"the end of the caller's patience", func(b *bubble) { b.rule("stall POST /discussions") }, context.DeadlineExceeded},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, localhub.Options{}, func(b *bubble) {
				if _, err := b.PutRepo("alice/model", localhub.RepoOptions{}, nil); err != nil {
					b.Fatal(err)
				}
				tt.rule(b)
				ctx, cancel := context.WithTimeout(b.Context(), 10*time.Second)
				defer cancel()
				_, _, err := b.as(alice).CreatePullRequest(ctx, "alice/model", "a merge", "")
				b.wants(err, tt.want)
				if err == nil || !containsText(err, "is not known") {
					b.Errorf("error is %v", err)
				}
			})
		})
	}
}

// The change of status is asked for again as often as needed.
func TestOpenPullRequestThroughFaults(t *testing.T) {
	t.Parallel()
	for rule, requests := range map[string]string{
		"lose /status #1":       "discussions 1, status 2", // the second is refused: it is open
		"status=502 /status x2": "status 3",
	} {
		inBubble(t, localhub.Options{}, func(b *bubble) {
			if _, err := b.PutRepo("alice/model", localhub.RepoOptions{}, nil); err != nil {
				b.Fatal(err)
			}
			c := b.as(alice)
			if _, _, err := c.CreatePullRequest(b.Context(), "alice/model", "a merge", ""); err != nil {
				b.Fatal(err)
			}
			since := len(b.Log())
			b.rule(rule)
			if err := c.OpenPullRequest(b.Context(), "alice/model", 1); err != nil {
				b.Errorf("%s: OpenPullRequest = %v", rule, err)
			}
			if got := b.counts(since); got != requests {
				b.Errorf("%s: requests %s, want %s", rule, got, requests)
			}
			if all, _ := b.Discussions("alice/model"); all[0].Status != localhub.Opened {
				b.Errorf("%s: the pull request is %s", rule, all[0].Status)
			}
		})
	}
}

// Content goes up before there is a pull request, by somebody who may not write to any branch.
func TestUploadForANewPullRequest(t *testing.T) {
	t.Parallel()
	inBubble(t, localhub.Options{}, func(b *bubble) {
		main, err := b.PutRepo("alice/model", localhub.RepoOptions{}, map[string]localhub.Content{"config.json": localhub.Text("{}")})
		if err != nil {
			b.Fatal(err)
		}
		ctx, c := b.Context(), b.as(bob)
		data := shard(1, 50_000)
		o := object("model.safetensors", data, new(atomic.Int64))
		b.wants(c.Upload(ctx, "alice/model", "main", []hub.Object{o}), hub.ErrForbidden)
		if err := c.Upload(ctx, "alice/model", hub.NewPullRequest, []hub.Object{o}); err != nil {
			b.Fatal(err)
		}
		candidates := []hub.Candidate{{Path: "config.json", Size: 2, Sample: []byte("{}")}}
		_, err = c.Preupload(ctx, "alice/model", "main", candidates)
		b.wants(err, hub.ErrForbidden)
		modes, err := c.Preupload(ctx, "alice/model", hub.NewPullRequest, candidates)
		if err != nil || len(modes) != 1 || modes[0].LFS || modes[0].OID == "" {
			b.Errorf("Preupload = %+v, %v; want what main has", modes, err)
		}
		number, url, err := c.CreatePullRequest(ctx, "alice/model", "a merge", "of two\n\nmodels")
		if err != nil {
			b.Fatal(err)
		}
		cm := hub.Commit{Summary: "a merge", Parent: main, Ops: []hub.Op{hub.AddObject(o.Path, o.SHA256, o.Size)}}
		if _, err := c.Commit(ctx, "alice/model", hub.PullRequestRef(number), cm); err != nil {
			b.Error(err)
		}
		got, err := pullRequests(ctx, c, "alice/model", "bob")
		if want := (hub.PullRequest{Number: 1, Title: "a merge", Author: "bob", Draft: true, URL: url}); err != nil || len(got) != 1 || got[0] != want {
			b.Errorf("PullRequests = %+v, %v; want %+v", got, err, want)
		}
		if text, err := c.PullRequestText(ctx, "alice/model", number); text != "of two\n\nmodels" || err != nil {
			b.Errorf("PullRequestText = %q, %v", text, err)
		}
		if err := c.OpenPullRequest(ctx, "alice/model", number); err != nil {
			b.Error(err)
		}
		if got, err := pullRequests(ctx, c, "alice/model", ""); err != nil || len(got) != 1 || got[0].Draft {
			b.Errorf("PullRequests = %+v, %v; want one that is no draft", got, err)
		}
		_, err = c.PullRequestText(ctx, "alice/model", 7)
		b.wants(err, hub.ErrNotFound)
		_, err = pullRequests(ctx, c, "alice/none", "")
		b.wants(err, hub.ErrNotFound)
	})
}

func pullRequests(ctx context.Context, c *hub.Client, repo, author string) (all []hub.PullRequest, err error) {
	for p, err := range c.PullRequests(ctx, repo, author) {
		if err != nil {
			return all, err
		}
		all = append(all, p)
	}
	return all, nil
}

// The list of pull requests has pages; they are read as far as the caller goes, and those of an author are all found.
func TestPullRequestsOnSeveralPages(t *testing.T) {
	t.Parallel()
	inBubble(t, localhub.Options{PageSize: 3}, func(b *bubble) {
		if _, err := b.PutRepo("alice/model", localhub.RepoOptions{}, nil); err != nil {
			b.Fatal(err)
		}
		for i := range 20 { // 1 is bob's, 2 and 3 are alice's, and so on
			c := b.as([]string{bob, alice, alice}[i%3])
			if _, _, err := c.CreatePullRequest(b.Context(), "alice/model", "a merge", ""); err != nil {
				b.Fatal(err)
			}
		}
		c := b.as(alice)
		for _, tt := range []struct {
			author   string
			numbers  []int
			requests string
		}{
			{"bob", []int{19, 16, 13, 10, 7, 4, 1}, "discussions 3"},
			{"Bob", nil, "discussions 1"},
			{"", []int{20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, "discussions 7"},
		} {
			since := len(b.Log())
			found, err := pullRequests(b.Context(), c, "alice/model", tt.author)
			var numbers []int
			for _, p := range found {
				numbers = append(numbers, p.Number)
			}
			if err != nil || !slices.Equal(numbers, tt.numbers) {
				b.Errorf("pull requests of %q: %v, %v; want %v", tt.author, numbers, err, tt.numbers)
			}
			if got := b.counts(since); got != tt.requests {
				b.Errorf("pull requests of %q: %s, want %s", tt.author, got, tt.requests)
			}
		}
		since := len(b.Log())
		for p, err := range c.PullRequests(b.Context(), "alice/model", "") {
			if err != nil || p.Number == 18 {
				break
			}
		}
		if got := b.counts(since); got != "discussions 1" {
			b.Errorf("the first three took %s", got)
		}
	})
}

// A list that never ends, or that is always the same page, ends here.
func TestPullRequestsWithoutAnEnd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		step int // numbers from page to page
		want error
		text string
	}{{1, hub.ErrAnswer, "list the pull requests of alice/model: the list does not end after 100 pages"}, {0, nil, ""}} {
		inBubble(t, localhub.Options{}, func(b *bubble) {
			page := 0
			b.setFault(localhub.Always(localhub.On("GET", "/discussions"), func(http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					fmt.Fprintf(w, `{"discussions":[{"num":%d,"status":"open","isPullRequest":true,"author":{"name":"bob"}}],"count":1000000,"start":0}`, 1000-page*tt.step)
					page++
				})
			}))
			found, err := pullRequests(b.Context(), b.as(alice), "alice/model", "bob")
			b.wants(err, tt.want)
			if want := 1 + 99*tt.step; len(found) != want || err != nil && err.Error() != tt.text {
				b.Errorf("%d pull requests, %v; want %d, %q", len(found), err, want, tt.text)
			}
		})
	}
}
