package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/depot"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/depot/depottest"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
)

// Wherever the disk ends, a change has happened whole or not at all: to those who ask now and
// to those who ask after a restart. With room again, the same change goes through.
func TestFullDisk(t *testing.T) {
	now := time.Unix(1767323045, 0)
	id := names.RepoID{Kind: "model", Name: "alice/x"}
	files := map[string]depot.Content{"a": depot.Text("1"), "d/b": depot.Text("2"), "w.bin": depot.Text("3")}
	changes := []struct {
		name string
		do   func(g *Registry) error
	}{
		{"create", func(g *Registry) error {
			_, err := g.Create(Settings{Kind: "model", Name: "alice/y"}, "alice", nil, now)
			return err
		}},
		{"commit", func(g *Registry) error {
			_, _, err := g.Find(id).Apply(Change{Rev: "main", Title: "t", Ops: []Op{{Kind: OpFile, Path: "c", Data: []byte("x")}}}, now)
			return err
		}},
		{"commit with LFS", func(g *Registry) error {
			_, err := g.Put("alice/x", RepoOptions{}, map[string]depot.Content{"image": depot.Text("\x00")}, 1000, now)
			return err
		}},
		{"branch", func(g *Registry) error {
			return g.Find(id).CreateBranch("b", Branching{Empty: true, Author: "bob"}, now)
		}},
		{"tag", func(g *Registry) error { return g.Find(id).CreateTag("v1", "main") }},
		{"squash", func(g *Registry) error { return g.Find(id).Squash("main", "", "alice", now) }},
		{"move", func(g *Registry) error { return g.Move(g.Find(id), names.RepoID{Kind: "model", Name: "alice/z"}) }},
	}
	// seen is all that a client can see of the repos.
	seen := func(g *Registry) string {
		var b strings.Builder
		for _, r := range g.All() {
			current := r.Current()
			b.WriteString(current.ID().String() + "\n")
			for ref := range current.Refs {
				c, ok := r.Resolve(ref)
				if !ok {
					t.Fatalf("%s leads nowhere", ref)
				}
				files, err := r.Tree(c.Tree)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range files.Files {
					if _, err := r.Content(f); err != nil {
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
				disk := &depottest.FullDisk{Depot: depot.NewMemory(), Left: -1}
				repos, err := OpenRegistry(disk)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := repos.Put("alice/x", RepoOptions{}, files, 1000, now); err != nil {
					t.Fatal(err)
				}
				before := seen(repos)
				disk.Left = room
				err = ch.do(repos)
				disk.Left = -1
				again, openErr := OpenRegistry(disk)
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
				if !errors.Is(err, depottest.ErrFull) || seen(repos) != before {
					t.Fatalf("with room for %d changes: %v; before\n%s\nafter\n%s", room, err, before, seen(repos))
				}
				if err := ch.do(repos); err != nil {
					t.Fatalf("with room for %d changes, then with more: %v", room, err)
				}
			}
		})
	}
}

// A repo that is deleted while a request holds it does not come back.
func TestDeletedRepoStaysDeleted(t *testing.T) {
	d := depot.NewMemory()
	repos, err := OpenRegistry(d)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1767323045, 0)
	r, err := repos.Create(Settings{Kind: "model", Name: "alice/x"}, "alice", nil, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := repos.Remove(r); err != nil {
		t.Fatal(err)
	}
	_, _, applied := r.Apply(Change{Rev: "main", Title: "t", Ops: []Op{{Kind: OpFile, Path: "a"}}}, now)
	for what, err := range map[string]error{
		"commit":   applied,
		"branch":   r.CreateBranch("b", Branching{}, now),
		"tag":      r.CreateTag("v", "main"),
		"squash":   r.Squash("main", "", "alice", now),
		"settings": r.Change(func(s *Settings) { s.Private = true }),
		"delete":   repos.Remove(r),
		"move":     repos.Move(r, names.RepoID{Kind: "model", Name: "alice/y"}),
	} {
		if !errors.Is(err, errGone) {
			t.Errorf("%s of a deleted repo = %v, want %v", what, err, errGone)
		}
	}
	again, err := OpenRegistry(d)
	if err != nil || len(again.All()) != 0 {
		t.Errorf("after a restart there are %v, %v", again.All(), err)
	}
	if names, err := d.List(reposFolder); err != nil || len(names) != 0 {
		t.Errorf("after a restart the depot has %q, %v", names, err)
	}
}
