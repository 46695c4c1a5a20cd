package localhub

import (
	"testing"
	"time"
)

// The ids below were made with git 2: write-tree and commit-tree of the same files.
func TestIDsAreGits(t *testing.T) {
	tr, err := newTree([]FileInfo{
		regularFile("e", nil),
		regularFile("a/b/c", []byte("x")),
		regularFile("a.txt", []byte("y")),
		regularFile("a-b", []byte("z")),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"":    "60cadf5086abde0e7e32dfb9981ee46011d97440",
		"a":   "9cb054de9fb27e590ac06c8f6a2f62ff283c2dd8",
		"a/b": "eb419bb6d84a1cb33305c7398c075ebc821e7c41",
	}
	for dir, oid := range want {
		if tr.dirs[dir] != oid {
			t.Errorf("folder %q has id %s, want %s", dir, tr.dirs[dir], oid)
		}
	}
	if f, _ := tr.file("a/b/c"); f.OID != "c1b0730e0133447badcfd47fd144e254807b06e1" {
		t.Errorf("blob of %q has id %s", "x", f.OID)
	}
	c := Commit{Tree: tr.oid(), Title: "title", Message: "body", Author: "alice", Time: time.Unix(1767323045, 0)}
	c.seal()
	if want := "0b081d57565c5f8ddd062cd0b358d2fa15514a67"; c.OID != want {
		t.Errorf("first commit has id %s, want %s", c.OID, want)
	}
	next := Commit{Tree: tr.oid(), Parent: c.OID, Title: "second", Author: "alice", Time: c.Time}
	next.seal()
	if want := "4f836d28cf2f3bc2d090e3de4e07a0004f749eaa"; next.OID != want {
		t.Errorf("second commit has id %s, want %s", next.OID, want)
	}
	empty, err := newTree(nil)
	if err != nil || empty.oid() != "4b825dc642cb6eb9a060e54bf8d69288fbee4904" {
		t.Errorf("the empty tree has id %s, %v", empty.oid(), err)
	}
}

func TestTreeRefusesImpossibleFiles(t *testing.T) {
	for _, paths := range [][]string{{"a", "a"}, {"a", "a/b"}, {"x/y/z", "x/y"}, {"a/b", "a-", "a"}} {
		var files []FileInfo
		for _, p := range paths {
			files = append(files, regularFile(p, nil))
		}
		if _, err := newTree(files); err == nil {
			t.Errorf("newTree(%q) has no error", paths)
		}
	}
}

func TestTreeSurvivesItsEncoding(t *testing.T) {
	tr, err := newTree([]FileInfo{regularFile("a/b", []byte("x")), lfsFile("w.bin", sha256Of("w"), 1)})
	if err != nil {
		t.Fatal(err)
	}
	data, err := tr.encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := decodeTree(tr.oid(), data)
	if err != nil || len(again.files) != 2 || again.files[1] != tr.files[1] {
		t.Errorf("decodeTree = %v, %v", again, err)
	}
	if _, err := decodeTree(sha1Of("another"), data); err == nil {
		t.Error("decodeTree takes files under an id that is not theirs")
	}
}

func sha1Of(s string) string { return blobOID([]byte(s)) }
