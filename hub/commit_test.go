package hub

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// A fakeRepo takes commits as a Hub does: only onto the tip, and it remembers them.
type fakeRepo struct {
	t       *testing.T
	mu      sync.Mutex
	history []entry // newest first
	files   map[string]string
	large   map[string]Op
	bodies  []string
}

type entry struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

func (n *network) addRepo(t *testing.T) *fakeRepo {
	r := &fakeRepo{t: t, history: []entry{{commitA, "initial commit"}}, files: map[string]string{"old.txt": "old", "dir/a": "a", "dir/b": "b"}, large: map[string]Op{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/models/alice/model/commit/main", r.commit)
	mux.HandleFunc("GET /api/models/alice/model/revision/main", func(w http.ResponseWriter, _ *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		fmt.Fprintf(w, `{"id":"alice/model","sha":%q}`, r.history[0].ID)
	})
	mux.HandleFunc("GET /api/models/alice/model/commits/main", func(w http.ResponseWriter, _ *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		json.NewEncoder(w).Encode(r.history)
	})
	mux.HandleFunc("GET /api/models/alice/model/tree/{rev}", r.tree)
	n.hosts["hub.test"] = mux
	return r
}

func (r *fakeRepo) tree(w http.ResponseWriter, _ *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := []map[string]any{}
	for name, content := range r.files {
		list = append(list, map[string]any{"type": "file", "path": name, "size": len(content), "oid": gitBlob([]byte(content))})
	}
	for name, op := range r.large {
		list = append(list, map[string]any{"type": "file", "path": name, "size": op.Size, "oid": commitC, "lfs": map[string]any{"oid": op.SHA256, "size": op.Size}})
	}
	json.NewEncoder(w).Encode(list)
}

func (r *fakeRepo) commit(w http.ResponseWriter, req *http.Request) {
	if id, ok := r.apply(w, req); ok {
		fmt.Fprintf(w, `{"success":true,"commitOid":%q,"commitUrl":"http://hub.test/alice/model/commit/%s","hookOutput":""}`, id, id)
	}
}

// push is a commit by somebody else.
func (r *fakeRepo) push(title string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.history = append([]entry{{fmt.Sprintf("%040x", len(r.history)), title}}, r.history...)
}

// apply makes the commit of a request.
func (r *fakeRepo) apply(w http.ResponseWriter, req *http.Request) (string, bool) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bodies = append(r.bodies, string(body))
	if int64(len(body)) != req.ContentLength || req.Header.Get("Content-Type") != "application/x-ndjson" {
		r.t.Errorf("commit of %d bytes with %v", len(body), req.Header)
	}
	title := ""
	for line := range strings.Lines(string(body)) {
		var l struct {
			Key   string
			Value struct {
				Summary, ParentCommit, Path, Content, Encoding, OID, Algo string
				Size                                                      int64
			}
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			r.t.Errorf("commit line %s: %v", line, err)
		}
		v := l.Value
		switch l.Key {
		case "header":
			title = v.Summary
			if v.ParentCommit != "" && v.ParentCommit != r.history[0].ID {
				status(412, `{"error":"A commit has happened since. Please refresh and try again."}`)(w, req)
				return "", false
			}
		case "file":
			content, err := base64.StdEncoding.DecodeString(v.Content)
			if err != nil || v.Encoding != "base64" {
				r.t.Errorf("content of %s: %v", v.Path, err)
			}
			r.files[v.Path] = string(content)
		case "lfsFile":
			r.large[v.Path] = AddObject(v.Path, v.OID, v.Size)
		case "deletedFile":
			delete(r.files, v.Path)
		case "deletedFolder":
			for name := range r.files {
				if strings.HasPrefix(name, v.Path) {
					delete(r.files, name)
				}
			}
		}
	}
	id := fmt.Sprintf("%040x", len(r.history))
	r.history = append([]entry{{id, title}}, r.history...)
	return id, true
}

// landOnly makes the commit and answers with something else.
func (r *fakeRepo) landOnly(answer func(http.ResponseWriter, *http.Request)) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, req *http.Request) {
		if _, ok := r.apply(w, req); ok {
			answer(w, req)
		}
	}
}

