package hub

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A fakeLFS stores objects: batch and verify at hub.test, contents at store.test.
type fakeLFS struct {
	t       *testing.T
	n       *network
	chunk   int64 // of uploads in parts; 0 for one piece
	mu      sync.Mutex
	stored  map[string][]byte
	parts   map[string][]byte // by path
	batches []string          // bodies
	expired int               // the first so many URLs are refused
	issued  int
}

func (n *network) addLFS(t *testing.T) *fakeLFS {
	l := &fakeLFS{t: t, n: n, stored: map[string][]byte{}, parts: map[string][]byte{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /alice/model.git/info/lfs/objects/batch", l.batch)
	mux.HandleFunc("POST /verify", l.verify)
	n.hosts["hub.test"] = mux
	store := http.NewServeMux()
	store.HandleFunc("PUT /lfs/{oid}", l.put)
	store.HandleFunc("PUT /lfs/{oid}/{part}", l.putPart)
	store.HandleFunc("POST /complete/{oid}", l.complete)
	n.hosts["store.test"] = store
	return l
}

func (l *fakeLFS) batch(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	l.batches = append(l.batches, string(body))
	var asked struct {
		Objects []struct {
			OID  string `json:"oid"`
			Size int64  `json:"size"`
		} `json:"objects"`
	}
	if err := json.Unmarshal(body, &asked); err != nil || r.Header.Get("Content-Type") != "application/vnd.git-lfs+json" || r.Header.Get("Authorization") == "" {
		l.t.Errorf("batch %s with %v: %v", body, r.Header, err)
	}
	var objects []map[string]any
	for _, o := range asked.Objects {
		answer := map[string]any{"oid": o.OID, "size": o.Size}
		if _, ok := l.stored[o.OID]; !ok {
			l.issued++
			upload := map[string]any{"href": fmt.Sprintf("http://store.test/lfs/%s?sig=%s&n=%d", o.OID, signature, l.issued), "header": map[string]string{}}
			if l.chunk > 0 {
				header := map[string]string{"chunk_size": fmt.Sprint(l.chunk), "Content-Type": "x"}
				for i := int64(0); i*l.chunk < o.Size; i++ {
					header[fmt.Sprintf("%05d", i+1)] = fmt.Sprintf("http://store.test/lfs/%s/%d?sig=%s&n=%d", o.OID, i, signature, l.issued)
				}
				upload = map[string]any{"href": fmt.Sprintf("http://store.test/complete/%s?sig=%s", o.OID, signature), "header": header}
			}
			answer["actions"] = map[string]any{"upload": upload, "verify": map[string]any{"href": "http://hub.test/verify"}}
		}
		objects = append(objects, answer)
	}
	json.NewEncoder(w).Encode(map[string]any{"transfer": "basic", "objects": objects})
}

func (l *fakeLFS) refuse(w http.ResponseWriter, r *http.Request) bool {
	if r.Header.Get("Authorization") != "" || r.ContentLength < 0 || r.URL.Query().Get("sig") != signature {
		l.t.Errorf("%s %s with %v, length %d", r.Method, r.URL, r.Header, r.ContentLength)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if n, err := strconv.Atoi(r.URL.Query().Get("n")); err == nil && n <= l.expired {
		io.Copy(io.Discard, r.Body)
		status(403, "<Error><Code>AccessDenied</Code></Error>")(w, r)
		return true
	}
	return false
}

func (l *fakeLFS) put(w http.ResponseWriter, r *http.Request) {
	if l.refuse(w, r) {
		return
	}
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	l.mu.Lock()
	l.stored[r.PathValue("oid")] = data
	l.mu.Unlock()
	w.Header().Set("ETag", `"x"`)
}

func (l *fakeLFS) putPart(w http.ResponseWriter, r *http.Request) {
	if l.refuse(w, r) {
		return
	}
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	l.mu.Lock()
	l.parts[r.URL.Path] = data
	l.mu.Unlock()
	w.Header().Set("ETag", `"part-`+r.PathValue("part")+`"`)
}

func (l *fakeLFS) complete(w http.ResponseWriter, r *http.Request) {
	var body struct {
		OID   string
		Parts []struct {
			PartNumber int
			ETag       string
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.OID != r.PathValue("oid") || r.Header.Get("Content-Type") != "application/vnd.git-lfs+json" {
		l.t.Errorf("completion %+v: %v", body, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var whole []byte
	for i, p := range body.Parts {
		if p.PartNumber != i+1 || p.ETag != fmt.Sprintf(`"part-%d"`, i) {
			l.t.Errorf("completion with part %+v at %d", p, i)
		}
		whole = append(whole, l.parts[fmt.Sprintf("/lfs/%s/%d", body.OID, i)]...)
	}
	l.stored[body.OID] = whole
	io.WriteString(w, "{}")
}

func (l *fakeLFS) verify(w http.ResponseWriter, r *http.Request) {
	var body struct {
		OID  string
		Size int
	}
	json.NewDecoder(r.Body).Decode(&body)
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer "+testToken {
		l.t.Errorf("verify without the token: %v", r.Header)
	}
	if data := l.stored[body.OID]; sha256Hex(data) != body.OID || len(data) != body.Size {
		delete(l.stored, body.OID)
		status(404, `{"error":"size or hash differs"}`)(w, r)
	}
}

// blob is a content to be uploaded, and what has been reported of it.
type blob struct {
	data []byte
	mu   sync.Mutex
	sent int64
	high int64
	open int // content that is open now
}

func (b *blob) object(path string) Object {
	return Object{Path: path, SHA256: sha256Hex(b.data), Size: int64(len(b.data)), Open: b.content, Sent: func(n int64) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.sent += n
		b.high = max(b.high, b.sent)
		if b.sent < 0 {
			panic("less than nothing was sent")
		}
	}}
}

type opened struct {
	*bytes.Reader
	b *blob
}

func (o *opened) Close() error {
	o.b.mu.Lock()
	defer o.b.mu.Unlock()
	o.b.open--
	return nil
}

func (b *blob) content() (io.ReadSeekCloser, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open++
	return &opened{bytes.NewReader(b.data), b}, nil
}

// What is there already is not sent, and what is not is sent once.
func TestUpload(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		l := n.addLFS(t)
		there, big, twice := &blob{data: []byte("there")}, &blob{data: weights(300000)}, &blob{data: []byte("twice")}
		l.stored[sha256Hex(there.data)] = there.data
		err := n.client().Upload(t.Context(), "alice/model", "refs/pr/1", []Object{there.object("a"), big.object("b"), twice.object("c"), twice.object("d")})
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range []*blob{big, twice} {
			if !bytes.Equal(l.stored[sha256Hex(b.data)], b.data) {
				t.Errorf("%d bytes are not stored", len(b.data))
			}
		}
		if there.high != 0 || big.sent != 300000 || twice.sent != 10 {
			t.Errorf("reported %d, %d and %d bytes; want 0 of what was there, and all of the others", there.high, big.sent, twice.sent)
		}
		if there.open != 0 || big.open != 0 || twice.open != 0 {
			t.Error("a content was left open")
		}
		if n.count("POST hub.test/verify") != 2 || n.count(sha256Hex(big.data)) != 1 || len(l.batches) != 1 {
			t.Errorf("requests %q", n.lines())
		}
		want := fmt.Sprintf(`{"operation":"upload","transfers":["basic","multipart"],"objects":[{"oid":%q,"size":5},{"oid":%q,"size":300000},{"oid":%q,"size":5}],"hash_algo":"sha256","ref":{"name":"refs/pr/1"}}`,
			sha256Hex(there.data), sha256Hex(big.data), sha256Hex(twice.data))
		if l.batches[0] != want {
			t.Errorf("batch %s, want %s", l.batches[0], want)
		}
	})
}

func TestUploadOfManyIsBatched(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		l := n.addLFS(t)
		var objects []Object
		for i := range 300 {
			objects = append(objects, (&blob{data: fmt.Appendf(nil, "object %d", i)}).object(fmt.Sprint(i)))
		}
		if err := n.client().Upload(t.Context(), "alice/model", "main", objects); err != nil {
			t.Fatal(err)
		}
		if len(l.batches) != 2 || len(l.stored) != 300 {
			t.Errorf("%d batches stored %d objects, want 2 and 300", len(l.batches), len(l.stored))
		}
	})
}

func TestUploadInParts(t *testing.T) {
	for _, size := range []int{1, 99, 100, 101, 1000, 1050} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				l := n.addLFS(t)
				l.chunk = 100
				b := &blob{data: weights(size)}
				if err := n.client().Upload(t.Context(), "alice/model", "main", []Object{b.object("model.safetensors")}); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(l.stored[sha256Hex(b.data)], b.data) || b.sent != int64(size) || b.open != 0 {
					t.Errorf("stored %d bytes, reported %d, left %d open", len(l.stored[sha256Hex(b.data)]), b.sent, b.open)
				}
			})
		})
	}
}

