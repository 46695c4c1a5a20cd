package hub_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/hub/localhub"
)

// A publishing is one row of what a fault does to a publication.
type publishing struct {
	name     string
	rule     string
	want     error
	requests string        // "" where the order of concurrent requests decides
	low      time.Duration // of the whole; and a quarter more
}

// errRefused stands for a refusal that is none of the hub package's kinds.
var errRefused = errors.New("a refusal of no kind")

// try publishes a large and a small file under the row's rule. The repo must have both or
// nothing new, and one commit more or none.
func (tt publishing) try(t *testing.T, opts localhub.Options) {
	inBubble(t, opts, func(b *bubble) {
		parent := seedModel(b, map[string][]byte{"README.md": []byte("# Model\n")})
		files := map[string][]byte{"model.safetensors": shard(1, 100_000), "config.json": []byte(`{"model_type":"llama"}`)}
		b.rule(tt.rule)
		start := time.Now()
		done, err := publish(b.T, b.as(alice), "alice/model", parent, files)
		b.took(start, tt.low, 0)
		if errors.Is(tt.want, errRefused) {
			var refusal *hub.Error
			if !errors.As(err, &refusal) || refusal.Status < 400 || errors.Is(err, hub.ErrForbidden) {
				b.Errorf("error is %v, want a refusal", err)
			}
			b.wants(err, err)
		} else {
			b.wants(err, tt.want)
		}
		if got := b.counts(0); tt.requests != "" && got != tt.requests {
			b.Errorf("requests: %s\nwant:     %s", got, tt.requests)
		}
		if tt.low > 0 && len(b.said()) == 0 {
			b.Error("there was a wait and nobody was told")
		}
		for _, r := range b.Log() {
			if r.Auth && strings.Contains(r.Path, "complete_multipart") {
				b.Errorf("the completion had a token with it: %+v", r)
			}
		}
		history, historyErr := b.Commits("alice/model", "")
		if historyErr != nil {
			b.Fatal(historyErr)
		}
		if tt.want != nil {
			if history[0].OID != parent {
				b.Errorf("after an error the tip is %+v, want %s", history[0], parent)
			}
			// What was stopped can be done again, on a better day.
			b.rule("")
			if done, err = publish(b.T, b.as(alice), "alice/model", parent, files); err != nil {
				b.Fatalf("publishing again = %v", err)
			}
			if history, historyErr = b.Commits("alice/model", ""); historyErr != nil {
				b.Fatal(historyErr)
			}
		} else if err != nil {
			return
		}
		if history[0].OID != done.Commit || history[1].OID != parent {
			b.Errorf("history is %+v; want %s, once, on %s", history, done.Commit, parent)
		}
		for name, want := range files {
			if got, err := b.Read("alice/model", "", name); err != nil || !bytes.Equal(got, want) {
				b.Errorf("%s has %d other bytes, %v", name, len(got), err)
			}
		}
	})
}

