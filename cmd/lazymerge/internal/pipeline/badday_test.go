package pipeline_test

import (
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/sample"
	"github.com/lazymerge/lazymerge/hub/localhub"
	"github.com/lazymerge/lazymerge/hub/localhub/pipenet"
)

// A weather makes requests fail and counts how often each fault has happened.
type weather struct {
	mu   sync.Mutex
	hits map[string]int
	rule func(*http.Request) localhub.Fault
	on   bool
}

// named are faults that are counted under their names.
func (w *weather) named(faults map[string]localhub.Fault) []localhub.Fault {
	var all []localhub.Fault
	for _, name := range slices.Sorted(maps.Keys(faults)) { // the order is part of the luck
		w.hits[name] = 0
		all = append(all, func(next http.Handler) http.Handler {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.hits[name]++
			return faults[name](next)
		})
	}
	return all
}

// badDay is a weather in which a share of all requests fails, each in a way that happens to such a request and passes
// by itself.
func badDay(seed uint64, rate float64) *weather {
	w := &weather{hits: map[string]int{}}
	random := func(faults map[string]localhub.Fault) func(*http.Request) localhub.Fault {
		return localhub.Randomly(seed, rate, w.named(faults)...)
	}
	w.rule = localhub.Either(
		localhub.Only(localhub.On("GET", "storage:"), random(map[string]localhub.Fault{
			"short body": localhub.Resize(-1), "200 for a range": localhub.IgnoreRange(), "another range": localhub.OtherRange(), "expired URL of a download": localhub.Expired(),
			"cut body": localhub.Truncate(100), "stall in a body": localhub.StallAfter(100), "reset of a download": localhub.Reset(), "503 of a download": localhub.Busy(2),
		})),
		localhub.Only(localhub.On("PUT", "storage:"), random(map[string]localhub.Fault{
			"expired URL of an upload": localhub.Expired(), "lost answer to an upload": localhub.Lose(), "stalled upload": localhub.Stall(),
			"reset of an upload": localhub.Reset(), "500 of an upload": localhub.Status(500), "503 of an upload": localhub.Busy(2),
		})),
		localhub.Only(either(localhub.On("POST", "/commit/"), localhub.On("POST", "/api/repos/create")), random(map[string]localhub.Fault{
			"409": localhub.Conflict(), "429 of the commits": localhub.Quota("commits", 30), "lost answer to a change": localhub.Lose(), "504 of a change": localhub.Status(504),
		})),
		localhub.Only(not(localhub.On("", "storage:")), random(map[string]localhub.Fault{
			"500": localhub.Status(500), "502": localhub.Status(502), "503": localhub.Busy(2), "504": localhub.Status(504),
			"429 with seconds": localhub.RetryAfter(1), "429 with a date": localhub.RetryDate(3), "429 of the quota": localhub.Quota("api", 5), "429 of another quota": localhub.OtherQuota("api", 200),
			"reset": localhub.Reset(), "lost answer": localhub.Lose(), "stall": localhub.Stall(), "stall in an answer": localhub.StallAfter(10), "cut answer": localhub.Truncate(10),
		})),
	)
	return w
}

type match = func(*http.Request) bool

func either(a, b match) match { return func(r *http.Request) bool { return a(r) || b(r) } }

func not(a match) match { return func(r *http.Request) bool { return !a(r) } }

// fault is a Server.Fault.
func (w *weather) fault(r *http.Request) localhub.Fault {
	w.mu.Lock()
	on := w.on
	w.mu.Unlock()
	if !on {
		return nil
	}
	return w.rule(r)
}

func (w *weather) turn(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.on = on
}

// A badDayHub is a Hub with two models of org, under a weather, and a user "me" who publishes merges of them.
type badDayHub struct {
	*localhub.Server
	dir       string // of models and work folders
	day       *weather
	transport http.RoundTripper
}

// newBadDayHub starts a Hub in a bubble of synctest. The weather is not on yet.
func newBadDayHub(t *testing.T, dir string, seed uint64) *badDayHub {
	t.Helper()
	shape := sample.Shape{Type: "llama", Layers: 2, Hidden: 32, Intermediate: 64, Heads: 2, KeyValues: 1, Vocabulary: 96, ShardSize: 30_000}
	server, err := localhub.New(localhub.Options{
		Users:          []localhub.User{{Name: "me", Tokens: []localhub.Token{{Secret: testToken, Role: localhub.Write}}}},
		MultipartAbove: 20_000, PartSize: 10_000,
	})
	if err != nil {
		t.Fatal(err)
	}
	day := badDay(seed, 0.05)
	server.Fault = day.fault
	putSamples(t, server, shape, dir, "org/a", "org/b")
	api, storage := pipenet.Listen("127.0.0.1:81"), pipenet.Listen("127.0.0.1:82")
	transport := pipenet.Transport(api, storage)
	if err := server.Serve(api, storage); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second) // a connection of net/http lingers for half of that
	})
	return &badDayHub{server, dir, day, transport}
}

