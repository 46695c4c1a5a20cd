package localhub

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// A storageError is a refusal in the words of an object store: XML, which no client of the Hub
// reads.
type storageError struct {
	status        int
	code, message string
}

func (e *storageError) Error() string { return fmt.Sprintf("%d %s: %s", e.status, e.code, e.message) }

func (e *storageError) write(w http.ResponseWriter) {
	var message strings.Builder
	xml.EscapeText(&message, []byte(e.message))
	body := fmt.Sprintf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message></Error>", e.code, &message)
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(e.status)
	io.WriteString(w, body)
}

// serveStorage answers one request for the contents of a large file. They are at
// /-/lfs/{key of the repo}/{sha256}, and a signature in the URL is asked for in place of a token.
func (s *Server) serveStorage(w http.ResponseWriter, r *http.Request, hosts hostCheck) {
	err := s.store(w, r, hosts)
	if err == nil {
		return
	}
	e, ok := errors.AsType[*storageError](err)
	if !ok {
		s.errorLog().Printf("localhub: storage: %s %s: %v", r.Method, r.URL.Path, err)
		e = &storageError{http.StatusInternalServerError, "InternalError", "see the log of the local Hub"}
	}
	e.write(w)
}

func (s *Server) store(w http.ResponseWriter, r *http.Request, hosts hostCheck) error {
	if r.Host != "" && !validHost(r.Host) {
		return &storageError{http.StatusBadRequest, "InvalidArgument", "The Host header is no host."}
	}
	if e := hosts.refusal(r.Host); r.Host != "" && e != nil {
		return &storageError{e.status, "AccessDenied", e.message}
	}
	// At an origin of its own the token must not come here. At that of the API clients are right to
	// keep it through a redirect; it has no say.
	if r.Header.Get("Authorization") != "" && s.storagePort != "" {
		return &storageError{http.StatusBadRequest, "InvalidArgument",
			"Only one auth mechanism allowed; the URL has a signature, and the token of the Hub does not belong here."}
	}
	query := r.URL.Query()
	if err := s.verifySignature(r, query); err != nil {
		return err
	}
	key, oid, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, storageRoot), "/")
	repo := s.repos.keyed(key)
	if repo == nil || !isSHA256(oid) {
		return &storageError{http.StatusNotFound, "NoSuchKey", "The object does not exist."}
	}
	if r.Method == http.MethodPut && query.Has(uploadParam) {
		return s.receivePart(w, r, query)
	}
	if r.Method == http.MethodPut {
		size, err := strconv.ParseInt(query.Get("size"), 10, 64)
		if err != nil {
			return err // we signed it
		}
		return receive(w, r, repo, oid, size)
	}
	content, ok, err := repo.object(oid)
	if err != nil {
		return err
	}
	if !ok {
		return &storageError{http.StatusNotFound, "NoSuchKey", "The object does not exist."}
	}
	if disposition := query.Get("response-content-disposition"); disposition != "" {
		w.Header().Set("Content-Disposition", disposition)
	}
	if commit := query.Get(commitParam); commit != "" {
		describeLarge(w.Header(), commit, oid, content.Size())
	}
	w.Header().Set("ETag", storageTag(oid))
	w.Header().Set("Content-Type", "application/octet-stream")
	return serveContent(w, r, content)
}

// receive takes the bytes of one object, straight to where they will stay. They count only
// when they are complete and have the hash that the client announced.
func receive(w http.ResponseWriter, r *http.Request, repo *repo, oid string, size int64) error {
	if err := checkLength(r, size); err != nil {
		return err
	}
	spool, err := repo.depot.spool()
	if err != nil {
		return err
	}
	defer spool.drop()
	sum := sha256.New()
	if err := copyBody(io.MultiWriter(spool, sum), r, size); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != oid {
		return &storageError{http.StatusBadRequest, "BadDigest",
			fmt.Sprintf("The bytes have sha256 %s; %s was announced.", got, oid)}
	}
	if err := repo.keepObject(oid, spool); err != nil {
		return err
	}
	received(w, storageTag(oid))
	return nil
}

// keepObject gives the bytes in s, whose sha256 is oid, their name.
func (r *repo) keepObject(oid string, s spool) error {
	err := s.keep(r.lfsName(oid))
	if err != nil {
		// A twin of this upload may have been first, and be read already.
		if _, ok, _ := r.object(oid); ok {
			return nil
		}
	}
	return err
}

// checkLength refuses a body of another length than was signed for.
func checkLength(r *http.Request, size int64) error {
	if r.ContentLength < 0 {
		return &storageError{http.StatusLengthRequired, "MissingContentLength", "You must provide the Content-Length header."}
	}
	if r.ContentLength != size {
		return &storageError{http.StatusBadRequest, "IncompleteBody",
			fmt.Sprintf("%d bytes were announced; the request has %d.", size, r.ContentLength)}
	}
	return nil
}

// copyBody takes a body of size bytes to w.
func copyBody(w io.Writer, r *http.Request, size int64) error {
	body := &readFault{r: r.Body}
	n, err := io.Copy(w, body)
	if body.err != nil || err == nil && n != size {
		return &storageError{http.StatusBadRequest, "IncompleteBody",
			fmt.Sprintf("The request ended after %d of %d bytes.", n, size)}
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
