// Package signed makes the URLs of storage, which are good for one request and expire, and checks them.
package signed

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
)

// The query parameters of a storage URL that say until when, in Unix seconds, and by whose
// authority. Content delivery networks name them so.
const (
	expiresParam   = "Expires"
	SignatureParam = "Signature"
)

// The query parameters of a part of an upload, those of Amazon S3.
const (
	UploadParam = "uploadId"
	PartParam   = "partNumber"
)

// CommitParam is the commit that a file is read at, of a URL at the origin of the API: there the
// answer of storage has to say what a redirect to it says.
const CommitParam = "commit"

// A Signer makes URLs that are good for one method (with GET for HEAD, too), until they expire, and
// only with the query they have.
type Signer struct {
	key  []byte // a restart makes all URLs expire
	life time.Duration
	now  func() time.Time
}

// New makes a signer whose URLs are good for life.
func New(life time.Duration, now func() time.Time) *Signer {
	s := &Signer{key: make([]byte, 32), life: life, now: now}
	rand.Read(s.key) // never fails
	return s
}

// Object is a signed URL for one object of a repo, at an origin of ours.
func (s *Signer) Object(origin, method, key, oid string, query url.Values) string {
	return s.URL(origin, method, Root+key+"/"+oid, query)
}

// URL is a signed URL for one method and path of an origin of ours.
func (s *Signer) URL(origin, method, path string, query url.Values) string {
	if query == nil {
		query = make(url.Values)
	}
	query.Set(expiresParam, strconv.FormatInt(s.Until().Unix(), 10))
	query.Set(SignatureParam, s.signature(method, path, query))
	return origin + path + "?" + query.Encode()
}

// Until is when a URL that is signed now expires.
func (s *Signer) Until() time.Time { return s.now().Add(s.life) }

// Root starts the paths of storage. No repo has a name like it.
const Root = "/-/lfs/"

// IsStorage tells whether a path is one of storage.
func IsStorage(path string) bool { return strings.HasPrefix(path, Root) }

// signature covers the method, the path and every parameter but itself.
func (s *Signer) signature(method, path string, query url.Values) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(method + "\n" + path + "\n" + Bare(query).Encode()))
	return hex.EncodeToString(mac.Sum(nil))
}

// Bare is query without what authorizes.
func Bare(query url.Values) url.Values {
	bare := make(url.Values, len(query))
	for name, values := range query {
		if name != SignatureParam {
			bare[name] = values
		}
	}
	return bare
}

// Verify tells why a request is not authorized, or nil.
func (s *Signer) Verify(r *http.Request, query url.Values) *refusal.Storage {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	want := s.signature(method, r.URL.Path, query)
	if !hmac.Equal([]byte(want), []byte(query.Get(SignatureParam))) {
		return &refusal.Storage{Status: http.StatusForbidden, Code: "SignatureDoesNotMatch", Message: "The signature does not cover this request."}
	}
	expires, err := strconv.ParseInt(query.Get(expiresParam), 10, 64)
	if err != nil || !s.now().Before(time.Unix(expires, 0)) {
		return &refusal.Storage{Status: http.StatusForbidden, Code: "AccessDenied", Message: "Request has expired"}
	}
	return nil
}
