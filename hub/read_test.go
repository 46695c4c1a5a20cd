package hub

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// readAt opens a file and reads n bytes of it.
func readAt(t *testing.T, r *Revision, name string, off int64, n int) ([]byte, error) {
	t.Helper()
	f, _, err := r.Open(t.Context(), name)
	if err != nil {
		t.Fatalf("Open(%s) = %v", name, err)
	}
	p := make([]byte, n)
	got, err := f.ReadAt(p, off)
	return p[:got], err
}

func TestReadAt(t *testing.T) {
	for _, tt := range []struct {
		name string
		file string
		off  int64
		n    int
		want string
		err  error
	}{
		{"a large file's start", "model.safetensors", 0, 8, "00000000", nil},
		{"a large file's middle", "model.safetensors", 1604, 8, "02000000", nil},
		{"a read that ends at the end", "model.safetensors", 4992, 8, "00000624", nil},
		{"a read beyond the end", "model.safetensors", 4996, 8, "0624", io.EOF},
		{"a read after the end", "model.safetensors", 5000, 8, "", io.EOF},
		{"a small file", "config.json", 0, 7, `{"a":1}`, nil},
		{"an empty file", "empty.txt", 0, 7, "", io.EOF},
		{"a read of nothing", "model.safetensors", 3, 0, "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				n.addModel()
				got, err := readAt(t, n.resolve(t), tt.file, tt.off, tt.n)
				if string(got) != tt.want || err != tt.err { //nolint:errorlint // callers of an io.ReaderAt compare with io.EOF itself
					t.Errorf("ReadAt(%d bytes, %d) of %s = %q, %v; want %q, %v", tt.n, tt.off, tt.file, got, err, tt.want, tt.err)
				}
			})
		})
	}
}

func TestOpenOfUnknownNames(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		m := n.addModel()
		m.files[".cache/huggingface/x"] = []byte("x")
		r := n.resolve(t)
		if slices.Contains(r.Names(), ".cache/huggingface/x") {
			t.Errorf("Names() = %q, want no .cache", r.Names())
		}
		for name, want := range map[string]error{
			"missing.json":         fs.ErrNotExist,
			".cache/huggingface/x": ErrUnsafePath,
			"../x":                 ErrUnsafePath,
		} {
			if _, _, err := r.Open(t.Context(), name); !errors.Is(err, want) {
				t.Errorf("Open(%q) = %v, want %v", name, err, want)
			}
		}
	})
}

// Storage is asked directly as long as its URL is good: the Hub counts its own calls.
func TestSignedURLIsReused(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		m := n.addModel()
		m.life = time.Hour
		r := n.resolve(t)
		for range 3 {
			if _, err := readAt(t, r, "model.safetensors", 16, 8); err != nil {
				t.Fatal(err)
			}
		}
		want := []string{
			"GET hub.test/alice/model/resolve/" + commitA + "/model.safetensors",
			"GET store.test/lfs/model.safetensors",
			"GET store.test/lfs/model.safetensors",
			"GET store.test/lfs/model.safetensors",
		}
		if got := n.lines(); !slices.Equal(got, want) {
			t.Errorf("requests %q, want %q", got, want)
		}
		time.Sleep(56 * time.Minute) // less than five minutes are left
		if _, err := readAt(t, r, "model.safetensors", 16, 8); err != nil {
			t.Fatal(err)
		}
		if got := n.lines(); !slices.Equal(got, want[:2]) {
			t.Errorf("before the end of the URL: requests %q, want %q", got, want[:2])
		}
	})
}

// Many reads at once look the file up once, and each gets its own bytes.
func TestConcurrentReadsShareOneLookup(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		m := n.addModel()
		r := n.resolve(t)
		f, size, err := r.Open(t.Context(), "model.safetensors")
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, size)
		var wg sync.WaitGroup
		for off := int64(0); off < size; off += 100 {
			wg.Go(func() {
				if _, err := f.ReadAt(got[off:off+100], off); err != nil {
					t.Errorf("ReadAt(%d) = %v", off, err)
				}
			})
		}
		wg.Wait()
		if !bytes.Equal(got, m.files["model.safetensors"]) {
			t.Error("the pieces do not make the file")
		}
		if lookups := n.count("/resolve/" + commitA + "/model.safetensors"); lookups != 1 {
			t.Errorf("%d lookups, want 1", lookups)
		}
	})
}

