package hub_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/hub/localhub"
)

const (
	second = time.Second
	minute = time.Minute
)

// readModel does what a merge does with a source: pin it, then read ranges of a large file and
// of a small one.
func readModel(b *bubble, c *hub.Client, want map[string][]byte) error {
	r, err := c.Resolve(b.Context(), "alice/model", "main")
	if err != nil {
		return err
	}
	for _, name := range []string{"config.json", "model.safetensors"} {
		f, size, err := r.Open(b.Context(), name)
		if err != nil {
			return err
		}
		got := make([]byte, size)
		half := size / 2
		for _, span := range [][2]int64{{half, size}, {0, half}} { // the second half first
			if n, err := f.ReadAt(got[span[0]:span[1]], span[0]); err != nil {
				if left := got[span[0]+int64(n) : span[1]]; len(left) == 0 || bytes.Trim(left, "\x00") != nil {
					b.Errorf("a read that failed with %v said %d bytes and wrote others", err, n)
				}
				return err
			}
		}
		if !bytes.Equal(got, want[name]) {
			b.Errorf("%s has other bytes than it should", name)
		}
	}
	return nil
}

// A reading is one row of what a fault does to the reads of a merge.
type reading struct {
	name     string
	rule     string
	want     error
	requests string
	low      time.Duration // of the whole; and a quarter more
}

