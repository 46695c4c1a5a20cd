package hub_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/hub/localhub"
)

const jobSubject = "repo:alice/merges:ref:refs/heads/main"

// A job is a client of a CI job that has no stored token.
type job struct {
	*hub.Client
	minted []string
}

// inJob runs f in a bubble with the client of a job that may have tokens for resource.
func inJob(t *testing.T, resource string, f func(b *bubble, j *job)) {
	t.Helper()
	opts := localhub.Options{Publishers: []localhub.Publisher{{Subject: jobSubject, Resource: resource}}}
	inBubble(t, opts, func(b *bubble) {
		files := map[string]localhub.Content{"config.json": localhub.Text("{}")}
		b.put("alice/merged", localhub.RepoOptions{}, files)
		b.put("carol/gated", localhub.RepoOptions{Gated: localhub.Auto, Allowed: []string{"alice"}}, files)
		of := b.NewJob(jobSubject)
		j := &job{Client: b.as("")}
		j.OIDC = hub.NewOIDC(resource, func(name string) string {
			return map[string]string{
				"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_URL": of.RequestURL, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": of.RequestToken,
			}[name]
		})
		j.OIDC.Minted = func(token string) { j.minted = append(j.minted, token) }
		f(b, j)
		for _, notice := range b.said() {
			for _, token := range append(j.minted, of.RequestToken) {
				if strings.Contains(notice, token) {
					b.Errorf("a token is in the notice %q", notice)
				}
			}
		}
	})
}

func (b *bubble) put(id string, o localhub.RepoOptions, files map[string]localhub.Content) {
	b.Helper()
	if _, err := b.PutRepo(id, o, files); err != nil {
		b.Fatal(err)
	}
}

// exchanges counts how often an id token was asked for and exchanged.
func (b *bubble) exchanges() (asked, exchanged int) {
	for _, r := range b.Log() {
		switch {
		case r.Path == "/oauth/token":
			exchanged++
		case strings.Contains(r.Path, "id-token"):
			asked++
		}
	}
	return asked, exchanged
}

func (b *bubble) wantExchanges(when string, want int) {
	b.Helper()
	if asked, exchanged := b.exchanges(); asked != want || exchanged != want {
		b.Errorf("%s: %d id tokens asked for, %d exchanged, want %d of each", when, asked, exchanged, want)
	}
}

func (j *job) look(b *bubble) error {
	b.Helper()
	_, err := j.Repo(b.Context(), "alice/merged")
	return err
}

func TestOIDCTokenIsMadeLateAndAgainInTime(t *testing.T) {
	inJob(t, "alice/merged", func(b *bubble, j *job) {
		b.wantExchanges("before the first request", 0)
		for _, step := range []struct {
			name string
			wait time.Duration
			want int
		}{
			{"the first request", 0, 1},
			{"the next one", time.Second, 1},
			{"a second before five minutes to the end", 55*time.Minute - 2*time.Second, 1},
			{"five minutes before the end", time.Second, 2},
			{"much later", 5 * time.Hour, 3},
		} {
			time.Sleep(step.wait)
			if err := j.look(b); err != nil {
				b.Errorf("%s: %v", step.name, err)
			}
			b.wantExchanges(step.name, step.want)
		}
		if len(j.minted) != 3 || slices.ContainsFunc(j.minted, func(s string) bool { return !strings.HasPrefix(s, "hf_jwt_") }) {
			b.Errorf("Minted got %q", j.minted)
		}
	})
}

// Many requests that are refused at once need one new token, and all of them go on with it.
func TestOIDCTokenIsMadeAgainWhenItIsRefused(t *testing.T) {
	inJob(t, "alice/merged", func(b *bubble, j *job) {
		b.wants(j.look(b), nil)
		time.Sleep(2 * time.Minute)
		b.EndTokens()
		g, ctx := errgroup.WithContext(b.Context())
		for range 8 {
			g.Go(func() error {
				_, err := j.Repo(ctx, "alice/merged")
				return err
			})
		}
		b.wants(g.Wait(), nil)
		b.wantExchanges("after a refusal", 2)

		b.EndTokens() // the second token is new, so another one would be refused as well
		b.wants(j.look(b), hub.ErrUnauthorized)
		b.wantExchanges("after a refusal of a new token", 2)
	})
}

// A refusal that concerns a repo is none of the token.
func TestOIDCTokenIsKeptWhereARepoIsRefused(t *testing.T) {
	inJob(t, "alice/merged", func(b *bubble, j *job) {
		b.wants(j.look(b), nil)
		time.Sleep(2 * time.Minute)
		b.setFault(func(r *http.Request) localhub.Fault {
			if strings.Contains(r.URL.Path, "/revision/") {
				return localhub.Answer(401, http.Header{"X-Error-Code": {"RepoNotFound"}}, "{}")
			}
			return nil
		})
		b.wants(j.look(b), hub.ErrNotFound)
		b.wantExchanges("after a refusal with a code", 1)
	})
}