// A regular file that the Hub serves over a relative redirect, as the public one does.
func TestRelativeRedirectOfASmallFile(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		m := n.addModel()
		r := n.resolve(t)
		n.failTimes("/resolve/", 1, status(307, "", "Location: /api/resolve-cache/models/alice/model/"+commitA+"/config.json?etag=%22x%22", "X-Repo-Commit: "+commitA))
		n.failTimes("/api/resolve-cache/", always, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") == "" || r.URL.RawQuery != "etag=%22x%22" {
				t.Errorf("redirected to %s with Authorization %q", r.URL, r.Header.Get("Authorization"))
			}
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(m.files["config.json"]))
		})
		for range 2 {
			if got, err := readAt(t, r, "config.json", 1, 3); string(got) != `"a"` || err != nil {
				t.Errorf(`ReadAt = %q, %v; want "a"`, got, err)
			}
		}
		if got := n.count("/resolve/" + commitA + "/config.json"); got != 1 {
			t.Errorf("%d lookups, want 1", got)
		}
	})
}

// storageHead is the start of a 206 for bytes 800 to 1599 of 5000.
const storageHead = "HTTP/1.1 206 Partial Content\nContent-Range: bytes 800-1599/5000\nContent-Length: 800"

// serveRange is a correct answer, given by hand so that tests can change a piece of it.
func serveRange(data []byte, change func(h http.Header, body []byte) (int, []byte)) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		from, to, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Range"), "bytes="), "-")
		a, _ := strconv.Atoi(from)
		b, _ := strconv.Atoi(to)
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", a, b, len(data)))
		code, body := change(w.Header(), data[a:b+1])
		w.WriteHeader(code)
		w.Write(body)
	}
}

