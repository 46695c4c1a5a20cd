// Package git makes the objects that git would make of the same files, and reads .gitattributes and .gitignore.
//
// Ids are git's: the sha1 of a header and the object. Git's book, chapter "Git Objects", has the format.
package git

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// Hash is the id of an object of that kind.
func Hash(kind string, body []byte) string {
	h := sha1.New()
	fmt.Fprintf(h, "%s %d\x00", kind, len(body))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// BlobOID is the id of a regular file.
func BlobOID(content []byte) string { return Hash("blob", content) }

// Pointer is the text that git has in place of a file that LFS keeps.
func Pointer(sha256 string, size int64) []byte {
	return fmt.Appendf(nil, "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n", sha256, size)
}

// gitTree collects the lines of one folder's object. They must come in the order of their
// names, where the name of a folder ends in "/".
type gitTree struct{ body []byte }

func (t *gitTree) add(mode, name, oid string) {
	t.body = append(t.body, mode+" "+name+"\x00"...)
	raw, err := hex.DecodeString(oid)
	if err != nil {
		panic("localhub: tree line with id " + oid)
	}
	t.body = append(t.body, raw...)
}

func (t *gitTree) OID() string { return Hash("tree", t.body) }

// Commit is one step of a repo's history.
type Commit struct {
	OID     string    `json:"oid"`              // 40 hexadecimal digits
	Tree    string    `json:"tree"`             // id of the root folder
	Parent  string    `json:"parent,omitempty"` // "" is a first commit
	Title   string    `json:"title"`
	Message string    `json:"message,omitempty"` // what follows the title
	Author  string    `json:"author"`
	Time    time.Time `json:"time"` // UTC, whole seconds as in git
}

// Seal gives c the id that follows from the rest of it.
func (c *Commit) Seal() { c.OID = c.Hash() }

// Hash is the id that follows from the rest of c.
func (c *Commit) Hash() string {
	var b strings.Builder
	fmt.Fprintf(&b, "tree %s\n", c.Tree)
	if c.Parent != "" {
		fmt.Fprintf(&b, "parent %s\n", c.Parent)
	}
	for _, role := range []string{"author", "committer"} {
		fmt.Fprintf(&b, "%s %s <%s@localhub.invalid> %d +0000\n", role, c.Author, c.Author, c.Time.Unix())
	}
	fmt.Fprintf(&b, "\n%s\n", c.Title)
	if c.Message != "" {
		fmt.Fprintf(&b, "\n%s\n", c.Message)
	}
	return Hash("commit", []byte(b.String()))
}