// An id token that was given cannot be made again, so its token is used to the end.
func TestOIDCTokenOfAGivenIDToken(t *testing.T) {
	inJob(t, "alice/merged", func(b *bubble, j *job) {
		j.OIDC = &hub.OIDC{Resource: "alice/merged", IDToken: b.IDToken(jobSubject, b.URL())}
		b.wants(j.look(b), nil)
		time.Sleep(time.Hour - time.Second)
		b.wants(j.look(b), nil)
		if asked, exchanged := b.exchanges(); asked != 0 || exchanged != 1 {
			b.Errorf("%d id tokens asked for, %d exchanged, want 0 and 1", asked, exchanged)
		}
		time.Sleep(time.Second)
		err := j.look(b)
		b.wants(err, hub.ErrUnauthorized)
		if want := "no token for alice/merged: the Hub rejects this job's id token (invalid_grant): "; err == nil || !strings.HasPrefix(err.Error(), want) {
			b.Errorf("after the end: %v, want %s...", err, want)
		}
	})
}

// A job's token creates no repo, and need not where there is one.
func TestOIDCCreate(t *testing.T) {
	inJob(t, "alice/merged", func(b *bubble, j *job) {
		if created, err := j.CreateRepo(b.Context(), "alice/merged", false); created || err != nil {
			b.Errorf("CreateRepo of a repo that is there = %v, %v", created, err)
		}
		_, err := j.CreateRepo(b.Context(), "alice/other", false)
		b.wants(err, hub.ErrForbidden)
	})
}

func TestOIDCReadsAGatedRepo(t *testing.T) {
	inJob(t, "alice", func(b *bubble, j *job) {
		r, err := j.Resolve(b.Context(), "carol/gated", "")
		if err != nil {
			b.Fatal(err)
		}
		file, size, err := r.Open(b.Context(), "config.json")
		if err != nil {
			b.Fatal(err)
		}
		if n, err := file.ReadAt(make([]byte, size), 0); n != 2 {
			b.Errorf("read %d bytes, %v", n, err)
		}
		if len(j.minted) != 1 || !strings.HasPrefix(j.minted[0], "hf_oauth_") {
			b.Errorf("Minted got %q", j.minted)
		}
	})
}

// A request that is given up gives up on its token as well, and leaves the way free for the next.
func TestOIDCIsInterrupted(t *testing.T) {
	inJob(t, "alice/merged", func(b *bubble, j *job) {
		b.setFault(func(r *http.Request) localhub.Fault {
			if r.URL.Path == "/oauth/token" {
				return localhub.Busy(-1)
			}
			return nil
		})
		ctx, stop := context.WithTimeout(b.Context(), 3*time.Second)
		defer stop()
		g, ctx := errgroup.WithContext(ctx)
		for range 3 {
			g.Go(func() error {
				_, err := j.Repo(ctx, "alice/merged")
				return err
			})
		}
		b.wants(g.Wait(), context.DeadlineExceeded)
		b.rule("")
		b.wants(j.look(b), nil)
	})
}

// Publish from a CI job that the repo trusts. In GitHub Actions NewOIDC finds all it needs in os.Getenv.
func ExampleOIDC() {
	ctx := context.Background()
	server, err := localhub.New(localhub.Options{Publishers: []localhub.Publisher{{Subject: "repo:alice/merges", Resource: "alice/merged"}}})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := server.PutRepo("alice/merged", localhub.RepoOptions{}, nil); err != nil {
		log.Fatal(err)
	}
	if err := server.Start(ctx, "127.0.0.1:0"); err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	job := server.NewJob("repo:alice/merges")
	environment := map[string]string{
		"GITHUB_ACTIONS":                 "true",
		"ACTIONS_ID_TOKEN_REQUEST_URL":   job.RequestURL,
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN": job.RequestToken,
	}

	client := &hub.Client{Endpoint: server.URL(), OIDC: hub.NewOIDC("alice/merged", func(name string) string { return environment[name] })}
	_, err = client.Commit(ctx, "alice/merged", "main", hub.Commit{
		Summary: "Add notes", Ops: []hub.Op{hub.AddFile("NOTES.md", []byte("made by a job\n"))},
	})
	if err != nil {
		log.Fatal(err)
	}
	commits, err := server.Commits("alice/merged", "main")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(commits[0].Title, "by", commits[0].Author)
	// Output: Add notes by [OIDC]
}