var sampleOps = []Op{
	AddFile("README.md", []byte("---\nlicense: mit\n---\n<é>\n")),
	AddFile("empty.txt", nil),
	AddFile("config.json", weights(10000)),
	AddObject("model.safetensors", sha256Hex(weights(9)), 9),
	DeleteFile("old.txt"),
	DeleteFolder("dir"),
}

func sampleCommit() Commit {
	return Commit{Summary: "Add a merge", Description: "two\nlines", Parent: commitA, Ops: sampleOps}
}

func TestCommit(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		r := n.addRepo(t)
		got, err := n.client().Commit(t.Context(), "alice/model", "main", sampleCommit())
		if err != nil {
			t.Fatal(err)
		}
		id := fmt.Sprintf("%040x", 1)
		if want := (CommitResult{id, "http://hub.test/alice/model/commit/" + id}); *got != want {
			t.Errorf("Commit = %+v, want %+v", *got, want)
		}
		if len(r.files) != 3 || r.files["README.md"] != string(sampleOps[0].Content) || r.files["config.json"] != string(weights(10000)) || r.large["model.safetensors"].Size != 9 {
			t.Errorf("the repo has %v and %v", r.files, r.large)
		}
		first, _, _ := strings.Cut(r.bodies[0], "\n")
		if want := `{"key":"header","value":{"description":"two\nlines","parentCommit":"` + commitA + `","summary":"Add a merge"}}`; first != want {
			t.Errorf("header %s, want %s", first, want)
		}
		if !strings.Contains(r.bodies[0], `{"key":"deletedFolder","value":{"path":"dir/"}}`+"\n") {
			t.Errorf("body %s", r.bodies[0])
		}
	})
}