// commitPublishings are the rows of TestCommitThroughFaults.
func commitPublishings() []publishing {
	const before = "preupload 1, batch 1, PUT 1, verify 1, "
	return []publishing{
		{"no fault", "", nil, before + "commit 1", 0},
		{"500 once, of the question", "status=500 /preupload/ #1", nil, "preupload 2, batch 1, PUT 1, verify 1, commit 1", second},
		{"a lost answer to the question", "lose /preupload/ #1", nil, "preupload 2, batch 1, PUT 1, verify 1, commit 1", second},
		{"a login page for the question", "page /preupload/", hub.ErrAnswer, "preupload 1", 0},

		{"503 of the batch", "busy=4 /batch #1", nil, "preupload 1, batch 2, PUT 1, verify 1, commit 1", 4 * second},
		{"429 of the batch", "quota=4 /batch #1", nil, "preupload 1, batch 2, PUT 1, verify 1, commit 1", 5 * second},
		{"a lost answer to the batch", "lose /batch #1", nil, "preupload 1, batch 2, PUT 1, verify 1, commit 1", second},
		{"a login page for the batch", "page /batch", hub.ErrAnswer, "preupload 1, batch 1", 0},
		{"no right to upload", "status=403 /batch", hub.ErrForbidden, "preupload 1, batch 1", 0},

		{"a reset of the upload", "reset PUT storage: #1", nil, "preupload 1, batch 2, PUT 2, verify 1, commit 1", second},
		{"an upload whose answer is lost", "lose PUT storage: #1", nil, "preupload 1, batch 2, PUT 1, commit 1", second},
		{"an upload that is not answered", "stall PUT storage: #1", nil, "preupload 1, batch 2, PUT 2, verify 1, commit 1", 3*minute + second},
		{"an upload that is taken at a byte a second", "sip=1 PUT storage: #1", nil, "preupload 1, batch 2, PUT 2, verify 1, commit 1", 61 * second},
		{"503 of storage, twice", "status=503 PUT storage: x2", nil, "preupload 1, batch 3, PUT 3, verify 1, commit 1", 3 * second},
		{"500 of storage, for ever", "status=500 PUT storage:", hub.ErrNetwork, "preupload 1, batch 5, PUT 5", 15 * second},
		{"an expired URL", "expired PUT storage: #1", nil, "preupload 1, batch 2, PUT 2, verify 1, commit 1", second},
		{"URLs that are always expired", "expired PUT storage:", errRefused, "preupload 1, batch 3, PUT 3", 3 * second},
		{"502 of the check", "status=502 /verify #1", nil, "preupload 1, batch 1, PUT 1, verify 2, commit 1", second},
		{"a check that fails", "status=422 /verify", errRefused, "preupload 1, batch 2, PUT 1, verify 1", second},

		{"a commit whose answer is lost", "lose /commit/ #1", nil, "info 1, tree 1, " + before + "commit 1, history 1", 2 * second},
		{"a commit that is cut off before", "reset /commit/ #1", nil, "info 1, " + before + "commit 2", 2 * second},
		{"504 of a commit that did not land", "status=504 /commit/ #1", nil, "info 1, " + before + "commit 2", 2 * second},
		{"silence after a commit that did not land", "stall /commit/ #1", nil, "info 1, " + before + "commit 2", 3*minute + 2*second},
		{"a commit whose answer is cut", "truncate=10 /commit/ #1", nil, "info 1, tree 1, " + before + "commit 1, history 1", 2 * second},
		{"a commit whose answer is compressed", "gzip /commit/ #1", nil, "info 1, tree 1, " + before + "commit 1, history 1", 2 * second},
		{"a login page for the commit", "page /commit/ #1", nil, "info 1, " + before + "commit 2", 2 * second},
		{"the quota of commits", "commit-quota=30 /commit/ #1", nil, before + "commit 2", 31 * second},
		{"429 of a commit for ever", "retry-after=1 /commit/", hub.ErrRateLimited, before + "commit 5", 4 * second},
		{"503 of a commit for ever", "status=503 /commit/", hub.ErrNetwork, "info 5, " + before + "commit 5", 30 * second},
		{"412", "moved /commit/", hub.ErrConflict, before + "commit 1", 0},
		{"409 once", "conflict /commit/ #1", nil, "info 1, " + before + "commit 2", 2 * second},
		{"409 for ever", "conflict /commit/", hub.ErrConflict, "info 5, " + before + "commit 5", 30 * second},
		{"403", "status=403 /commit/", hub.ErrForbidden, before + "commit 1", 0},
		{"413", "status=413 /commit/", errRefused, before + "commit 1", 0},
	}
}

// A publication gets through or fails as a whole, after no more requests than that takes, and
// makes no commit twice.
func TestCommitThroughFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range commitPublishings() {
		t.Run(tt.name, func(t *testing.T) { tt.try(t, localhub.Options{}) })
	}
}

