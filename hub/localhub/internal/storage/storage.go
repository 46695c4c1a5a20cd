package storage

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/signed"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/web"
)

// ServeHTTP answers one request for the contents of a large file. They are at
// /-/lfs/{key of the repo}/{sha256}, and a signature in the URL is asked for in place of a token.
func (s *Storage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := s.store(w, r)
	if err == nil {
		return
	}
	e, ok := errors.AsType[*refusal.Storage](err)
	if !ok {
		s.ErrorLog.Printf("localhub: storage: %s %s: %v", r.Method, r.URL.Path, err)
		e = &refusal.Storage{Status: http.StatusInternalServerError, Code: "InternalError", Message: "see the log of the local Hub"}
	}
	e.Write(w)
}

func (s *Storage) store(w http.ResponseWriter, r *http.Request) error {
	if r.Host != "" && !web.ValidHost(r.Host) {
		return &refusal.Storage{Status: http.StatusBadRequest, Code: "InvalidArgument", Message: "The Host header is no host."}
	}
	if e := s.Hosts.Refusal(r.Host); r.Host != "" && e != nil {
		return &refusal.Storage{Status: e.Status, Code: "AccessDenied", Message: e.Message}
	}
	// At an origin of its own the token must not come here. At that of the API clients are right to
	// keep it through a redirect; it has no say.
	if r.Header.Get("Authorization") != "" && s.Apart {
		return &refusal.Storage{Status: http.StatusBadRequest, Code: "InvalidArgument", Message: "Only one auth mechanism allowed; the URL has a signature, and the token of the Hub does not belong here."}
	}
	query := r.URL.Query()
	if err := s.Signer.Verify(r, query); err != nil {
		return err
	}
	key, oid, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, signed.Root), "/")
	repo := s.Repos.Keyed(key)
	if repo == nil || !names.IsSHA256(oid) {
		return &refusal.Storage{Status: http.StatusNotFound, Code: "NoSuchKey", Message: "The object does not exist."}
	}
	if r.Method == http.MethodPut && query.Has(signed.UploadParam) {
		return s.receivePart(w, r, query)
	}
	if r.Method == http.MethodPut {
		size, err := strconv.ParseInt(query.Get("size"), 10, 64)
		if err != nil {
			return err // we signed it
		}
		return receive(w, r, repo, oid, size)
	}
	content, ok, err := repo.Object(oid)
	if err != nil {
		return err
	}
	if !ok {
		return &refusal.Storage{Status: http.StatusNotFound, Code: "NoSuchKey", Message: "The object does not exist."}
	}
	if disposition := query.Get("response-content-disposition"); disposition != "" {
		w.Header().Set("Content-Disposition", disposition)
	}
	if commit := query.Get(signed.CommitParam); commit != "" {
		web.DescribeLarge(w.Header(), commit, oid, content.Size())
	}
	w.Header().Set("ETag", storageTag(oid))
	w.Header().Set("Content-Type", "application/octet-stream")
	return web.ServeContent(w, r, content)
}

// receive takes the bytes of one object, straight to where they will stay. They count only
// when they are complete and have the hash that the client announced.
func receive(w http.ResponseWriter, r *http.Request, repo *store.Repo, oid string, size int64) error {
	if err := checkLength(r, size); err != nil {
		return err
	}
	spool, err := repo.Spool()
	if err != nil {
		return err
	}
	defer spool.Drop()
	sum := sha256.New()
	if err := copyBody(io.MultiWriter(spool, sum), r, size); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != oid {
		return &refusal.Storage{Status: http.StatusBadRequest, Code: "BadDigest", Message: fmt.Sprintf("The bytes have sha256 %s; %s was announced.", got, oid)}
	}
	if err := repo.KeepObject(oid, spool); err != nil {
		return err
	}
	received(w, storageTag(oid))
	return nil
}

// checkLength refuses a body of another length than was signed for.
func checkLength(r *http.Request, size int64) error {
	if r.ContentLength < 0 {
		return &refusal.Storage{Status: http.StatusLengthRequired, Code: "MissingContentLength", Message: "You must provide the Content-Length header."}
	}
	if r.ContentLength != size {
		return &refusal.Storage{Status: http.StatusBadRequest, Code: "IncompleteBody", Message: fmt.Sprintf("%d bytes were announced; the request has %d.", size, r.ContentLength)}
	}
	return nil
}

// copyBody takes a body of size bytes to w.
func copyBody(w io.Writer, r *http.Request, size int64) error {
	body := &readFault{r: r.Body}
	n, err := io.Copy(w, body)
	if body.err != nil || err == nil && n != size {
		return &refusal.Storage{Status: http.StatusBadRequest, Code: "IncompleteBody", Message: fmt.Sprintf("The request ended after %d of %d bytes.", n, size)}
	}
	return err
}

// received answers a PUT.
func received(w http.ResponseWriter, etag string) {
	w.Header().Set("ETag", etag)
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
}

// readFault tells an error of the client's connection from one of our disk.
type readFault struct {
	r   io.Reader
	err error
}

func (f *readFault) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && err != io.EOF {
		f.err = err
	}
	return n, err
}

// storageTag is the ETag of an object. As on the public Hub it looks like an md5 and is not
// the sha256: a client that compares the two must fail.
func storageTag(oid string) string {
	sum := sha256.Sum256([]byte("etag of " + oid))
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}