// push publishes merge i, its weights decided by i, or proposes it.
func (h *badDayHub) push(t *testing.T, i int, repo string, propose bool) (*pipeline.Published, error) {
	config := fmt.Sprintf("merge_method: linear\ndtype: bfloat16\nmodels:\n- {model: org/a, parameters: {weight: %d}}\n- {model: org/b, parameters: {weight: 7}}\n", i+1)
	tools, request := toolsOf(t, h.Server, h.transport), requestOf(config, 40_000, repo)
	tools.WorkDir, request.Publish.CreatePR = h.dir, propose
	run, err := pipeline.Push(t.Context(), tools, request)
	return run.Published, err
}

// Fifty pushes, one after the other and each by a client of its own, of ten merges to five repos each, on a day when one
// request in twenty fails: all are published, none twice, and each has the bytes that a good day gives.
func TestFiftyPushesOnABadDay(t *testing.T) {
	t.Parallel()
	const merges, pushes = 10, 50
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := newBadDayHub(t, dir, 4) // with each of the seeds 1 to 60 all were published
		day := server.day
		start := time.Now()
		for i := range pushes {
			day.turn(true)
			bad := fmt.Sprintf("me/bad-%d", i)
			published, err := server.push(t, i%merges, bad, false)
			day.turn(false)
			if err != nil {
				t.Errorf("push %d: %v", i, err)
				continue
			}
			history, err := server.Commits(bad, "")
			if err != nil || len(history) != 2 || history[0].OID != published.Commit {
				t.Errorf("the history of %s is %+v, %v; want one commit beyond the first, %s", bad, history, err, published.Commit)
			}
			good := fmt.Sprintf("me/good-%d", i%merges)
			if i < merges {
				if _, err := server.push(t, i, good, false); err != nil {
					t.Fatal(err)
				}
			}
			if got, want := weightsOf(t, server.Server, bad), weightsOf(t, server.Server, good); !maps.Equal(got, want) || len(got) < 2 {
				t.Errorf("push %d has the weights %v, on a good day %v", i, got, want)
			}
		}
		if repos := server.Repos(); len(repos) != 2+merges+pushes {
			t.Errorf("there are %d repos, want %d", len(repos), 2+merges+pushes)
		}
		if leaks := server.Leaks(); len(leaks) > 0 {
			t.Errorf("storage got the token: %+v", leaks)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "lazymerge-*")); err != nil || len(left) > 0 {
			t.Errorf("work folders are left: %v, %v", left, err)
		}
		total := 0
		var unmet []string
		for name, n := range day.hits {
			if total += n; n == 0 {
				unmet = append(unmet, name)
			}
		}
		if total < 2*pushes || len(unmet) > len(day.hits)/8 { // the luck changes with the requests that a push makes
			t.Errorf("%d requests failed, which is no bad day; no request has met: %s", total, strings.Join(unmet, ", "))
		}
		t.Logf("%d requests failed; on the clock of the day it took %s: %v", total, time.Since(start), day.hits)
	})
}

// Twenty proposals on such a day: each repo has one pull request in the end, open and with one commit, and a push that is
// made again finds it.
func TestProposalsOnABadDay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := newBadDayHub(t, dir, 4) // so it is with the seeds 100 to 124
		for i := range 20 {
			repo := fmt.Sprintf("org/out-%d", i)
			if _, err := server.PutRepo(repo, localhub.RepoOptions{}, nil); err != nil {
				t.Fatal(err)
			}
			server.day.turn(true)
			proposed, err := server.push(t, i, repo, true)
			var again *pipeline.Published
			if err == nil {
				again, err = server.push(t, i, repo, true)
			}
			server.day.turn(false)
			if err != nil {
				t.Errorf("proposal %d: %v", i, err)
				continue
			}
			if !again.Unchanged || again.URL != proposed.URL || again.Commit != proposed.Commit || proposed.URL != server.URL()+"/"+repo+"/discussions/1" {
				t.Errorf("proposal %d is %+v, and again %+v", i, proposed, again)
			}
			all, err := server.Discussions(repo)
			if err != nil || len(all) != 1 || all[0].Status != localhub.Opened {
				t.Errorf("the pull requests of %s are %+v, %v; want one that is open", repo, all, err)
				continue
			}
			history, err := server.Commits(repo, "refs/pr/1")
			if err != nil || len(history) != 2 || history[0].OID != proposed.Commit {
				t.Errorf("the history of %s is %+v, %v; want one commit beyond the first, %s", repo, history, err, proposed.Commit)
			}
		}
	})
}

// weightsOf are the sha256 of a repo's weight files.
func weightsOf(t *testing.T, server *localhub.Server, repo string) map[string]string {
	t.Helper()
	files, err := server.Files(repo, "")
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{}
	for _, f := range files {
		if strings.HasSuffix(f.Path, ".safetensors") {
			sums[f.Path] = f.SHA256
		}
	}
	return sums
}