// Faults of range reads: reset, short, long and wrong answers, refusals of storage.
func TestReadFaults(t *testing.T) {
	data := weights(5000)
	const store, hub = "store.test", "hub.test/alice/model/resolve"
	wrong := func(key, value string) func(http.ResponseWriter, *http.Request) {
		return serveRange(data, func(h http.Header, body []byte) (int, []byte) {
			h.Set(key, value)
			return 206, body
		})
	}
	for _, tt := range []struct {
		name   string
		where  string
		times  int
		fault  func(http.ResponseWriter, *http.Request)
		is     error    // nil: the read succeeds
		text   []string // of the error
		store  int      // requests to storage
		lookup int      // requests to the Hub
	}{
		{"a connection cut in the body is gone on with", store, 1, cut(storageHead, string(data[800:1000])), nil, nil, 2, 1},
		{"a connection cut before the answer is asked again", store, 1, cut("", ""), nil, nil, 2, 1},
		{"cuts for ever without a byte end", store, always, cut(storageHead, ""), ErrNetwork, []string{"800 bytes early"}, 5, 1},
		{"cuts with progress each time go on", store, 7, func(w http.ResponseWriter, r *http.Request) {
			from, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Range"), "bytes="), "-")
			a, _ := strconv.Atoi(from)
			cut(fmt.Sprintf("HTTP/1.1 206 Partial Content\nContent-Range: bytes %d-1599/5000\nContent-Length: %d", a, 1600-a), string(data[a:a+50]))(w, r)
		}, nil, nil, 8, 1},
		{"a length that does not fit the range is not data", store, always, cut("HTTP/1.1 206 Partial Content\nContent-Range: bytes 800-1599/5000\nContent-Length: 10", string(data[800:810])),
			ErrAnswer, []string{"announced 10 bytes for a range of 800"}, 3, 1},
		{"a length that does not fit once", store, 1, cut("HTTP/1.1 206 Partial Content\nContent-Range: bytes 800-1599/5000\nContent-Length: 10", string(data[800:810])), nil, nil, 2, 1},
		{"a body without a length that ends early is gone on with", store, 1, cut("HTTP/1.1 206 Partial Content\nContent-Range: bytes 800-1599/5000", string(data[800:1000])), nil, nil, 2, 1},
		{"a body that is longer than asked is not data", store, always, cut("HTTP/1.1 206 Partial Content\nContent-Range: bytes 800-1599/5000", string(data[800:1700])),
			ErrAnswer, []string{"longer than what was asked"}, 3, 1},
		{"the whole file for a range is not data", store, always, status(200, string(data)), ErrAnswer, []string{"ignores ranges", "store.test"}, 3, 1},
		{"another range is not data", store, always, wrong("Content-Range", "bytes 0-799/5000"), ErrAnswer, []string{"another range"}, 3, 1},
		{"another total is a change", store, always, wrong("Content-Range", "bytes 800-1599/6000"), ErrChanged, []string{"6000", "5000"}, 3, 1},
		{"no total is not data", store, always, wrong("Content-Range", "bytes 800-1599/*"), ErrAnswer, nil, 3, 1},
		{"no Content-Range is not data", store, always, wrong("Content-Range", ""), ErrAnswer, nil, 3, 1},
		{"several ranges are not data", store, always, serveRange(data, func(h http.Header, body []byte) (int, []byte) {
			h.Set("Content-Type", "multipart/byteranges; boundary=x")
			h.Del("Content-Range")
			return 206, body
		}), ErrAnswer, nil, 3, 1},
		{"a compressed answer is not data", store, always, wrong("Content-Encoding", "gzip"), ErrAnswer, []string{"compressed"}, 1, 1},
		{"416 says both sizes", store, always, status(416, "", "Content-Range: bytes */700"), ErrChanged, []string{"5000", "700"}, 1, 1},
		{"an expired URL is renewed", store, 1, status(403, "<Error><Code>ExpiredToken</Code><X>"+signature+"</X></Error>"), nil, nil, 2, 2},
		{"renewed URLs that do not work are the end", store, always, status(403, "<Error><Code>AccessDenied</Code></Error>"), nil, []string{"storage", "403", "AccessDenied"}, 3, 3},
		{"400 from storage is renewed too", store, 1, status(400, "bad"), nil, nil, 2, 2},
		{"a busy storage is waited for", store, 2, status(503, "SlowDown"), nil, nil, 3, 1},
		{"a storage that is down is the end", store, always, status(500, "oops"), ErrNetwork, []string{"storage", "500", "5 times"}, 5, 1},
		{"a web page for a file is no Hub", hub, always, status(200, "<html>login</html>"), ErrAnswer, []string{"commit"}, 0, 1},
		{"another commit is a change", hub, always, status(302, "", "X-Repo-Commit: "+commitB, "Location: http://store.test/lfs/model.safetensors?sig="+signature), ErrChanged, []string{commitB}, 1, 1},
		{"another sha256 is a change", hub, always, status(302, "", "X-Repo-Commit: "+commitA, "X-Linked-Etag: \""+sha256Hex(nil)+`"`, "Location: http://store.test/lfs/model.safetensors?sig="+signature), ErrChanged, []string{"sha256"}, 1, 1},
		{"another size is a change", hub, always, status(302, "", "X-Repo-Commit: "+commitA, "X-Linked-Size: 7", "Location: http://store.test/lfs/model.safetensors?sig="+signature), ErrChanged, []string{"7", "5000"}, 1, 1},
		{"a gated file", hub, always, status(403, "", "X-Error-Code: GatedRepo", "X-Error-Message: You are not in the list"), ErrGated, []string{"gated", "HF_TOKEN", "403 GatedRepo"}, 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				n.addModel()
				r := n.resolve(t)
				n.failTimes(tt.where, tt.times, tt.fault)
				got, err := readAt(t, r, "model.safetensors", 800, 800)
				if tt.is == nil && tt.text == nil {
					if err != nil || !bytes.Equal(got, data[800:1600]) {
						t.Errorf("ReadAt = %q, %v; want the right bytes", got, err)
					}
				} else {
					wantError(t, err, tt.is, append(tt.text, "model.safetensors", "alice/model")...)
					for _, not := range []error{ErrUnauthorized, ErrForbidden, ErrGated} {
						if tt.where == store && errors.Is(err, not) {
							t.Errorf("error %v is %v, but storage knows no token", err, not)
						}
					}
				}
				if s, l := n.count("/lfs/model.safetensors"), n.count("/resolve/"+commitA+"/model.safetensors"); s != tt.store || l != tt.lookup {
					t.Errorf("%d requests to storage and %d lookups, want %d and %d", s, l, tt.store, tt.lookup)
				}
			})
		})
	}
}