// A commit is made once, whatever happens to its answer.
func TestCommitInDoubt(t *testing.T) {
	id1 := fmt.Sprintf("%040x", 1)
	fine := func(url string) func(http.ResponseWriter, *http.Request) {
		return status(200, `{"success":true,"commitOid":"`+id1+`","commitUrl":"`+url+`"}`)
	}
	for _, tt := range []struct {
		name   string
		parent string
		faults func(r *fakeRepo) []func(http.ResponseWriter, *http.Request)
		text   string // of the error
		is     error
		posts  int
		ours   int // commits of ours in the history
	}{
		{"503, and it did not land", commitA, func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){status(503, "")}
		}, "", nil, 2, 1},
		{"504, but it landed", commitA, func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){r.landOnly(status(504, "<html>timeout</html>"))}
		}, "", nil, 1, 1},
		{"a lost answer, and it landed", commitA, func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){r.landOnly(cut("", ""))}
		}, "", nil, 1, 1},
		{"an answer cut in the middle", commitA, func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){r.landOnly(cut("HTTP/1.1 200 OK\nContent-Length: 100", `{"success":`))}
		}, "", nil, 1, 1},
		{"no answer, and it landed", commitA, func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){r.landOnly(hang)}
		}, "", nil, 1, 1},
		{"a web page by 200, and it landed", commitA, func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){r.landOnly(status(200, "<html>"))}
		}, "", nil, 1, 1},
		{"a compressed answer, and it landed", commitA, func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){r.landOnly(status(200, "x", "Content-Encoding: gzip"))}
		}, "", nil, 1, 1},
		{"an answer of megabytes, and it landed", commitA, func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){r.landOnly(status(200, strings.Repeat(" ", smallAnswer+1)))}
		}, "", nil, 1, 1},
		{"a redirect that is not followed", commitA, func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){status(307, "", "Location: http://evil.test/x")}
		}, "to another place", ErrAnswer, 1, 0},
		{"a URL at another place, and it landed", commitA, func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){r.landOnly(fine("https://evil.test/alice/model/commit/" + id1))}
		}, "", nil, 1, 1},
		{"no URL, and it landed", commitA, func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){r.landOnly(fine(""))}
		}, "", nil, 1, 1},
		{"no success, and it did not land", commitA, func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){status(200, `{"success":false}`)}
		}, "", nil, 2, 1},
		{"it lands while it is sent again", commitA, func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){status(503, ""), func(w http.ResponseWriter, req *http.Request) {
				body, _ := io.ReadAll(req.Body)
				again := req.Clone(req.Context())
				req.Body, again.Body = io.NopCloser(strings.NewReader(string(body))), io.NopCloser(strings.NewReader(string(body)))
				r.apply(w, req)    // the first one, finished at last
				r.commit(w, again) // is now in the way of the second
			}}
		}, "", nil, 2, 1},
		{"it landed, and somebody committed after it", commitA, func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){r.landOnly(func(w http.ResponseWriter, req *http.Request) {
				r.push("Update README.md")
				status(502, "")(w, req)
			})}
		}, "", nil, 1, 1},
		{"503, and somebody else committed", commitA, func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){func(w http.ResponseWriter, req *http.Request) {
				r.push("Update README.md")
				status(503, "")(w, req)
			}}
		}, "no longer at aaaaaaaaaaaa", ErrConflict, 1, 0},
		{"503, and somebody else committed with our title", commitA, func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){func(w http.ResponseWriter, req *http.Request) {
				r.push("Add a merge")
				status(503, "")(w, req)
			}}
		}, "no longer at aaaaaaaaaaaa", ErrConflict, 1, 1},
		{"503 for ever", commitA, func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			f := status(503, "", "X-Request-Id: 01JD")
			return []func(http.ResponseWriter, *http.Request){f, f, f, f, f, f}
		}, "commit to alice/model: the Hub answered 503 (503, POST http://hub.test/api/models/alice/model/commit/main, request 01JD)", ErrNetwork, 5, 0},
		{"the tip is another one", commitB, func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) { return nil },
			"A commit has happened since", ErrConflict, 1, 0},
		{"409, and the tip is the same", commitA, func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){status(409, `{"error":"conflict"}`)}
		}, "", nil, 2, 1},
		{"409, and somebody else committed", commitA, func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){func(w http.ResponseWriter, req *http.Request) {
				r.push("Update README.md")
				status(409, `{"error":"conflict"}`)(w, req)
			}}
		}, "no longer at aaaaaaaaaaaa", ErrConflict, 1, 0},
		{"no right to write", commitA, func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){status(403, `{"error":"no write access"}`)}
		}, "not allowed: no write access", ErrForbidden, 1, 0},
		{"too large", commitA, func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){status(413, `{"error":"too large"}`)}
		}, "413", nil, 1, 0},
		{"a missing object", commitA, func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){status(400, `{"error":"model.safetensors has no object"}`)}
		}, "model.safetensors has no object", nil, 1, 0},
		{"the quota of commits is used up", commitA, func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){status(429, "", "Retry-After: 60"), status(429, "", "Retry-After: 60")}
		}, "", nil, 3, 1},
		{"without a parent, 504, but it landed", "", func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){r.landOnly(status(504, ""))}
		}, "", nil, 1, 1},
		{"without a parent, 504, and it did not", "", func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){status(504, "")}
		}, "", nil, 2, 1},
		{"without a parent, somebody committed, and ours did not land", "", func(r *fakeRepo) []func(http.ResponseWriter, *http.Request) {
			return []func(http.ResponseWriter, *http.Request){func(w http.ResponseWriter, req *http.Request) {
				r.push("Part 2")
				status(504, "")(w, req)
			}}
		}, "", nil, 2, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				r := n.addRepo(t)
				for _, fault := range tt.faults(r) {
					n.failTimes("/commit/", 1, fault)
				}
				cm := sampleCommit()
				cm.Parent = tt.parent
				got, err := n.client().Commit(t.Context(), "alice/model", "main", cm)
				ours := ""
				count := 0
				for _, e := range r.history {
					if e.Title == cm.Summary {
						ours = e.ID
						count++
					}
				}
				if tt.text != "" {
					wantError(t, err, tt.is, "commit to alice/model", tt.text)
				} else if err != nil || got.Commit != ours || got.URL != "http://hub.test/alice/model/commit/"+ours {
					t.Errorf("Commit = %+v, %v; want commit %s", got, err, ours)
				}
				if posts := n.count("/commit/main"); posts != tt.posts || count != tt.ours {
					t.Errorf("%d requests made %d commits, want %d and %d", posts, count, tt.posts, tt.ours)
				}
			})
		})
	}
}

