package names

import (
	"crypto/rand"
	"encoding/hex"
	"time"
)

// NewKey has the form of the public Hub's ids.
func NewKey() string {
	b := make([]byte, 12)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// IsHex tells whether s is made of lower-case hexadecimal digits alone.
func IsHex(s string) bool {
	for _, c := range []byte(s) {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return false
		}
	}
	return true
}

// IsSHA1 tells whether s is an id of git.
func IsSHA1(s string) bool { return len(s) == 40 && IsHex(s) }

// IsSHA256 tells whether s is an id of LFS.
func IsSHA256(s string) bool { return len(s) == 64 && IsHex(s) }

// Stamp is a time as the Hub writes it.
func Stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