// A signed URL whose end has passed already, by a clock that differs, is used until storage refuses it.
func TestClockSkew(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		n.addModel()
		r := n.resolve(t)
		n.failTimes("/resolve/", always, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Repo-Commit", commitA)
			w.Header().Set("Location", fmt.Sprintf("http://store.test/lfs/model.safetensors?sig=%s&Expires=%d", signature, time.Now().Add(-time.Hour).Unix()))
			w.WriteHeader(302)
		})
		for range 3 {
			if _, err := readAt(t, r, "model.safetensors", 0, 8); err != nil {
				t.Fatal(err)
			}
		}
		if got := n.count("/resolve/" + commitA + "/model.safetensors"); got != 1 {
			t.Errorf("%d lookups, want 1", got)
		}
	})
}

// A body that stops without ending, and a server that never answers, do not hold the read for ever.
func TestStalls(t *testing.T) {
	data := weights(5000)
	bubble(t, func(t *testing.T, n *network) {
		n.addModel()
		r := n.resolve(t)
		n.failTimes("store.test", 1, func(w http.ResponseWriter, r *http.Request) {
			serveRange(data, func(h http.Header, body []byte) (int, []byte) { return 206, body[:100] })(w, r)
			w.(http.Flusher).Flush()
			hang(w, r)
		})
		start := time.Now()
		got, err := readAt(t, r, "model.safetensors", 800, 800)
		if err != nil || !bytes.Equal(got, data[800:1600]) {
			t.Errorf("ReadAt = %q, %v; want the right bytes", got, err)
		}
		within(t, start, silence, silence+2*time.Second)
		if last := n.requests[len(n.requests)-1]; last.rng != "bytes=900-1599" {
			t.Errorf("asked for %s, want the rest", last.rng)
		}

		n.failTimes("store.test", always, hang)
		start = time.Now()
		_, err = readAt(t, r, "model.safetensors", 0, 8)
		wantError(t, err, ErrNetwork, "no answer for 1m0s", "5 times")
		within(t, start, 5*answerTimeout, 5*answerTimeout+20*time.Second)
	})
}

// Ctrl-C ends a read at once, wherever it is.
func TestReadEndsWithContext(t *testing.T) {
	for name, fault := range map[string]func(http.ResponseWriter, *http.Request){
		"before the answer": hang,
		"in the body": func(w http.ResponseWriter, r *http.Request) {
			serveRange(weights(5000), func(h http.Header, body []byte) (int, []byte) { return 206, body[:100] })(w, r)
			w.(http.Flusher).Flush()
			hang(w, r)
		},
		"while waiting for a busy server": status(503, "", "Retry-After: 250"),
		"between two faults":              cut(storageHead, ""),
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				n.addModel()
				r := n.resolve(t)
				n.failTimes("store.test", always, fault)
				ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
				defer cancel()
				f, _, err := r.Open(ctx, "model.safetensors")
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				_, err = f.ReadAt(make([]byte, 800), 800)
				wantError(t, err, context.DeadlineExceeded, "model.safetensors")
				within(t, start, 0, 2600*time.Millisecond)
			})
		})
	}
}
