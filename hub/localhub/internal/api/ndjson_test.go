package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/depot"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/git"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
)

func sha256Of(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

const headerLine = `{"key":"header","value":{"summary":"t"}}` + "\n"

func TestReadChange(t *testing.T) {
	oid := sha256Of("w")
	body := `{"key":"header","value":{"summary":" title \nin two lines","description":"more","parentCommit":"abcde"}}

{"key":"file","value":{"path":"a.json","encoding":"base64","content":"e30="}}` + "\r\n" +
		`{"key":"file","value":{"path":"b.txt","encoding":"utf-8","content":"ü"}}
{"key":"lfsFile","value":{"path":"w.bin","algo":"sha256","oid":"` + oid + `","size":1}}
{"key":"lfsFile","value":{"path":"v.bin","algo":"sha256","oid":"` + oid + `"}}
{"key":"deletedFile","value":{"path":"old"}}
{"key":"deletedFolder","value":{"path":"dir/"}}`
	want := store.Change{
		Title: "title", Message: "in two lines\n\nmore", Parent: "abcde",
		Ops: []store.Op{
			{Kind: store.OpFile, Path: "a.json", Data: []byte("{}")},
			{Kind: store.OpFile, Path: "b.txt", Data: []byte("ü")},
			{Kind: store.OpLFS, Path: "w.bin", OID: oid, Size: 1},
			{Kind: store.OpLFS, Path: "v.bin", OID: oid, Size: -1},
			{Kind: store.OpDelete, Path: "old"},
			{Kind: store.OpDeleteFolder, Path: "dir"},
		},
	}
	for name, r := range map[string]io.Reader{
		"at once":     strings.NewReader(body),
		"by the byte": iotest.OneByteReader(strings.NewReader(body)),
	} {
		if got, err := readChange(r, standardLimits); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("readChange(%s) = %+v, %v; want %+v", name, got, err, want)
		}
	}
}

func TestReadChangeRefuses(t *testing.T) {
	oid := sha256Of("w")
	long := strings.Repeat("x", maxTitle+1)
	tests := []struct {
		name, body, message string
		status              int
	}{
		{"nothing", "", "no header", 400},
		{"blank lines only", "\n \n", "no header", 400},
		{"no header first", `{"key":"file","value":{"path":"a","encoding":"utf-8","content":""}}`, "header comes first", 400},
		{"two headers", headerLine + headerLine, "header comes first and once", 400},
		{"no summary", `{"key":"header","value":{}}`, "summary is empty", 400},
		{"a blank summary", `{"key":"header","value":{"summary":" "}}`, "summary is empty", 400},
		{"a long summary", `{"key":"header","value":{"summary":"` + long + `"}}`, "more than 500", 400},
		{"a short parent", `{"key":"header","value":{"summary":"t","parentCommit":"abcd"}}`, "parentCommit", 400},
		{"a parent that is no id", `{"key":"header","value":{"summary":"t","parentCommit":"main-branch"}}`, "parentCommit", 400},
		{"no JSON", headerLine + "}", "line 2 is not JSON", 400},
		{"two values in a line", headerLine + "{} {}", "line 2 is not JSON", 400},
		{"an unknown key", headerLine + `{"key":"magic","value":{"path":"a"}}`, `"magic"`, 400},
		{"a wrong type", headerLine + `{"key":"file","value":{"path":1}}`, "line 2", 400},
		{"no value", headerLine + `{"key":"file"}`, "line 2", 400},
		{"a path that leaves", headerLine + `{"key":"deletedFile","value":{"path":"../x"}}`, "../x", 400},
		{"the root folder", headerLine + `{"key":"deletedFolder","value":{"path":"/"}}`, "path is empty", 400},
		{"bad base64", headerLine + `{"key":"file","value":{"path":"a","encoding":"base64","content":"e30"}}`, `content of "a"`, 400},
		{"no encoding", headerLine + `{"key":"file","value":{"path":"a","content":"e30="}}`, "encoding", 400},
		{"a rename", headerLine + `{"key":"file","value":{"path":"a","oldPath":"b"}}`, "oldPath", 400},
		{"an oid that is none", headerLine + `{"key":"lfsFile","value":{"path":"a","algo":"sha256","oid":"12"}}`, "sha256", 400},
		{"another hash", headerLine + `{"key":"lfsFile","value":{"path":"a","algo":"md5","oid":"` + oid + `"}}`, "sha256", 400},
		{"a negative size", headerLine + `{"key":"lfsFile","value":{"path":"a","algo":"sha256","oid":"` + oid + `","size":-1}}`, "size -1", 400},
	}
	for _, tt := range tests {
		got, err := readChange(strings.NewReader(tt.body), standardLimits)
		e, ok := errors.AsType[*refusal.Refusal](err)
		if !ok || e.Status != tt.status || !strings.Contains(e.Message, tt.message) {
			t.Errorf("%s: readChange(%.80q) = %+v, %v; want %d with %q", tt.name, tt.body, got, err, tt.status, tt.message)
		}
	}
}