// readings are the rows of TestReadThroughFaults. Rules with a #2 meet the read of the large file, after that of the
// small one.
func readings() []reading {
	// A read without faults: the regular file is answered by resolve itself, twice; the large one
	// leads to storage, and the second range goes there directly.
	const good = "info 1, tree 1, resolve 3, GET 2"
	return []reading{
		{"no fault", "", nil, good, 0},
		{"500 once, of the info", "status=500 /revision/ #1", nil, "info 2, tree 1, resolve 3, GET 2", second},
		{"502 once, of the listing", "status=502 /tree/ #1", nil, "info 1, tree 2, resolve 3, GET 2", second},
		{"503 twice, of a small file", "status=503 /resolve/ x2", nil, "info 1, tree 1, resolve 5, GET 2", 3 * second},
		{"504 four times, of storage", "status=504 storage: x4", nil, "info 1, tree 1, resolve 3, GET 6", 15 * second},
		{"500 for ever, of the info", "status=500 /revision/", hub.ErrNetwork, "info 5", 15 * second},
		{"503 for ever, of storage", "status=503 storage:", hub.ErrNetwork, "info 1, tree 1, resolve 3, GET 5", 15 * second},
		{"503 that says when", "busy=7 /tree/ #1", nil, "info 1, tree 2, resolve 3, GET 2", 7 * second},
		{"429 with seconds", "retry-after=2 /resolve/ #1", nil, "info 1, tree 1, resolve 4, GET 2", 2 * second},
		{"429 with a date", "retry-date=20 /resolve/ #1", nil, "info 1, tree 1, resolve 4, GET 2", 19 * second},
		{"429 with an empty bucket", "quota=2 /resolve/ #1", nil, "info 1, tree 1, resolve 4, GET 2", 3 * second},
		{"429 with a bucket that is not the cause", "other-quota=200 /resolve/ #1", nil, "info 1, tree 1, resolve 4, GET 2", second},
		{"429 for ever", "quota=55 /revision/", hub.ErrRateLimited, "info 5", 4 * 56 * second},
		{"a reset, of the info", "reset /revision/ #1", nil, "info 2, tree 1, resolve 3, GET 2", second},
		{"a reset, of storage", "reset storage: #1", nil, "info 1, tree 1, resolve 3, GET 3", second},
		{"a reset in place of an answer", "lose storage: #1", nil, "info 1, tree 1, resolve 3, GET 3", second},
		{"a connection that has ended meanwhile", "lose storage: #2", nil, "info 1, tree 1, resolve 3, GET 3", 0}, // net/http sees to it
		{"resets for ever", "reset storage:", hub.ErrNetwork, "info 1, tree 1, resolve 3, GET 5", 15 * second},
		{"silence, of the info", "stall /revision/ #1", nil, "info 2, tree 1, resolve 3, GET 2", minute + second},
		{"silence, of storage", "stall storage: #1", nil, "info 1, tree 1, resolve 3, GET 3", minute + second},
		{"silence in the middle of a body", "stall-after=1000 storage: #1", nil, "info 1, tree 1, resolve 3, GET 3", 31 * second},
		{"silence in the middle of a listing", "stall-after=10 /tree/ #1", nil, "info 1, tree 2, resolve 3, GET 2", 31 * second},
		{"storage that gives a byte a second", "drip=1 storage: #1", nil, "info 1, tree 1, resolve 3, GET 3", minute + second},
		{"storage that always gives a byte a second", "drip=1 storage:", hub.ErrNetwork, "info 1, tree 1, resolve 3, GET 5", 5*minute + 15*second},
		{"storage that gives 1000 bytes a second", "drip=1000 storage: #1", nil, good, 49 * second},
		{"a listing of a byte a second", "drip=1 /tree/ #1", nil, "info 1, tree 2, resolve 3, GET 2", minute + second},
		{"a listing of a byte a second, for ever", "drip=1 /tree/", hub.ErrNetwork, "info 1, tree 5", 5*minute + 15*second},
		{"bytes that nobody asked for", "noise=300", nil, good, 0},
		{"a body that is cut", "truncate=1000 storage: #1", nil, "info 1, tree 1, resolve 3, GET 3", second},
		{"bodies that are cut, and each gives something", "truncate=9000 storage: x5", nil, "info 1, tree 1, resolve 3, GET 7", 5 * second},
		{"bodies that give nothing", "truncate=0 storage:", hub.ErrNetwork, "info 1, tree 1, resolve 3, GET 5", 15 * second},
		{"a listing that is cut", "truncate=10 /tree/ #1", nil, "info 1, tree 2, resolve 3, GET 2", second},
		{"a short body that looks whole", "short=1 storage: #1", nil, "info 1, tree 1, resolve 3, GET 3", second},
		{"short bodies for ever", "short=1 storage:", hub.ErrAnswer, "info 1, tree 1, resolve 3, GET 3", 3 * second},
		{"a body that is too long", "long=1 storage: #1", nil, "info 1, tree 1, resolve 3, GET 3", second},
		{"a short small file", "short=1 /resolve/ #1", nil, "info 1, tree 1, resolve 4, GET 2", second},
		{"200 for a range", "whole storage: #1", nil, "info 1, tree 1, resolve 3, GET 3", second},
		{"200 for every range", "whole storage:", hub.ErrAnswer, "info 1, tree 1, resolve 3, GET 3", 3 * second},
		{"another range", "other-range storage: #1", nil, "info 1, tree 1, resolve 3, GET 3", second},
		{"always another range", "other-range storage:", hub.ErrAnswer, "info 1, tree 1, resolve 3, GET 3", 3 * second},
		{"another range of a small file", "other-range /resolve/ #1", nil, "info 1, tree 1, resolve 4, GET 2", second},
		{"another tag of a small file", "other-tag /resolve/ #1", hub.ErrChanged, "info 1, tree 1, resolve 1", 0},
		{"another sha256 of a large file", "other-tag /resolve/ #3", hub.ErrChanged, "info 1, tree 1, resolve 3, GET 1", 0},
		{"another commit", "other-commit /resolve/ #1", hub.ErrChanged, "info 1, tree 1, resolve 1", 0},
		{"an ETag of storage, which means nothing", "other-tag storage:", nil, good, 0},
		{"an expired URL", "expired storage: #2", nil, "info 1, tree 1, resolve 4, GET 3", 0},
		{"a fresh URL that has expired", "expired storage: #1", nil, "info 1, tree 1, resolve 4, GET 3", 0},
		{"URLs that are always expired", "expired storage:", errStorage403, "info 1, tree 1, resolve 5, GET 3", 0},
		{"a compressed info", "gzip /revision/ #1", hub.ErrAnswer, "info 1", 0},
		{"a compressed range", "gzip storage: #1", hub.ErrAnswer, "info 1, tree 1, resolve 3, GET 1", 0},
		{"a login page for the info", "page /revision/", hub.ErrAnswer, "info 1", 0},
		{"a login page for a file", "page /resolve/", hub.ErrAnswer, "info 1, tree 1, resolve 1", 0},
		{"a login page for storage", "page storage:", hub.ErrAnswer, "info 1, tree 1, resolve 3, GET 3", 3 * second},
		{"a bad token", "status=401 /revision/", hub.ErrUnauthorized, "info 1", 0},
		{"a missing file", "status=404 /resolve/", hub.ErrNotFound, "info 1, tree 1, resolve 1", 0},
	}
}