// partPublishings are the rows of TestPartsThroughFaults.
func partPublishings() []publishing {
	const after = ", verify 1, commit 1"
	return []publishing{
		{"no fault", "", nil, "preupload 1, batch 1, PUT 4, complete 1" + after, 0},
		{"500 of one part", "status=500 PUT storage: #2", nil, "preupload 1, batch 1, PUT 5, complete 1" + after, second},
		{"503 of all parts, once each", "status=503 PUT storage: x4", nil, "preupload 1, batch 1, PUT 8, complete 1" + after, second},
		{"a reset of one part", "reset PUT storage: #3", nil, "preupload 1, batch 1, PUT 5, complete 1" + after, second},
		{"a part whose answer is lost", "lose PUT storage: #1", nil, "preupload 1, batch 1, PUT 5, complete 1" + after, second},
		{"a part that is not answered", "stall PUT storage: #4", nil, "preupload 1, batch 1, PUT 5, complete 1" + after, 3*minute + second},
		{"parts that always fail", "status=500 PUT storage:", hub.ErrNetwork, "", 31 * second},
		{"a part without an ETag", "no-tag PUT storage: #4", hub.ErrAnswer, "preupload 1, batch 1, PUT 4", 0},
		{"a part with another ETag", "other-tag PUT storage: #2", nil, "preupload 1, batch 2, PUT 8, complete 2" + after, second},
		{"an expired part", "expired PUT storage: #1", nil, "", second},
		{"a completion in trouble", "status=503 /complete #1", nil, "preupload 1, batch 1, PUT 4, complete 2" + after, second},
		{"a completion that is always in trouble", "status=503 /complete", hub.ErrNetwork, "preupload 1, batch 2, PUT 8, complete 10", 31 * second},
		{"a completion whose answer is lost", "lose /complete #1", nil, "preupload 1, batch 2, PUT 4, complete 2, commit 1", 2 * second},
		{"a completion that is refused", "status=400 /complete #1", nil, "preupload 1, batch 2, PUT 8, complete 2" + after, second},
		{"a login page for the completion", "page /complete #1", nil, "preupload 1, batch 2, PUT 8, complete 2, verify 2, commit 1", second},
	}
}

// The same for an object in four parts: a part that fails is sent again by itself, and what the
// completion says is believed only as far as the next question confirms it.
func TestPartsThroughFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range partPublishings() {
		t.Run(tt.name, func(t *testing.T) {
			tt.try(t, localhub.Options{MultipartAbove: 10_000, PartSize: 30_000})
		})
	}
}

// An upload in parts that is stopped in the middle is done again from its start, also after the
// Hub itself has been stopped, and nothing of the first one stays.
func TestPartsAfterAStop(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	opts := localhub.Options{Root: root, MultipartAbove: 10_000, PartSize: 30_000,
		Users: []localhub.User{{Name: "alice", Tokens: []localhub.Token{{Secret: alice, Role: localhub.Write}}}}}
	files := map[string][]byte{"model.safetensors": shard(7, 300_001)}
	var parent string
	for _, stop := range []bool{true, false} {
		server, err := localhub.New(opts)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var parts atomic.Int32
		server.Fault = func(r *http.Request) localhub.Fault {
			if localhub.ToStorage(r) && parts.Add(1) == 5 && stop {
				cancel()
				return localhub.Stall()
			}
			return nil
		}
		if err := server.Start(t.Context(), "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		if stop {
			if parent, err = server.PutRepo("alice/model", localhub.RepoOptions{}, nil); err != nil {
				t.Fatal(err)
			}
			var sent atomic.Int64
			data := files["model.safetensors"]
			err := client(t, server, alice).Upload(ctx, "alice/model", "main", []hub.Object{object("model.safetensors", data, &sent)})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("an upload that is stopped = %v", err)
			}
			if sent.Load() != 0 {
				t.Errorf("an upload that is stopped counts %d bytes as sent", sent.Load())
			}
		} else {
			done, err := publish(t, client(t, server, alice), "alice/model", parent, files)
			if err != nil {
				t.Fatal(err)
			}
			got, err := server.Read("alice/model", done.Commit, "model.safetensors")
			if err != nil || !bytes.Equal(got, files["model.safetensors"]) {
				t.Errorf("the shard has %d other bytes, %v", len(got), err)
			}
			if parts.Load() != 11 {
				t.Errorf("%d parts were sent, want 11", parts.Load())
			}
		}
		cancel()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if left, _ := filepath.Glob(filepath.Join(root, "tmp", "*")); !stop && len(left) > 0 {
			t.Errorf("the folder still has %q", left)
		}
	}
}

