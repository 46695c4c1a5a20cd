package localhub

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The query parameters of a storage URL that say until when, in Unix seconds, and by whose
// authority. Content delivery networks name them so.
const (
	expiresParam   = "Expires"
	signatureParam = "Signature"
)

// commitParam is the commit that a file is read at, of a URL at the origin of the API: there the
// answer of storage has to say what a redirect to it says.
const commitParam = "commit"

// signed is a storage URL for one object of the call's repo. It is good for one method (with GET
// for HEAD, too), until it expires, and only with the query it has.
func (c *call) signed(method, oid string, query url.Values) string {
	return c.signedAt(c.storageOrigin(), method, storagePath(c.repo.key, oid), query)
}

// signedAt is a signed URL for one method and path of an origin of ours.
func (c *call) signedAt(origin, method, path string, query url.Values) string {
	if query == nil {
		query = make(url.Values)
	}
	query.Set(expiresParam, strconv.FormatInt(c.now().Add(c.options.URLLife).Unix(), 10))
	query.Set(signatureParam, c.signature(method, path, query))
	return origin + path + "?" + query.Encode()
}

// storageRoot starts the paths of storage. No repo has a name like it.
const storageRoot = "/-/lfs/"

func storagePath(key, oid string) string { return storageRoot + key + "/" + oid }

func isStoragePath(path string) bool { return strings.HasPrefix(path, storageRoot) }

// signature covers the method, the path and every parameter but itself.
func (s *Server) signature(method, path string, query url.Values) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(method + "\n" + path + "\n" + withoutSignature(query).Encode()))
	return hex.EncodeToString(mac.Sum(nil))
}

func withoutSignature(query url.Values) url.Values {
	bare := make(url.Values, len(query))
	for name, values := range query {
		if name != signatureParam {
			bare[name] = values
		}
	}
	return bare
}

// verifySignature tells why a storage request is not authorised, or nil.
func (s *Server) verifySignature(r *http.Request, query url.Values) *storageError {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	want := s.signature(method, r.URL.Path, query)
	if !hmac.Equal([]byte(want), []byte(query.Get(signatureParam))) {
		return &storageError{http.StatusForbidden, "SignatureDoesNotMatch", "The signature does not cover this request."}
	}
	expires, err := strconv.ParseInt(query.Get(expiresParam), 10, 64)
	if err != nil || !s.now().Before(time.Unix(expires, 0)) {
		return &storageError{http.StatusForbidden, "AccessDenied", "Request has expired"}
	}
	return nil
}

func formatSize(n int64) string { return strconv.FormatInt(n, 10) }
