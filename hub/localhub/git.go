package localhub

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// Ids are git's: the sha1 of a header and the object. Git's book, chapter "Git Objects", has
// the format.

func gitHash(kind string, body []byte) string {
	h := sha1.New()
	fmt.Fprintf(h, "%s %d\x00", kind, len(body))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// blobOID is the id of a regular file.
func blobOID(content []byte) string { return gitHash("blob", content) }

// pointer is the text that git has in place of a file that LFS keeps.
func pointer(sha256 string, size int64) []byte {
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

func (t *gitTree) oid() string { return gitHash("tree", t.body) }

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

// seal gives c the id that follows from the rest of it.
func (c *Commit) seal() { c.OID = c.hash() }

func (c *Commit) hash() string {
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
	return gitHash("commit", []byte(b.String()))
}

// isHex tells whether s is made of lower-case hexadecimal digits alone.
func isHex(s string) bool {
	for _, c := range []byte(s) {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return false
		}
	}
	return true
}

func isSHA1(s string) bool   { return len(s) == 40 && isHex(s) }
func isSHA256(s string) bool { return len(s) == 64 && isHex(s) }