// When the history cannot be read either, the error says that nobody knows.
func TestCommitThatNobodyKnowsOf(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		r := n.addRepo(t)
		n.failTimes("/commit/", 1, r.landOnly(status(504, "")))
		n.failTimes("/revision/", always, status(401, `{"error":"Invalid credentials in Authorization header"}`))
		_, err := n.client().Commit(t.Context(), "alice/model", "main", sampleCommit())
		wantError(t, err, ErrUnauthorized, "504", "the commit may have landed")
	})
	bubble(t, func(t *testing.T, n *network) {
		n.addRepo(t)
		n.failTimes("/commit/", 1, hang)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := n.client().Commit(ctx, "alice/model", "main", sampleCommit())
		wantError(t, err, context.DeadlineExceeded, "the commit may have landed")
		within(t, start, time.Second, time.Second)
	})
}

// A commit that never left this machine may be sent again without looking.
func TestCommitWithoutAConnection(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		n.addRepo(t)
		refused := 2
		n.dial = func(string) error {
			if refused--; refused >= 0 {
				return errors.New("connection refused")
			}
			return nil
		}
		if _, err := n.client().Commit(t.Context(), "alice/model", "main", sampleCommit()); err != nil {
			t.Error(err)
		}
		if got := n.lines(); len(got) != 1 {
			t.Errorf("requests %q, want one", got)
		}
	})
}

// A repo that has another name now gets the commit all the same, body and all.
func TestCommitToARenamedRepo(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		r := n.addRepo(t)
		n.failTimes("/alice/old/", always, status(307, "", "Location: /api/models/alice/model/commit/main"))
		if _, err := n.client().Commit(t.Context(), "alice/old", "main", sampleCommit()); err != nil || len(r.history) != 2 {
			t.Errorf("Commit = %v, %d commits", err, len(r.history))
		}
	})
}

func TestCommitChecks(t *testing.T) {
	add := []Op{AddFile("a", nil)}
	for _, tt := range []struct {
		name string
		cm   Commit
		text string
	}{
		{"no summary", Commit{Summary: " ", Ops: add}, "summary"},
		{"a summary of two lines", Commit{Summary: "a\nb", Ops: add}, "summary"},
		{"a short parent", Commit{Summary: "a", Parent: "abc", Ops: add}, "40 hex digits"},
		{"no changes", Commit{Summary: "a"}, "without changes"},
		{"a change of no kind", Commit{Summary: "a", Ops: []Op{{Path: "x"}}}, "no kind"},
		{"one path twice", Commit{Summary: "a", Ops: []Op{AddFile("a", nil), DeleteFile("a")}}, "twice"},
		{"a path that leaves the folder", Commit{Summary: "a", Ops: []Op{AddFile("../a", nil)}}, "unsafe"},
		{"a file in .git", Commit{Summary: "a", Ops: []Op{AddFile(".git/config", nil)}}, "unsafe"},
		{"an object without its sha256", Commit{Summary: "a", Ops: []Op{AddObject("a", "abc", 1)}}, "sha256"},
		{"an object without its size", Commit{Summary: "a", Ops: []Op{AddObject("a", sha256Hex(nil), 0)}}, "size"},
	} {
		_, err := new(Client).Commit(t.Context(), "alice/model", "main", tt.cm)
		if err == nil || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: %v, want an error with %q", tt.name, err, tt.text)
		}
	}
	if err := DeleteFolder(".cache").check(); err != nil {
		t.Errorf("removing .cache: %v", err)
	}
}