func TestReadChangeBounds(t *testing.T) {
	limits := commitLimits{line: 100, content: 10}
	file := func(n int) string {
		return `{"key":"file","value":{"path":"a","encoding":"utf-8","content":"` + strings.Repeat("x", n) + `"}}` + "\n"
	}
	tests := []struct {
		name   string
		body   io.Reader
		status int
	}{
		{"content up to the limit", strings.NewReader(headerLine + file(5) + file(5)), 200},
		{"content beyond the limit", strings.NewReader(headerLine + file(5) + file(6)), 413},
		{"a line beyond the limit", strings.NewReader(headerLine + file(100)), 413},
		{"a line without end", io.MultiReader(strings.NewReader(headerLine), endless('x')), 413},
		{"a body that ends early", io.MultiReader(strings.NewReader(headerLine+`{"key"`), iotest.ErrReader(io.ErrUnexpectedEOF)), 400},
	}
	for _, tt := range tests {
		_, err := readChange(tt.body, limits)
		status := 200
		e, refused := errors.AsType[*refusal.Refusal](err)
		if refused {
			status = e.Status
		}
		if status != tt.status || refused != (err != nil) {
			t.Errorf("%s: readChange gives %v, want %d", tt.name, err, tt.status)
		}
	}
}

// endless is a reader of one byte for ever.
type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

// Whatever the lines are, a commit happens whole or leaves the repo as it was; and what it
// made is a tree that a depot gives back under its id.
func FuzzCommit(f *testing.F) {
	oid := sha256Of("held")
	for _, lines := range []string{
		"", headerLine, "{}\n",
		headerLine + `{"key":"file","value":{"path":"a","encoding":"utf-8","content":"x"}}`,
		headerLine + `{"key":"file","value":{"path":"kept/x","encoding":"base64","content":"AA=="}}`,
		headerLine + `{"key":"file","value":{"path":"kept","encoding":"utf-8","content":"a file where a folder is"}}`,
		headerLine + `{"key":"lfsFile","value":{"path":"w.png","algo":"sha256","oid":"` + oid + `"}}`,
		headerLine + `{"key":"lfsFile","value":{"path":"w.png","algo":"sha256","oid":"` + oid + `","size":3}}`,
		headerLine + `{"key":"lfsFile","value":{"path":"w.png","algo":"sha256","oid":"` + sha256Of("missing") + `"}}`,
		headerLine + `{"key":"deletedFile","value":{"path":"kept/file"}}` + "\n" + `{"key":"deletedFile","value":{"path":"kept/file"}}`,
		headerLine + `{"key":"deletedFolder","value":{"path":"kept/"}}`,
		`{"key":"header","value":{"summary":"t","parentCommit":"00000"}}`,
	} {
		f.Add([]byte(lines))
	}
	now := time.Unix(1767323045, 0)
	f.Fuzz(func(t *testing.T, body []byte) {
		disk := depot.NewMemory()
		repos, err := store.OpenRegistry(disk)
		if err != nil {
			t.Fatal(err)
		}
		r, err := repos.Create(store.Settings{Kind: "model", Name: "alice/x"}, "alice", []store.Op{{Kind: store.OpFile, Path: "kept/file", Data: []byte("kept")}}, now)
		if err != nil {
			t.Fatal(err)
		}
		held, err := r.Spool()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := held.Write([]byte("held")); err != nil {
			t.Fatal(err)
		}
		if err := r.KeepObject(oid, held); err != nil {
			t.Fatal(err)
		}
		first, _ := r.Resolve("main")
		ch, err := readChange(bytes.NewReader(body), standardLimits)
		var made *git.Commit
		if err == nil {
			ch.Rev, ch.Author = "main", "alice"
			made, _, err = r.Apply(ch, now)
		}
		reopened, openErr := store.OpenRegistry(disk)
		if openErr != nil {
			t.Fatalf("after %q the repo cannot be read: %v", body, openErr)
		}
		again := reopened.Find(r.ID())
		tip, _ := again.Resolve("main")
		if err != nil {
			if _, ok := errors.AsType[*refusal.Refusal](err); !ok {
				t.Fatalf("%q gives %v, which is not the client's fault", body, err)
			}
			if tip.OID != first.OID || made != nil {
				t.Fatalf("%q gives %v and moves main to %s", body, err, tip.OID)
			}
			return
		}
		if tip.OID != made.OID || made.Parent != first.OID {
			t.Fatalf("%q makes %s on %s; main is at %s", body, made.OID, made.Parent, tip.OID)
		}
		tr, err := again.Tree(tip.Tree)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range tr.Files {
			c, err := again.Content(file)
			if err != nil {
				t.Fatalf("%q: %s: %v", body, file.Path, err)
			}
			data, err := c.Read()
			if err != nil || int64(len(data)) != file.Size {
				t.Fatalf("%q: %s has %d bytes, %v; its tree says %d", body, file.Path, len(data), err, file.Size)
			}
			if file.LFS() && sha256Of(string(data)) != file.SHA256 || !file.LFS() && git.BlobOID(data) != file.OID {
				t.Fatalf("%q: %s does not have the content of its id", body, file.Path)
			}
		}
	})
}
