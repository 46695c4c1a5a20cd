package localhub

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"
)

// An object in parts: the batch answer has a signed storage URL for each part, and in place of
// the object's own URL a signed one of the API, to which the client posts the ETags of all
// parts. Source: huggingface_hub, lfs.py; the query parameters are those of Amazon S3.
const (
	chunkSizeKey = "chunk_size" // beside the parts, in the header of the action
	completePath = "complete_multipart"
	uploadParam  = "uploadId"
	partParam    = "partNumber"
)

// A multipart is one upload under way. Its parts go to their places in one spool, in any order
// and several at a time. A part that is sent again overwrites itself: where it has other bytes
// than before, the sha256 of the whole tells.
type multipart struct {
	repo  *repo
	oid   string
	size  int64
	part  int64 // bytes of every part but the last
	spool spool
	until time.Time // when its URLs end

	mu   sync.RWMutex // held for reading while bytes are written
	tags []string     // ETag by part; "" has not arrived
	over bool         // completed or dropped: nothing is written any more
}

// span is where part i, counted from 0, starts and how long it is.
func (m *multipart) span(i int) (off, n int64) {
	off = int64(i) * m.part
	return off, min(m.part, m.size-off)
}

// multiparts are the uploads in parts that are under way. They end with the process, as the
// signatures of their URLs do.
type multiparts struct {
	mu   sync.Mutex
	byID map[string]*multipart
}

// add enters m under a new id, and drops what nobody can go on with.
func (u *multiparts) add(m *multipart, now time.Time) string {
	id := newKey()
	u.drop(func(old *multipart) bool { return !now.Before(old.until) })
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.byID == nil {
		u.byID = make(map[string]*multipart)
	}
	u.byID[id] = m
	return id
}

// drop ends the uploads that are done for.
func (u *multiparts) drop(done func(*multipart) bool) {
	u.mu.Lock()
	var dropped []*multipart
	for id, m := range u.byID {
		if done(m) {
			delete(u.byID, id)
			dropped = append(dropped, m)
		}
	}
	u.mu.Unlock()
	for _, m := range dropped {
		if m.end() {
			m.spool.drop()
		}
	}
}

func (u *multiparts) get(id string) *multipart {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.byID[id]
}

func (u *multiparts) remove(id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.byID, id)
}

// end makes sure that nothing more is written. It is false where m had ended before.
func (m *multipart) end() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	ended := !m.over
	m.over = true
	return ended
}

// WriteAt is that of the spool, until the end.
func (m *multipart) WriteAt(p []byte, off int64) (int, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.over {
		return 0, noUpload()
	}
	return m.spool.WriteAt(p, off)
}

// partSize is what size is cut into.
func (o Options) partSize(size int64) int64 {
	return max(o.PartSize, (size+maxParts-1)/maxParts)
}

// startParts begins an upload in parts and returns what the client is to do.
func (c *call) startParts(oid string, size int64) (lfsAction, error) {
	s, err := c.depot.spool()
	if err != nil {
		return lfsAction{}, err
	}
	now := c.now()
	m := &multipart{repo: c.repo, oid: oid, size: size, part: c.options.partSize(size), spool: s, until: now.Add(c.options.URLLife)}
	m.tags = make([]string, (size+m.part-1)/m.part)
	id := c.parts.add(m, now)
	header := map[string]string{chunkSizeKey: formatSize(m.part)}
	for i := range m.tags {
		query := url.Values{uploadParam: {id}, partParam: {strconv.Itoa(i + 1)}}
		header[fmt.Sprintf("%05d", i+1)] = c.signed(http.MethodPut, oid, query)
	}
	return lfsAction{c.signedAt(c.origin(), http.MethodPost, "/api/"+completePath, url.Values{uploadParam: {id}}), header}, nil
}

// receivePart takes one part to its place.
func (s *Server) receivePart(w http.ResponseWriter, r *http.Request, query url.Values) error {
	m := s.parts.get(query.Get(uploadParam))
	if m == nil {
		return noUpload()
	}
	number, err := strconv.Atoi(query.Get(partParam))
	if err != nil || number < 1 || number > len(m.tags) {
		return fmt.Errorf("part %q was signed", query.Get(partParam))
	}
	off, n := m.span(number - 1)
	if err := checkLength(r, n); err != nil {
		return err
	}
	sum := md5.New()
	if err := copyBody(io.MultiWriter(io.NewOffsetWriter(m, off), sum), r, n); err != nil {
		return err
	}
	tag := `"` + hex.EncodeToString(sum.Sum(nil)) + `"`
	m.mu.Lock()
	m.tags[number-1] = tag
	m.mu.Unlock()
	received(w, tag)
	return nil
}

func noUpload() *storageError {
	return &storageError{http.StatusNotFound, "NoSuchUpload", "The upload does not exist; it may have been completed or aborted."}
}

// completeParts makes an object of the parts. It is there as a whole or not at all. Parts that
// are named wrongly leave the upload open; parts that make another object end it.
func completeParts(c *call) error {
	c.w.Header().Set("Content-Type", lfsJSON)
	query := c.r.URL.Query()
	if e := c.verifySignature(c.r, query); e != nil {
		return refuse(e.status, "%s: %s", e.code, e.message)
	}
	var body struct {
		OID   string `json:"oid"`
		Parts []struct {
			Number int    `json:"partNumber"`
			ETag   string `json:"etag"`
		} `json:"parts"`
	}
	if err := c.decodeUpTo(maxJSON, &body); err != nil {
		return err
	}
	id := query.Get(uploadParam)
	m := c.parts.get(id)
	if m == nil {
		return refuse(http.StatusNotFound, "%v", noUpload())
	}
	m.mu.RLock()
	tags := slices.Clone(m.tags)
	m.mu.RUnlock()
	switch {
	case body.OID != m.oid:
		return badRequest("oid %.80q is not the one that the upload was begun for", body.OID)
	case len(body.Parts) != len(tags):
		return badRequest("InvalidPart: %d parts are named; the upload has %d", len(body.Parts), len(tags))
	}
	for i, p := range body.Parts {
		switch {
		case p.Number != i+1:
			return badRequest("InvalidPartOrder: part %d is in the place of part %d", p.Number, i+1)
		case tags[i] == "":
			return badRequest("InvalidPart: part %d has not arrived", i+1)
		case p.ETag != tags[i]:
			return badRequest("InvalidPart: part %d has another ETag than its PUT was answered with", i+1)
		}
	}
	if !m.end() { // a twin of this request was first
		return refuse(http.StatusNotFound, "%v", noUpload())
	}
	c.parts.remove(id)
	defer m.spool.drop()
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(m.spool, 0, m.size)); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != m.oid {
		return badRequest("BadDigest: the parts make an object of sha256 %s; %s was announced", got, m.oid)
	}
	if err := m.repo.keepObject(m.oid, m.spool); err != nil {
		return err
	}
	return c.json(map[string]any{"oid": m.oid, "size": m.size})
}