// A tree has a commit if it has all that it adds and nothing that it deletes.
func TestCommitIsIn(t *testing.T) {
	text := []byte("text")
	file := File{Path: "a.txt", Size: 4, OID: gitBlob(text)}
	large := File{Path: "m.bin", Size: 9, OID: commitC, SHA256: sha256Hex(text)}
	rules := File{Path: ".gitattributes", Size: 1, OID: commitC}
	for _, tt := range []struct {
		name string
		op   Op
		want bool
	}{
		{"a file", AddFile("a.txt", text), true},
		{"another content", AddFile("a.txt", nil), false},
		{"a file that is missing", AddFile("b.txt", text), false},
		{"a file that is large there", AddFile("m.bin", text), false},
		{"rules that the Hub has added to", AddFile(".gitattributes", text), true},
		{"an object", AddObject("m.bin", sha256Hex(text), 9), true},
		{"an object of another size", AddObject("m.bin", sha256Hex(text), 8), false},
		{"another object", AddObject("m.bin", sha256Hex(nil), 9), false},
		{"a deleted file", DeleteFile("b.txt"), true},
		{"a deleted file that is there", DeleteFile("a.txt"), false},
		{"a deleted folder", DeleteFolder("a"), true},
		{"a deleted folder with a file", DeleteFolder("dir"), false},
	} {
		files := []File{rules, file, large, {Path: "dir/x", OID: commitC}}
		if got := (Commit{Ops: []Op{tt.op}}).isIn(files); got != tt.want {
			t.Errorf("%s: isIn = %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestGitBlob(t *testing.T) {
	// From: printf 'hello\n' | git hash-object --stdin
	if got, want := gitBlob([]byte("hello\n")), "ce013625030ba8dba906f756967f9e9ca394464a"; got != want {
		t.Errorf("gitBlob = %s, want %s", got, want)
	}
}

// The body of a commit is as long as announced, may be read twice and in any pieces, and gives
// back what went in.
func FuzzCommitBody(f *testing.F) {
	f.Add("a.txt", []byte("hello"), 3)
	f.Add("dir/\"é\u2028.json", weights(5000), 1000)
	f.Add("e", []byte{}, 1)
	f.Fuzz(func(t *testing.T, path string, content []byte, piece int) {
		cm := Commit{Summary: "s", Parent: commitA, Ops: []Op{AddFile(path, content), AddObject("l", sha256Hex(content), 5), DeleteFile("d")}}
		if cm.check() != nil {
			return
		}
		b, err := cm.body()
		if err != nil {
			t.Fatal(err)
		}
		var first string
		for range 2 {
			r, _ := b.open()
			var got []byte
			buf := make([]byte, max(1, min(piece, 1<<16)))
			for {
				n, err := r.Read(buf)
				got = append(got, buf[:n]...)
				if err == io.EOF {
					break
				}
			}
			if int64(len(got)) != b.size || first != "" && string(got) != first {
				t.Fatalf("body of %d bytes, announced %d; the same as before: %v", len(got), b.size, string(got) == first)
			}
			first = string(got)
		}
		lines := strings.Split(first, "\n")
		var file struct {
			Key   string
			Value struct{ Path, Content string }
		}
		if err := json.Unmarshal([]byte(lines[1]), &file); err != nil || len(lines) != 5 || lines[4] != "" {
			t.Fatalf("body %q: %v", first, err)
		}
		back, err := base64.StdEncoding.DecodeString(file.Value.Content)
		if err != nil || string(back) != string(content) || file.Key != "file" || file.Value.Path != path {
			t.Fatalf("line %q gives back %q, %q, %v", lines[1], file.Value.Path, back, err)
		}
	})
}