// Faults of uploads. Each is mended or said; the whole object is on the server only if all is well.
func TestUploadFaults(t *testing.T) {
	half := func(w http.ResponseWriter, r *http.Request) { // the connection is cut in the body
		io.ReadFull(r.Body, make([]byte, 30000))
		cut("", "")(w, r)
	}
	drain := func(f func(http.ResponseWriter, *http.Request)) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			f(w, r)
		}
	}
	for _, tt := range []struct {
		name    string
		chunk   int64
		expired int
		where   string
		times   int
		fault   func(l *fakeLFS) func(http.ResponseWriter, *http.Request)
		text    string // of the error; "": the upload succeeds
		is      error
		batches int
		puts    int
	}{
		{"cut in the body", 0, 0, "store.test/lfs", 1, func(*fakeLFS) func(http.ResponseWriter, *http.Request) { return half }, "", nil, 2, 2},
		{"busy storage", 0, 0, "store.test/lfs", 2, func(*fakeLFS) func(http.ResponseWriter, *http.Request) { return drain(status(503, "SlowDown")) }, "", nil, 3, 3},
		{"storage that is down", 0, 0, "store.test/lfs", always, func(*fakeLFS) func(http.ResponseWriter, *http.Request) { return drain(status(500, "")) }, "Hub storage answered 500", ErrNetwork, 5, 5},
		{"an expired URL", 0, 1, "nowhere", 0, func(*fakeLFS) func(http.ResponseWriter, *http.Request) { return nil }, "", nil, 2, 2},
		{"URLs that never work", 0, 9, "nowhere", 0, func(*fakeLFS) func(http.ResponseWriter, *http.Request) { return nil }, "AccessDenied", nil, 3, 3},
		{"an answer that is lost after all bytes", 0, 0, "store.test/lfs", 1, func(l *fakeLFS) func(http.ResponseWriter, *http.Request) {
			return func(w http.ResponseWriter, r *http.Request) {
				data, _ := io.ReadAll(r.Body)
				l.mu.Lock()
				l.stored[strings.TrimPrefix(r.URL.Path, "/lfs/")] = data
				l.mu.Unlock()
				cut("", "")(w, r)
			}
		}, "", nil, 2, 1},
		{"bytes that are stored wrong once", 0, 0, "store.test/lfs", 1, func(l *fakeLFS) func(http.ResponseWriter, *http.Request) { return drain(status(200, "")) }, "", nil, 2, 2},
		{"bytes that are always stored wrong", 0, 0, "store.test/lfs", always, func(l *fakeLFS) func(http.ResponseWriter, *http.Request) { return drain(status(200, "")) }, "size or hash differs", nil, 2, 2},
		{"verify in trouble", 0, 0, "/verify", 1, func(*fakeLFS) func(http.ResponseWriter, *http.Request) { return status(502, "<html>") }, "", nil, 1, 1},
		{"a batch in trouble", 0, 0, "/batch", 1, func(*fakeLFS) func(http.ResponseWriter, *http.Request) { return status(500, "") }, "", nil, 1, 1},
		{"no right to write", 0, 0, "/batch", always, func(*fakeLFS) func(http.ResponseWriter, *http.Request) {
			return status(403, `{"error":"no write access"}`)
		}, "not allowed: no write access", ErrForbidden, 0, 0},
		{"a part in trouble", 100000, 0, "/1", 2, func(*fakeLFS) func(http.ResponseWriter, *http.Request) { return drain(status(500, "")) }, "", nil, 1, 5},
		{"a part that is cut", 100000, 0, "/2", 1, func(*fakeLFS) func(http.ResponseWriter, *http.Request) { return half }, "", nil, 1, 4},
		{"expired parts", 100000, 1, "nowhere", 0, func(*fakeLFS) func(http.ResponseWriter, *http.Request) { return nil }, "", nil, 2, -1},
		{"a part without an ETag", 100000, 0, "/2", always, func(*fakeLFS) func(http.ResponseWriter, *http.Request) { return drain(status(200, "")) }, "no ETag for part 3", ErrAnswer, 1, -1},
		{"a completion in trouble", 100000, 0, "/complete/", 1, func(*fakeLFS) func(http.ResponseWriter, *http.Request) { return status(504, "") }, "", nil, 1, 3},
		{"a completion that is refused", 100000, 0, "/complete/", 1, func(*fakeLFS) func(http.ResponseWriter, *http.Request) { return status(400, "") }, "", nil, 2, 6},
		{"a completion that had worked", 100000, 0, "/complete/", 1, func(l *fakeLFS) func(http.ResponseWriter, *http.Request) {
			return func(w http.ResponseWriter, r *http.Request) {
				l.complete(w, r)
				cut("", "")(w, r)
			}
		}, "", nil, 1, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				l := n.addLFS(t)
				l.chunk, l.expired = tt.chunk, tt.expired
				fault := tt.fault(l)
				n.failTimes(tt.where, tt.times, func(w http.ResponseWriter, r *http.Request) {
					r.SetPathValue("oid", r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:])
					fault(w, r)
				})
				b := &blob{data: weights(300000)}
				err := n.client().Upload(t.Context(), "alice/model", "main", []Object{b.object("model.safetensors")})
				if tt.text != "" {
					wantError(t, err, tt.is, "alice/model", tt.text)
				} else if err != nil || !bytes.Equal(l.stored[sha256Hex(b.data)], b.data) || b.sent != 300000 {
					t.Errorf("Upload = %v, reported %d bytes", err, b.sent)
				}
				if b.high > 300000 {
					t.Errorf("reported up to %d bytes of 300000", b.high)
				}
				if tt.text != "" && b.sent != 0 {
					t.Errorf("reported %d bytes of an upload that did not work", b.sent)
				}
				puts := 0
				for _, line := range n.lines() {
					if strings.HasPrefix(line, "PUT") {
						puts++
					}
				}
				if len(l.batches) != tt.batches || tt.puts >= 0 && puts != tt.puts {
					t.Errorf("%d batches and %d PUTs, want %d and %d", len(l.batches), puts, tt.batches, tt.puts)
				}
				if b.open != 0 {
					t.Errorf("%d contents are still open", b.open)
				}
			})
		})
	}
}