// Whatever goes wrong on the way, a read gives the bytes that the commit has or a typed error, after
// no more requests and no longer a wait than that takes.
func TestReadThroughFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range readings() {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, localhub.Options{}, func(b *bubble) {
				files := map[string][]byte{"config.json": []byte(`{"model_type":"llama"}`), "model.safetensors": shard(1, 100_000)}
				seedModel(b, files)
				b.rule(tt.rule)
				start := time.Now()
				err := readModel(b, b.as(alice), files)
				b.took(start, tt.low, 0)
				if errors.Is(tt.want, errStorage403) {
					var refusal *hub.Error
					if !errors.As(err, &refusal) || !refusal.Storage || refusal.Status != 403 || errors.Is(err, hub.ErrForbidden) {
						b.Errorf("error is %v, want a 403 of storage that is no matter of the token", err)
					}
					b.wants(err, err)
				} else {
					b.wants(err, tt.want)
				}
				if got := b.counts(0); got != tt.requests {
					b.Errorf("requests: %s\nwant:     %s", got, tt.requests)
				}
				if tt.rule != "" && tt.low > 0 && len(b.said()) == 0 {
					b.Error("there was a wait and nobody was told")
				}
			})
		})
	}
}

// A creation is one row of what becomes of a repo whose visibility a Hub decides otherwise.
type creation struct {
	rule         string
	asked, comes bool // private
}

func creations() []creation {
	return []creation{
		{"public POST /api/repos/create", true, false},
		{"private POST /api/repos/create", false, true},
	}
}

// A Hub that does not do as it was asked still says what it did, in the info of the repo.
func TestCreateThroughFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range creations() {
		inBubble(t, localhub.Options{}, func(b *bubble) {
			b.rule(tt.rule)
			c := b.as(alice)
			if created, err := c.CreateRepo(b.Context(), "alice/new", tt.asked); err != nil || !created {
				b.Fatalf("CreateRepo under %q = %v, %v", tt.rule, created, err)
			}
			info, err := c.Repo(b.Context(), "alice/new")
			if err != nil || info.Private != tt.comes {
				b.Errorf("Repo after %q = %+v, %v, want private %v", tt.rule, info, err, tt.comes)
			}
			if n := len(b.Log()); n != 2 {
				b.Errorf("%d requests, want 2", n)
			}
		})
	}
}

// Each kind of fault that the local Hub has is met by a row that counts requests.
func TestEveryFaultIsDriven(t *testing.T) {
	met := map[string]bool{}
	for _, r := range readings() {
		met[kindIn(t, r.rule)] = true
	}
	for _, p := range append(commitPublishings(), partPublishings()...) {
		met[kindIn(t, p.rule)] = met[kindIn(t, p.rule)] || p.requests != ""
	}
	for _, c := range creations() {
		met[kindIn(t, c.rule)] = true
	}
	for _, k := range localhub.FaultKinds() {
		if !met[k.Name] {
			t.Errorf("no row counts the requests under %s: %s", k.Name, k.About)
		}
	}
}

// kindIn is the kind that a rule names; "" for no rule.
func kindIn(t *testing.T, rule string) string {
	if rule == "" {
		return ""
	}
	r, err := localhub.ParseRule(rule)
	if err != nil {
		t.Fatal(err)
	}
	return r.Kind
}

// errStorage403 stands for an error that is none of the hub package's kinds.
var errStorage403 = errors.New("403 of storage")

func seedModel(b *bubble, files map[string][]byte) string {
	b.Helper()
	contents := map[string]localhub.Content{}
	for name, data := range files {
		contents[name] = localhub.Bytes(data)
	}
	commit, err := b.PutRepo("alice/model", localhub.RepoOptions{}, contents)
	if err != nil {
		b.Fatal(err)
	}
	return commit
}

// A file that grows or shrinks under the same name cannot happen at a commit; where it does, it
// is said.
func TestReadOfAnotherSize(t *testing.T) {
	t.Parallel()
	inBubble(t, localhub.Options{}, func(b *bubble) {
		files := map[string][]byte{"config.json": []byte("{}"), "model.safetensors": shard(1, 1000)}
		seedModel(b, files)
		b.setFault(localhub.Always(localhub.On("", "storage:"), localhub.Answer(http.StatusRequestedRangeNotSatisfiable,
			http.Header{"Content-Range": {"bytes */999"}}, "")))
		b.wants(readModel(b, b.as(alice), files), hub.ErrChanged)
	})
}