// On a day when one request in twelve fails, whatever it is, a publication still makes one commit,
// with the right bytes.
func TestPublishOnABadDay(t *testing.T) {
	t.Parallel()
	failed := 0
	for seed := range uint64(6) {
		inBubble(t, localhub.Options{MultipartAbove: 60_000, PartSize: 20_000}, func(b *bubble) {
			parent := seedModel(b, nil)
			b.setFault(localhub.Randomly(seed, 0.08, localhub.Status(500), localhub.Status(504), localhub.Busy(2), localhub.Quota("api", 5), localhub.RetryDate(9),
				localhub.Reset(), localhub.Lose(), localhub.Truncate(10), localhub.Stall()))
			files := map[string][]byte{"config.json": []byte("{}"), "a.safetensors": shard(1, 50_000), "b.safetensors": shard(2, 90_000), "c.safetensors": shard(3, 70_000)}
			done, err := publish(b.T, b.as(alice), "alice/model", parent, files)
			if err != nil {
				b.wants(err, nil)
				return
			}
			history, err := b.Commits("alice/model", "")
			if err != nil || history[0].OID != done.Commit || history[1].OID != parent {
				b.Errorf("seed %d: history is %+v, %v; want %s once", seed, history, err, done.Commit)
			}
			for _, r := range b.Log() {
				if r.Status == 0 || r.Status >= 429 {
					failed++
				}
			}
			for name, want := range files {
				if got, err := b.Read("alice/model", "", name); err != nil || !bytes.Equal(got, want) {
					b.Errorf("seed %d: %s has %d other bytes, %v", seed, name, len(got), err)
				}
			}
		})
	}
	if failed < 6 {
		t.Errorf("%d requests failed on six days, which were no bad ones", failed)
	}
}

// A repo that has had its commits of the hour takes the next one when the first of them is an hour old: a
// client that comes near to that waits, one that comes long before gives up, and the repo is as it was.
func TestCommitQuota(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		after    time.Duration // of the two commits that use the quota up
		want     error
		requests string
		low      time.Duration
	}{
		{"ten minutes before it is free", 50 * minute, nil, "preupload 1, batch 1, PUT 1, verify 1, commit 3", 10 * minute},
		{"at once", 0, hub.ErrRateLimited, "preupload 1, batch 1, PUT 1, verify 1, commit 5", 20 * minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, localhub.Options{CommitsPerHour: 2}, func(b *bubble) {
				parent := seedModel(b, map[string][]byte{"README.md": []byte("# Model\n")})
				for i := range byte(2) {
					done, err := publish(b.T, b.as(alice), "alice/model", parent, map[string][]byte{"model.safetensors": shard(i, 1000)})
					if err != nil {
						b.Fatal(err)
					}
					parent = done.Commit
				}
				time.Sleep(tt.after)
				since, start := len(b.Log()), time.Now()
				done, err := publish(b.T, b.as(alice), "alice/model", parent, map[string][]byte{"model.safetensors": shard(9, 1000)})
				b.took(start, tt.low, 0)
				b.wants(err, tt.want)
				if got := b.counts(since); got != tt.requests {
					b.Errorf("requests: %s\nwant:     %s", got, tt.requests)
				}
				if err == nil {
					parent = done.Commit
				}
				if history, err := b.Commits("alice/model", ""); err != nil || history[0].OID != parent {
					b.Errorf("the history is %+v, %v; want %s at its tip", history, err, parent)
				}
			})
		})
	}
}