// Verification failed, and yet the Hub says that the object is there: nobody should commit that.
func TestUploadThatTheHubContradicts(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		l := n.addLFS(t)
		n.failTimes("/verify", always, status(422, `{"error":"hash differs"}`))
		b := &blob{data: weights(100)}
		err := n.client().Upload(t.Context(), "alice/model", "main", []Object{b.object("a.bin")})
		wantError(t, err, nil, "verify a.bin in alice/model", "hash differs")
		if len(l.batches) != 2 {
			t.Errorf("%d batches, want 2", len(l.batches))
		}
	})
}

// Answers of a batch that break the protocol.
func TestUploadOddBatches(t *testing.T) {
	b := &blob{data: []byte("hello")}
	oid := sha256Hex(b.data)
	for _, tt := range []struct {
		name, body string
		is         error
		text       string
	}{
		{"an object that is refused", `{"objects":[{"oid":"` + oid + `","size":5,"error":{"code":403,"message":"storage is full, see https://hub.test/x?sig=` + signature + `"}}]}`, ErrForbidden, "storage is full"},
		{"an object that is refused as too large", `{"objects":[{"oid":"` + oid + `","size":5,"error":{"code":422,"message":"too large"}}]}`, nil, "upload a.bin to alice/model: the Hub answered 422: too large"},
		{"a missing object", `{"objects":[]}`, ErrAnswer, "missing"},
		{"another object", `{"objects":[{"oid":"` + sha256Hex(nil) + `","size":5}]}`, ErrAnswer, "missing"},
		{"another size", `{"objects":[{"oid":"` + oid + `","size":6}]}`, ErrAnswer, "6 bytes and not 5"},
		{"a transfer that was not offered", `{"transfer":"xet","objects":[{"oid":"` + oid + `","size":5,"actions":{"upload":{"href":"x"}}}]}`, ErrTransfer, "xet"},
		{"something to verify and nothing to upload", `{"objects":[{"oid":"` + oid + `","size":5,"actions":{"verify":{"href":"http://hub.test/verify"}}}]}`, ErrAnswer, "nothing to upload"},
		{"an upload to no URL", `{"objects":[{"oid":"` + oid + `","size":5,"actions":{"upload":{"href":"http://[x?sig=` + signature + `"}}}]}`, ErrAnswer, "an invalid URL"},
		{"an upload to a file", `{"objects":[{"oid":"` + oid + `","size":5,"actions":{"upload":{"href":"file:///x"}}}]}`, ErrAnswer, "neither http nor https"},
		{"too few parts", `{"objects":[{"oid":"` + oid + `","size":5,"actions":{"upload":{"href":"http://store.test/c","header":{"chunk_size":"2","1":"http://store.test/1"}}}}]}`, ErrAnswer, "1 parts for 5 bytes in chunks of 2"},
		{"chunks of nothing", `{"objects":[{"oid":"` + oid + `","size":5,"actions":{"upload":{"href":"http://store.test/c","header":{"chunk_size":"0"}}}}]}`, ErrAnswer, "chunk_size"},
		{"a web page", `<html>`, ErrAnswer, "web page"},
		{"nothing", ``, ErrAnswer, "not a valid answer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				n.addLFS(t)
				n.failTimes("/batch", always, status(200, tt.body))
				err := n.client().Upload(t.Context(), "alice/model", "main", []Object{b.object("a.bin")})
				wantError(t, err, tt.is, "alice/model", tt.text)
				if got := n.lines(); len(got) != 1 {
					t.Errorf("requests %q, want the batch alone", got)
				}
			})
		})
	}
}

