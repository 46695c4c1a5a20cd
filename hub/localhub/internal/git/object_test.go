package git

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"
)

// The ids below were made with git 2: write-tree and commit-tree of the same files.
func TestIDsAreGits(t *testing.T) {
	tr, err := NewTree([]FileInfo{
		RegularFile("e", nil),
		RegularFile("a/b/c", []byte("x")),
		RegularFile("a.txt", []byte("y")),
		RegularFile("a-b", []byte("z")),
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
		if tr.Dirs[dir] != oid {
			t.Errorf("folder %q has id %s, want %s", dir, tr.Dirs[dir], oid)
		}
	}
	if f, _ := tr.File("a/b/c"); f.OID != "c1b0730e0133447badcfd47fd144e254807b06e1" {
		t.Errorf("blob of %q has id %s", "x", f.OID)
	}
	c := Commit{Tree: tr.OID(), Title: "title", Message: "body", Author: "alice", Time: time.Unix(1767323045, 0)}
	c.Seal()
	if want := "0b081d57565c5f8ddd062cd0b358d2fa15514a67"; c.OID != want {
		t.Errorf("first commit has id %s, want %s", c.OID, want)
	}
	next := Commit{Tree: tr.OID(), Parent: c.OID, Title: "second", Author: "alice", Time: c.Time}
	next.Seal()
	if want := "4f836d28cf2f3bc2d090e3de4e07a0004f749eaa"; next.OID != want {
		t.Errorf("second commit has id %s, want %s", next.OID, want)
	}
	empty, err := NewTree(nil)
	if err != nil || empty.OID() != "4b825dc642cb6eb9a060e54bf8d69288fbee4904" {
		t.Errorf("the empty tree has id %s, %v", empty.OID(), err)
	}
}

func TestTreeRefusesImpossibleFiles(t *testing.T) {
	for _, paths := range [][]string{{"a", "a"}, {"a", "a/b"}, {"x/y/z", "x/y"}, {"a/b", "a-", "a"}} {
		var files []FileInfo
		for _, p := range paths {
			files = append(files, RegularFile(p, nil))
		}
		if _, err := NewTree(files); err == nil {
			t.Errorf("newTree(%q) has no error", paths)
		}
	}
}

func TestTreeSurvivesItsEncoding(t *testing.T) {
	tr, err := NewTree([]FileInfo{RegularFile("a/b", []byte("x")), LFSFile("w.bin", shaOfText("w"), 1)})
	if err != nil {
		t.Fatal(err)
	}
	data, err := tr.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := DecodeTree(tr.OID(), data)
	if err != nil || len(again.Files) != 2 || again.Files[1] != tr.Files[1] {
		t.Errorf("decodeTree = %v, %v", again, err)
	}
	if _, err := DecodeTree(sha1Of("another"), data); err == nil {
		t.Error("decodeTree takes files under an id that is not theirs")
	}
}

func sha1Of(s string) string { return BlobOID([]byte(s)) }

func shaOfText(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
