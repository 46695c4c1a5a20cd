package storage

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

	"github.com/lazymerge/lazymerge/hub/localhub/internal/depot"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/signed"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/web"
)

// An object in parts: the batch answer has a signed storage URL for each part, and in place of
// the object's own URL a signed one of the API, to which the client posts the ETags of all
// parts. Source: huggingface_hub, lfs.py; the query parameters are those of Amazon S3.
const (
	chunkSizeKey = "chunk_size" // beside the parts, in the header of the action
	completePath = "complete_multipart"
	maxParts     = 10_000 // Amazon S3 user guide, "Amazon S3 multipart upload limits"
)

// A multipart is one upload under way. Its parts go to their places in one spool, in any order
// and several at a time. A part that is sent again overwrites itself: where it has other bytes
// than before, the sha256 of the whole tells.
type multipart struct {
	repo  *store.Repo
	oid   string
	size  int64
	part  int64 // bytes of every part but the last
	spool depot.Spool
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
	id := names.NewKey()
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
			m.spool.Drop()
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

// startParts begins an upload in parts and returns what the client is to do.
func (c *call) startParts(oid string, size int64) (lfsAction, error) {
	s, err := c.Repo.Spool()
	if err != nil {
		return lfsAction{}, err
	}
	part := max(c.PartSize, (size+maxParts-1)/maxParts)
	m := &multipart{repo: c.Repo, oid: oid, size: size, part: part, spool: s, until: c.Signer.Until()}
	m.tags = make([]string, (size+m.part-1)/m.part)
	id := c.parts.add(m, c.Now())
	header := map[string]string{chunkSizeKey: strconv.FormatInt(m.part, 10)}
	for i := range m.tags {
		query := url.Values{signed.UploadParam: {id}, signed.PartParam: {strconv.Itoa(i + 1)}}
		header[fmt.Sprintf("%05d", i+1)] = c.Signer.Object(c.StorageOrigin(), http.MethodPut, c.Repo.Key, oid, query)
	}
	return lfsAction{c.Signer.URL(c.Origin(), http.MethodPost, "/api/"+completePath, url.Values{signed.UploadParam: {id}}), header}, nil
}

// receivePart takes one part to its place.
func (s *Storage) receivePart(w http.ResponseWriter, r *http.Request, query url.Values) error {
	m := s.parts.get(query.Get(signed.UploadParam))
	if m == nil {
		return noUpload()
	}
	number, err := strconv.Atoi(query.Get(signed.PartParam))
	if err != nil || number < 1 || number > len(m.tags) {
		return fmt.Errorf("part %q was signed", query.Get(signed.PartParam))
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

func noUpload() *refusal.Storage {
	return &refusal.Storage{Status: http.StatusNotFound, Code: "NoSuchUpload", Message: "The upload does not exist; it may have been completed or aborted."}
}

// completeParts makes an object of the parts. It is there as a whole or not at all. Parts that
// are named wrongly leave the upload open; parts that make another object end it.
func completeParts(c *call) error {
	c.W.Header().Set("Content-Type", web.LFSJSON)
	query := c.R.URL.Query()
	if e := c.Signer.Verify(c.R, query); e != nil {
		return refusal.New(e.Status, "%s: %s", e.Code, e.Message)
	}
	var body struct {
		OID   string `json:"oid"`
		Parts []struct {
			Number int    `json:"partNumber"`
			ETag   string `json:"etag"`
		} `json:"parts"`
	}
	if err := c.DecodeUpTo(web.MaxJSON, &body); err != nil {
		return err
	}
	id := query.Get(signed.UploadParam)
	m := c.parts.get(id)
	if m == nil {
		return refusal.New(http.StatusNotFound, "%v", noUpload())
	}
	m.mu.RLock()
	tags := slices.Clone(m.tags)
	m.mu.RUnlock()
	switch {
	case body.OID != m.oid:
		return refusal.BadRequest("oid %.80q is not the one that the upload was begun for", body.OID)
	case len(body.Parts) != len(tags):
		return refusal.BadRequest("InvalidPart: %d parts are named; the upload has %d", len(body.Parts), len(tags))
	}
	for i, p := range body.Parts {
		switch {
		case p.Number != i+1:
			return refusal.BadRequest("InvalidPartOrder: part %d is in the place of part %d", p.Number, i+1)
		case tags[i] == "":
			return refusal.BadRequest("InvalidPart: part %d has not arrived", i+1)
		case p.ETag != tags[i]:
			return refusal.BadRequest("InvalidPart: part %d has another ETag than its PUT was answered with", i+1)
		}
	}
	if !m.end() { // a twin of this request was first
		return refusal.New(http.StatusNotFound, "%v", noUpload())
	}
	c.parts.remove(id)
	defer m.spool.Drop()
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(m.spool, 0, m.size)); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != m.oid {
		return refusal.BadRequest("BadDigest: the parts make an object of sha256 %s; %s was announced", got, m.oid)
	}
	if err := m.repo.KeepObject(m.oid, m.spool); err != nil {
		return err
	}
	return c.JSON(map[string]any{"oid": m.oid, "size": m.size})
}
