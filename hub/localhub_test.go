package hub_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/hub/localhub"
)

const (
	alice = "hf_aliceTokenForTests0001"
	bob   = "hf_bobTokenForTests000002"
)

// startHub starts a local Hub of two people. At the end it checks that storage never saw a token.
func startHub(t *testing.T, fault func(*http.Request) localhub.Fault) *localhub.Server {
	t.Helper()
	server, err := localhub.New(localhub.Options{PageSize: 3, RedirectRegular: true, Users: []localhub.User{
		{Name: "alice", Tokens: []localhub.Token{{Secret: alice, Role: localhub.Write}}},
		{Name: "bob", Tokens: []localhub.Token{{Secret: bob, Role: localhub.Read}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	server.Fault = fault
	if err := server.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if leaks := server.Leaks(); len(leaks) > 0 {
			t.Errorf("storage got the token: %+v", leaks)
		}
		server.Close()
	})
	return server
}

// client speaks to server as the owner of token.
func client(t *testing.T, server *localhub.Server, token string) *hub.Client {
	return &hub.Client{Endpoint: server.URL(), Token: func() string { return token }, TokenFrom: "HF_TOKEN", UserAgent: "lazymerge/test",
		Notice: func(s string) {
			if strings.Contains(s, "hf_") || strings.Contains(s, "sig") {
				t.Errorf("notice %q", s)
			}
		}}
}

type content struct{ *bytes.Reader }

func (content) Close() error { return nil }

// publish does what a push does: create, ask, upload, commit.
func publish(t *testing.T, c *hub.Client, repo, parent string, files map[string][]byte) (*hub.CommitResult, error) {
	t.Helper()
	return publishTo(t, c, repo, "main", parent, files)
}

// publishTo is publish for another revision than main.
func publishTo(t *testing.T, c *hub.Client, repo, rev, parent string, files map[string][]byte) (*hub.CommitResult, error) {
	t.Helper()
	var candidates []hub.Candidate
	for name, data := range files {
		candidates = append(candidates, hub.Candidate{Path: name, Size: int64(len(data)), Sample: data})
	}
	modes, err := c.Preupload(t.Context(), repo, rev, candidates)
	if err != nil {
		return nil, err
	}
	var objects []hub.Object
	var ops []hub.Op
	for _, m := range modes {
		data := files[m.Path]
		if !m.LFS {
			ops = append(ops, hub.AddFile(m.Path, data))
			continue
		}
		var sent atomic.Int64
		o := object(m.Path, data, &sent)
		defer func() {
			if n := sent.Load(); n != 0 && n != o.Size {
				t.Errorf("%d bytes of %s were reported as sent; it has %d", n, o.Path, o.Size)
			}
		}()
		objects = append(objects, o)
		ops = append(ops, hub.AddObject(o.Path, o.SHA256, o.Size))
	}
	if err := c.Upload(t.Context(), repo, rev, objects); err != nil {
		return nil, err
	}
	return c.Commit(t.Context(), repo, rev, hub.Commit{Summary: "Add a merge", Parent: parent, Ops: ops})
}

// object is data to upload; sent counts what has gone out.
func object(path string, data []byte, sent *atomic.Int64) hub.Object {
	sum := sha256.Sum256(data)
	return hub.Object{
		Path:   path,
		SHA256: hex.EncodeToString(sum[:]),
		Size:   int64(len(data)),
		Open:   func() (io.ReadSeekCloser, error) { return content{bytes.NewReader(data)}, nil },
		Sent:   func(n int64) { sent.Add(n) },
	}
}

func shard(seed byte, n int) []byte {
	data := make([]byte, n)
	for i := range data {
		seed = seed*5 + 13
		data[i] = seed
	}
	return data
}

// A whole publication against the local Hub, and its bytes read back.
func TestPublishAndReadBack(t *testing.T) {
	t.Parallel()
	server := startHub(t, nil)
	c := client(t, server, alice)
	ctx := t.Context()
	for _, want := range []bool{true, false} {
		if created, err := c.CreateRepo(ctx, "alice/merge", true); created != want || err != nil {
			t.Fatalf("CreateRepo = %v, %v; want %v", created, err, want)
		}
	}
	if err := c.CheckWrite(ctx, "alice/merge"); err != nil {
		t.Errorf("CheckWrite = %v", err)
	}
	info, err := c.Repo(ctx, "alice/merge")
	if err != nil || !info.Private {
		t.Fatalf("Repo = %+v, %v", info, err)
	}
	card := []byte("---\nlicense: mit\ntags:\n- merge\n---\n# Merge\n")
	if warnings, err := c.ValidateCard(ctx, card); err != nil || len(warnings) > 0 {
		t.Errorf("ValidateCard = %q, %v", warnings, err)
	}
	if _, err := c.ValidateCard(ctx, []byte("---\nlicense: no-such-license\n---\n")); !errors.Is(err, hub.ErrCard) {
		t.Errorf("ValidateCard of a license that is none = %v, want ErrCard", err)
	}
	files := map[string][]byte{
		"README.md":                        card,
		"config.json":                      []byte(`{"model_type":"llama"}`),
		"empty.txt":                        {},
		"model-00001-of-00002.safetensors": shard(1, 200_000),
		"model-00002-of-00002.safetensors": shard(2, 100_001),
		"sub dir/a#b%20.json":              []byte("{}"),
	}
	done, err := publish(t, c, "alice/merge", info.Commit, files)
	if err != nil {
		t.Fatal(err)
	}
	if want := server.URL() + "/alice/merge/commit/" + done.Commit; done.URL != want {
		t.Errorf("URL %s, want %s", done.URL, want)
	}

	r, err := c.Resolve(ctx, "alice/merge", "main")
	if err != nil || r.Commit != done.Commit {
		t.Fatalf("Resolve = %+v, %v; want commit %s", r, err, done.Commit)
	}
	if !bytes.Contains(r.CardData, []byte(`"mit"`)) {
		t.Errorf("CardData = %s", r.CardData)
	}
	for name, want := range files {
		f, size, err := r.Open(ctx, name)
		if err != nil || size != int64(len(want)) {
			t.Fatalf("Open(%s) = %d, %v; want %d bytes", name, size, err, len(want))
		}
		got := make([]byte, size)
		for off := int64(0); off < size; off += 70_000 { // several ranges, the last one short
			if _, err := f.ReadAt(got[off:min(off+70_000, size)], off); err != nil {
				t.Errorf("ReadAt(%s, %d) = %v", name, off, err)
			}
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s has other bytes than were published", name)
		}
	}

	before := len(server.Log())
	if _, err := publish(t, c, "alice/merge", info.Commit, files); !errors.Is(err, hub.ErrConflict) {
		t.Errorf("publishing onto an old commit = %v, want ErrConflict", err)
	}
	for _, r := range server.Log()[before:] {
		if r.Method == http.MethodPut {
			t.Error("what the Hub has was sent again")
		}
	}
	if err := c.CreateBranch(ctx, "alice/merge", "lazymerge-0123456789ab", info.Commit); err != nil {
		t.Errorf("CreateBranch = %v", err)
	}
	if err := c.CreateBranch(ctx, "alice/merge", "lazymerge-0123456789ab", info.Commit); err != nil {
		t.Errorf("CreateBranch once more = %v", err)
	}
	deleted, err := c.Commit(ctx, "alice/merge", "main", hub.Commit{Summary: "Clean up", Parent: done.Commit,
		Ops: []hub.Op{hub.DeleteFile("empty.txt"), hub.DeleteFolder("sub dir")}})
	if err != nil {
		t.Fatal(err)
	}
	if r, err = c.Resolve(ctx, "alice/merge", deleted.Commit); err != nil || len(r.Files) != 5 { // and .gitattributes
		t.Errorf("after the deletion: %q, %v", r.Names(), err)
	}
}

// Commits whose answer is lost are found, and faults on the way cost nothing but time.
func TestPublishThroughFaults(t *testing.T) {
	t.Parallel()
	var commits, puts, batches, reads atomic.Int32
	server := startHub(t, func(r *http.Request) localhub.Fault {
		first := func(n *atomic.Int32) bool { return n.Add(1) == 1 }
		switch {
		case strings.Contains(r.URL.Path, "/commit/") && first(&commits):
			return localhub.Lose()
		case r.Method == http.MethodPut && first(&puts):
			return localhub.Lose()
		case strings.HasSuffix(r.URL.Path, "/objects/batch") && first(&batches):
			return localhub.Busy(0)
		case r.Header.Get("Range") != "" && !strings.Contains(r.URL.Path, "/resolve/") && first(&reads):
			return localhub.Truncate(1000)
		}
		return nil
	})
	first, err := server.PutRepo("alice/merge", localhub.RepoOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := client(t, server, alice)
	data := shard(3, 300_000)
	done, err := publish(t, c, "alice/merge", first, map[string][]byte{"model.safetensors": data, "config.json": []byte("{}")})
	if err != nil {
		t.Fatal(err)
	}
	history, err := server.Commits("alice/merge", "")
	if err != nil || len(history) != 2 || history[0].OID != done.Commit {
		t.Errorf("history %+v, %v; want ours, %s, once", history, err, done.Commit)
	}
	if puts.Load() != 1 {
		t.Errorf("the shard was sent %d times, want once: it had arrived", puts.Load())
	}
	r, err := c.Resolve(t.Context(), "alice/merge", "main")
	if err != nil {
		t.Fatal(err)
	}
	f, _, err := r.Open(t.Context(), "model.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 100_000)
	if _, err := f.ReadAt(got, 50_000); err != nil || !bytes.Equal(got, data[50_000:150_000]) {
		t.Errorf("a read that was cut = %v", err)
	}
}

// Who may see and do what, in the local Hub's reading of the rules.
func TestAccess(t *testing.T) {
	t.Parallel()
	server := startHub(t, nil)
	model := map[string]localhub.Content{"config.json": localhub.Text("{}")}
	for id, opts := range map[string]localhub.RepoOptions{
		"alice/public":  {},
		"alice/private": {Private: true},
		"alice/gated":   {Gated: localhub.Manual},
	} {
		if _, err := server.PutRepo(id, opts, model); err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	read := func(c *hub.Client, repo, ref string) error {
		r, err := c.Resolve(ctx, repo, ref)
		if err != nil {
			return err
		}
		f, size, err := r.Open(ctx, "config.json")
		if err != nil {
			return err
		}
		_, err = f.ReadAt(make([]byte, size), 0)
		return err
	}
	nobody, owner, other, wrong := client(t, server, ""), client(t, server, alice), client(t, server, bob), client(t, server, "hf_wrongTokenForTests0003")
	for _, tt := range []struct {
		name string
		err  error
		want error
	}{
		{"anybody reads a public model", read(nobody, "alice/public", ""), nil},
		{"nobody reads a private model", read(nobody, "alice/private", ""), hub.ErrNotFound},
		{"another reads a private model", read(other, "alice/private", ""), hub.ErrNotFound},
		{"the owner reads a private model", read(owner, "alice/private", ""), nil},
		{"nobody reads a gated model", read(nobody, "alice/gated", ""), hub.ErrGated},
		{"another reads a gated model", read(other, "alice/gated", ""), hub.ErrGated},
		{"the owner reads a gated model", read(owner, "alice/gated", ""), nil},
		{"a bad token", read(wrong, "alice/public", ""), hub.ErrUnauthorized},
		{"a missing model", read(owner, "alice/none", ""), hub.ErrNotFound},
		{"a missing branch", read(owner, "alice/public", "dev"), hub.ErrNotFound},
		{"another checks a gated model", other.CheckRead(ctx, "alice/gated"), hub.ErrGated},
		{"another checks writing", other.CheckWrite(ctx, "alice/public"), hub.ErrForbidden},
		{"the owner checks writing", owner.CheckWrite(ctx, "alice/public"), nil},
	} {
		if !errors.Is(tt.err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, tt.err, tt.want)
		}
		if tt.err != nil && strings.Contains(fmt.Sprintf("%+v", tt.err), "TokenForTests") {
			t.Errorf("%s: error %v holds the token", tt.name, tt.err)
		}
	}
	if _, err := other.CreateRepo(ctx, "alice/new", false); !errors.Is(err, hub.ErrForbidden) {
		t.Errorf("another's CreateRepo = %v, want ErrForbidden", err)
	}
	if created, err := other.CreateRepo(ctx, "alice/public", false); created || err != nil {
		t.Errorf("another's CreateRepo of one that exists = %v, %v; want it to go on", created, err)
	}
	if a, err := owner.WhoAmI(ctx); err != nil || a.Name != "alice" || a.Role != "write" {
		t.Errorf("WhoAmI = %+v, %v", a, err)
	} else if may, known := a.MayWrite("alice/new"); !may || !known {
		t.Errorf("MayWrite = %v, %v", may, known)
	}
}