// A URL that ends while a merge reads is renewed in time, and once: no read is refused.
func TestSignedURLEnds(t *testing.T) {
	t.Parallel()
	inBubble(t, localhub.Options{URLLife: 20 * minute}, func(b *bubble) {
		data := shard(1, 60_000)
		seedModel(b, map[string][]byte{"model.safetensors": data})
		r, err := b.as(alice).Resolve(b.Context(), "alice/model", "")
		if err != nil {
			b.Fatal(err)
		}
		f, _, err := r.Open(b.Context(), "model.safetensors")
		if err != nil {
			b.Fatal(err)
		}
		got := make([]byte, len(data))
		for off := 0; off < len(data); off += 1000 { // a minute for each
			if _, err := f.ReadAt(got[off:off+1000], int64(off)); err != nil {
				b.Fatalf("ReadAt(%d) = %v", off, err)
			}
			time.Sleep(minute)
		}
		if got, want := b.counts(0), "info 1, tree 1, resolve 4, GET 60"; got != want || len(b.said()) > 0 {
			b.Errorf("requests: %s; want %s; notices %q", got, want, b.said())
		}
		if !bytes.Equal(got, data) {
			b.Error("other bytes than were published")
		}
	})
}

// The end of the caller's context ends every wait at once.
func TestFaultsEndWithContext(t *testing.T) {
	t.Parallel()
	for _, rule := range []string{"stall /revision/", "quota=200 /revision/", "stall /tree/", "stall-after=9 /tree/"} {
		inBubble(t, localhub.Options{}, func(b *bubble) {
			seedModel(b, map[string][]byte{"config.json": []byte("{}")})
			b.rule(rule)
			ctx, cancel := context.WithTimeout(b.Context(), 5*second)
			defer cancel()
			start := time.Now()
			_, err := b.as(alice).Resolve(ctx, "alice/model", "")
			b.wants(err, context.DeadlineExceeded)
			b.took(start, 5*second, 5*second)
		})
	}
	inBubble(t, localhub.Options{}, func(b *bubble) {
		data := shard(1, 10_000)
		seedModel(b, map[string][]byte{"model.safetensors": data})
		ctx, cancel := context.WithTimeout(b.Context(), 5*second)
		defer cancel()
		r, err := b.as(alice).Resolve(ctx, "alice/model", "")
		if err != nil {
			b.Fatal(err)
		}
		f, _, err := r.Open(ctx, "model.safetensors")
		if err != nil {
			b.Fatal(err)
		}
		b.rule("stall-after=4000 storage:")
		got := make([]byte, len(data))
		n, err := f.ReadAt(got, 0)
		b.wants(err, context.DeadlineExceeded)
		if n != 4000 || !bytes.Equal(got[:n], data[:n]) {
			b.Errorf("ReadAt gave %d bytes before the end, want the 4000 good ones", n)
		}
	})
}

// On a day when one request in eight fails, each in its own way, many reads at the same time all
// give the right bytes. The seeds are any.
func TestReadsOnABadDay(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		inBubble(t, localhub.Options{PageSize: 2}, func(b *bubble) {
			files := map[string][]byte{"config.json": []byte("{}")}
			for _, name := range []string{"a.safetensors", "b.safetensors", "c.safetensors"} {
				files[name] = shard(name[0], 40_000)
			}
			seedModel(b, files)
			b.setFault(localhub.Randomly(seed, 0.125, localhub.Status(500), localhub.Status(502), localhub.Busy(2), localhub.Quota("api", 5), localhub.RetryAfter(1),
				localhub.Reset(), localhub.Lose(), localhub.Truncate(10), localhub.Truncate(1500), localhub.StallAfter(700), localhub.Stall()))
			r, err := b.as(alice).Resolve(b.Context(), "alice/model", "")
			if err != nil {
				b.Fatal(err)
			}
			type result struct {
				name string
				off  int
				err  error
				same bool
			}
			results := make(chan result)
			reads := 0
			for name, want := range files {
				f, size, err := r.Open(b.Context(), name)
				if err != nil {
					b.Fatal(err)
				}
				// The way to storage is known from here on, so that luck does not depend on who asks first.
				if _, err := f.ReadAt(make([]byte, 1), 0); err != nil {
					b.Fatal(err)
				}
				for off := 0; off < int(size); off += 2000 {
					reads++
					go func() {
						got := make([]byte, min(2000, int(size)-off))
						_, err := f.ReadAt(got, int64(off))
						results <- result{name, off, err, bytes.Equal(got, want[off:off+len(got)])}
					}()
				}
			}
			for range reads {
				if got := <-results; got.err != nil || !got.same {
					b.Errorf("seed %d: ReadAt(%s, %d) = %v, the right bytes: %v", seed, got.name, got.off, got.err, got.same)
				}
			}
			failed := slices.ContainsFunc(b.Log(), func(r localhub.Request) bool { return r.Status == 0 || r.Status >= 429 })
			if !failed {
				b.Errorf("seed %d: it was no bad day", seed)
			}
			if _, _, err := r.Open(b.Context(), "none"); !errors.Is(err, fs.ErrNotExist) {
				b.Errorf("Open(none) = %v", err)
			}
		})
	}
}