// A content that cannot be read is the caller's fault and not the network's.
func TestUploadOfBadContent(t *testing.T) {
	good := &blob{data: weights(100000)}
	for _, tt := range []struct {
		name string
		open func() (io.ReadSeekCloser, error)
		is   error
	}{
		{"not there", func() (io.ReadSeekCloser, error) { return nil, os.ErrNotExist }, os.ErrNotExist},
		{"shorter than said", func() (io.ReadSeekCloser, error) { return &opened{bytes.NewReader(good.data[:70000]), good}, nil }, io.ErrUnexpectedEOF},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				n.addLFS(t)
				o := good.object("model.safetensors")
				o.Open = tt.open
				err := n.client().Upload(t.Context(), "alice/model", "main", []Object{o})
				wantError(t, err, tt.is, "model.safetensors")
				if errors.Is(err, ErrNetwork) || len(n.said()) > 0 {
					t.Errorf("error %v, notices %q: want no talk of the network", err, n.said())
				}
			})
		})
	}
	if err := new(Client).Upload(t.Context(), "alice/model", "main", []Object{{Path: "x", SHA256: "abc", Size: 1, Open: good.content}}); err == nil {
		t.Error("an object without a sha256 was accepted")
	}
}

func TestUploadEndsWithContext(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		n.addLFS(t)
		n.failTimes("store.test", always, func(w http.ResponseWriter, r *http.Request) {
			io.ReadFull(r.Body, make([]byte, 1000))
			hang(w, r)
		})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		b := &blob{data: weights(1 << 20)}
		start := time.Now()
		err := n.client().Upload(ctx, "alice/model", "main", []Object{b.object("model.safetensors")})
		wantError(t, err, context.DeadlineExceeded, "model.safetensors")
		within(t, start, 2*time.Second, 2*time.Second)
		time.Sleep(time.Second)
		if b.open != 0 || b.sent != 0 {
			t.Errorf("%d contents are open, %d bytes reported", b.open, b.sent)
		}
	})
}

// Storage that takes no more bytes is given up after a while, however large the body is.
func TestUploadStall(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		l := n.addLFS(t)
		n.failTimes("store.test", 1, func(w http.ResponseWriter, r *http.Request) {
			io.ReadFull(r.Body, make([]byte, 1000))
			hang(w, r)
		})
		b := &blob{data: weights(1 << 20)}
		start := time.Now()
		if err := n.client().Upload(t.Context(), "alice/model", "main", []Object{b.object("model.safetensors")}); err != nil {
			t.Fatal(err)
		}
		within(t, start, slowTime+time.Second, slowTime+2*time.Second)
		if !bytes.Equal(l.stored[sha256Hex(b.data)], b.data) || b.sent != 1<<20 {
			t.Errorf("stored %d bytes, reported %d", len(l.stored[sha256Hex(b.data)]), b.sent)
		}
		if !slices.ContainsFunc(n.said(), func(s string) bool { return strings.Contains(s, "no data taken for 1m0s") }) {
			t.Errorf("notices %q", n.said())
		}
	})
}
