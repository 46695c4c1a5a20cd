package localhub

import (
	"bytes"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

var errFull = errors.New("no space left on device")

// fullDisk is a depot whose nth change, counted from 0, and all after it fail.
type fullDisk struct {
	depot
	left int
}

func (f *fullDisk) change() error {
	if f.left == 0 {
		return errFull
	}
	f.left--
	return nil
}

func (f *fullDisk) write(name string, data []byte) error {
	if err := f.change(); err != nil {
		return err
	}
	return f.depot.write(name, data)
}

func (f *fullDisk) adopt(c Content, name func(string) string) (string, error) {
	if err := f.change(); err != nil {
		return "", err
	}
	return f.depot.adopt(c, name)
}

func (f *fullDisk) remove(dir string) error {
	if err := f.change(); err != nil {
		return err
	}
	return f.depot.remove(dir)
}

func (f *fullDisk) spool() (spool, error) {
	s, err := f.depot.spool()
	return &fullSpool{s, f}, err
}

type fullSpool struct {
	spool
	disk *fullDisk
}

func (s *fullSpool) Write(p []byte) (int, error) {
	if err := s.disk.change(); err != nil {
		return 0, err
	}
	return s.spool.Write(p)
}

func (s *fullSpool) keep(name string) error {
	if err := s.disk.change(); err != nil {
		return err
	}
	return s.spool.keep(name)
}

// Wherever the disk ends, a change has happened whole or not at all: to those who ask now and
// to those who ask after a restart. With room again, the same change goes through.
func TestFullDisk(t *testing.T) {
	now := time.Unix(1767323045, 0)
	id := repoID{"model", "alice/x"}
	files := map[string]Content{"a": Text("1"), "d/b": Text("2"), "w.bin": Text("3")}
	changes := []struct {
		name string
		do   func(s *Server) error
	}{
		{"create", func(s *Server) error {
			_, err := s.repos.create(settings{Kind: "model", Name: "alice/y"}, "alice", nil, now)
			return err
		}},
		{"commit", func(s *Server) error {
			_, _, err := s.repos.find(id).apply(change{rev: "main", title: "t", ops: []op{{kind: opFile, path: "c", data: []byte("x")}}}, now)
			return err
		}},
		{"commit with LFS", func(s *Server) error {
			_, err := s.PutRepo("alice/x", RepoOptions{}, map[string]Content{"image": Text("\x00")})
			return err
		}},
		{"branch", func(s *Server) error {
			return s.repos.find(id).createBranch("b", branching{empty: true, author: "bob"}, now)
		}},
		{"tag", func(s *Server) error { return s.repos.find(id).createTag("v1", "main") }},
		{"squash", func(s *Server) error { return s.repos.find(id).squash("main", "", "alice", now) }},
		{"move", func(s *Server) error { return s.repos.move(s.repos.find(id), repoID{"model", "alice/z"}) }},
	}
	// seen is all that a client can see of the repos.
	seen := func(g *registry) string {
		var b strings.Builder
		for _, r := range g.all() {
			current := r.current()
			b.WriteString(current.id().String() + "\n")
			for ref := range current.Refs {
				c, ok := r.resolve(ref)
				if !ok {
					t.Fatalf("%s leads nowhere", ref)
				}
				files, err := r.tree(c.Tree)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range files.files {
					if _, err := r.content(f); err != nil {
						t.Fatal(err)
					}
				}
			}
			for _, ref := range []string{"refs/heads/main", "refs/heads/b", "refs/tags/v1"} {
				b.WriteString(ref + " " + current.Refs[ref] + "\n")
			}
			for _, name := range current.Formerly {
				b.WriteString("formerly " + name + "\n")
			}
		}
		return b.String()
	}
	for _, ch := range changes {
		t.Run(ch.name, func(t *testing.T) {
			for room := 0; ; room++ {
				disk := &fullDisk{newMemory(), -1}
				repos, err := openRegistry(disk)
				if err != nil {
					t.Fatal(err)
				}
				s := &Server{options: Options{}.withDefaults(), depot: disk, repos: repos}
				if _, err := s.PutRepo("alice/x", RepoOptions{}, files); err != nil {
					t.Fatal(err)
				}
				before := seen(repos)
				disk.left = room
				err = ch.do(s)
				disk.left = -1
				again, openErr := openRegistry(disk)
				if openErr != nil {
					t.Fatalf("with room for %d changes: %v, then after a restart %v", room, err, openErr)
				}
				if seen(again) != seen(repos) {
					t.Fatalf("with room for %d changes: %v; now\n%s\nafter a restart\n%s", room, err, seen(repos), seen(again))
				}
				if err == nil {
					if seen(repos) == before {
						t.Fatal("the change changed nothing")
					}
					if room == 0 {
						t.Fatal("the change wrote nothing")
					}
					return
				}
				if !errors.Is(err, errFull) || seen(repos) != before {
					t.Fatalf("with room for %d changes: %v; before\n%s\nafter\n%s", room, err, before, seen(repos))
				}
				if err := ch.do(s); err != nil {
					t.Fatalf("with room for %d changes, then with more: %v", room, err)
				}
			}
		})
	}
}

// An upload that finds no room is our fault, not the client's, and counts for nothing.
func TestUploadToFullDisk(t *testing.T) {
	for room := range 2 {
		disk := &fullDisk{newMemory(), -1}
		repos, err := openRegistry(disk)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		s := &Server{options: Options{ErrorLog: log.New(&out, "", 0)}.withDefaults(), depot: disk, repos: repos, storagePort: "1"}
		if _, err := s.PutRepo("alice/x", RepoOptions{}, nil); err != nil {
			t.Fatal(err)
		}
		r := repos.find(repoID{"model", "alice/x"})
		c := &call{Server: s, r: httptest.NewRequestWithContext(t.Context(), "GET", "http://hub.invalid/", nil), repo: r, found: origin{"http", "hub.invalid"}}
		href := c.signed(http.MethodPut, sha256Of("content"), map[string][]string{"size": {"7"}})
		for _, left := range []int{room, -1} {
			disk.left = left
			w := httptest.NewRecorder()
			s.serveStorage(w, httptest.NewRequestWithContext(t.Context(), "PUT", href, strings.NewReader("content")), hostCheck{})
			want := http.StatusOK
			if left >= 0 {
				want = http.StatusInternalServerError
			}
			_, held, err := r.object(sha256Of("content"))
			if w.Code != want || held != (want == http.StatusOK) || err != nil {
				t.Errorf("with room for %d changes PUT = %d %s, held %v, %v; want %d", left, w.Code, w.Body, held, err, want)
			}
		}
		if !strings.Contains(out.String(), errFull.Error()) || strings.Contains(out.String(), signatureParam) {
			t.Errorf("the log has %q", &out)
		}
	}
}

// A repo that is deleted while a request holds it does not come back.
func TestDeletedRepoStaysDeleted(t *testing.T) {
	d := newMemory()
	repos, err := openRegistry(d)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1767323045, 0)
	r, err := repos.create(settings{Kind: "model", Name: "alice/x"}, "alice", nil, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := repos.remove(r); err != nil {
		t.Fatal(err)
	}
	_, _, applied := r.apply(change{rev: "main", title: "t", ops: []op{{kind: opFile, path: "a"}}}, now)
	for what, err := range map[string]error{
		"commit":   applied,
		"branch":   r.createBranch("b", branching{}, now),
		"tag":      r.createTag("v", "main"),
		"squash":   r.squash("main", "", "alice", now),
		"settings": r.change(func(s *settings) { s.Private = true }),
		"delete":   repos.remove(r),
		"move":     repos.move(r, repoID{"model", "alice/y"}),
	} {
		if !errors.Is(err, errGone) {
			t.Errorf("%s of a deleted repo = %v, want %v", what, err, errGone)
		}
	}
	again, err := openRegistry(d)
	if err != nil || len(again.all()) != 0 {
		t.Errorf("after a restart there are %v, %v", again.all(), err)
	}
	if names, err := d.list(reposFolder); err != nil || len(names) != 0 {
		t.Errorf("after a restart the depot has %q, %v", names, err)
	}
}

// Both depots keep the same promises.
func TestDepots(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) depot{
		"memory": func(t *testing.T) depot { return newMemory() },
		"folder": func(t *testing.T) depot {
			f, err := openFolder(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { f.close() })
			return f
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			read := func(name string) string {
				t.Helper()
				c, err := d.content(name)
				if err != nil {
					return err.Error()
				}
				r, err := c.Open()
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close()
				data, err := io.ReadAll(r)
				if err != nil || int64(len(data)) != c.Size() {
					t.Fatalf("%s has %d bytes, %v; size %d", name, len(data), err, c.Size())
				}
				return string(data)
			}
			if _, err := d.content("repos/a/x"); err == nil {
				t.Error("an empty depot has content")
			}
			if names, err := d.list("repos"); err != nil || len(names) != 0 {
				t.Errorf("an empty depot lists %q, %v", names, err)
			}
			for _, value := range []string{"first", "second"} {
				data := []byte(value)
				if err := d.write("repos/a/x", data); err != nil {
					t.Fatal(err)
				}
				clear(data) // the caller's to change
				if got := read("repos/a/x"); got != value {
					t.Errorf("repos/a/x = %q, want %q", got, value)
				}
			}
			oid, err := d.adopt(Text("adopted"), func(oid string) string { return "repos/b/" + oid })
			if err != nil || oid != sha256Of("adopted") || read("repos/b/"+oid) != "adopted" {
				t.Errorf("adopt = %s, %v", oid, err)
			}
			s, err := d.spool()
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(s, "spo")
			io.WriteString(s, "oled")
			if err := s.keep("repos/c/y/z"); err != nil {
				t.Fatal(err)
			}
			s.drop()
			if got := read("repos/c/y/z"); got != "spooled" {
				t.Errorf("repos/c/y/z = %q", got)
			}
			dropped, err := d.spool()
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(dropped, "x")
			dropped.drop()
			if names, err := d.list("repos"); err != nil || strings.Join(names, " ") != "a b c" {
				t.Errorf("list = %q, %v", names, err)
			}
			if err := d.remove("repos/c"); err != nil {
				t.Fatal(err)
			}
			if err := d.remove("repos/a/x"); err != nil {
				t.Fatal(err)
			}
			if _, err := d.content("repos/c/y/z"); err == nil {
				t.Error("what was removed is there")
			}
			if _, err := d.content("repos/a/x"); err == nil {
				t.Error("what was removed is there")
			}
		})
	}
}
