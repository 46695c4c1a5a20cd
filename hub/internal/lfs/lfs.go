// Package lfs is the wire format of git LFS as the Hub speaks it: the batch request and its
// answer, the parts of a multipart upload, and its completion. It sends nothing.
//
// Source: the git-lfs batch API (docs/api/batch.md) and, for multipart, huggingface_hub, lfs.py.
package lfs

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// MediaType is that of batch and completion requests and answers.
const MediaType = "application/vnd.git-lfs+json"

// MaxBatch is the largest number of objects in one request.
const MaxBatch = 256

// ErrAnswer is a batch answer that breaks the protocol.
var ErrAnswer = errors.New("not a valid answer of an LFS server")

// ErrTransfer is an answer that asks for a transfer that was not offered.
var ErrTransfer = errors.New("transfer is not spoken here")

// An Object is a content: its sha256, 64 hex digits, and its size in bytes.
type Object struct {
	OID  string `json:"oid"`
	Size int64  `json:"size"`
}

// ObjectError is the server's refusal of one object.
type ObjectError struct {
	OID     string
	Code    int
	Message string // the server's own words, as they came
}

func (e *ObjectError) Error() string {
	return fmt.Sprintf("object %.12s is refused (%d)", e.OID, e.Code)
}

// An Action is what to do for one object.
type Action struct {
	Object
	Present   bool     // it is there, nothing is to be done
	Upload    string   // URL to PUT all bytes to; with Parts, where to POST the completion
	Parts     []string // URLs to PUT the parts to, in order; nil for an upload in one piece
	ChunkSize int64    // bytes of every part but the last; 0 without Parts
	Verify    string   // URL to POST the Object to afterwards; "" for none
}

// Part returns where part i, counted from 0, starts and how long it is.
func (a Action) Part(i int) (off, n int64) {
	off = int64(i) * a.ChunkSize
	return off, min(a.ChunkSize, a.Size-off)
}

// EncodeBatch makes the request to upload objects to ref, a branch or PR ref; "" is for a pull request that is yet to
// be made.
func EncodeBatch(ref string, objects []Object) ([]byte, error) {
	type name struct {
		Name string `json:"name"`
	}
	request := struct {
		Operation string   `json:"operation"`
		Transfers []string `json:"transfers"`
		Objects   []Object `json:"objects"`
		HashAlgo  string   `json:"hash_algo"`
		Ref       *name    `json:"ref,omitempty"`
	}{"upload", []string{"basic", "multipart"}, objects, "sha256", &name{ref}}
	if ref == "" {
		request.Ref = nil
	}
	return json.Marshal(request)
}

// EncodeCompletion makes the request that ends a multipart upload; etags are those that the parts'
// answers gave, verbatim and in order.
func EncodeCompletion(oid string, etags []string) ([]byte, error) {
	type part struct {
		Number int    `json:"partNumber"`
		ETag   string `json:"etag"`
	}
	parts := make([]part, len(etags))
	for i, etag := range etags {
		parts[i] = part{i + 1, etag}
	}
	return json.Marshal(struct {
		OID   string `json:"oid"`
		Parts []part `json:"parts"`
	}{oid, parts})
}

type link struct {
	Href   string                     `json:"href"`
	Header map[string]json.RawMessage `json:"header"`
}

// ParseBatch reads the answer to a request for asked. The actions come in that order. Objects that
// nobody asked for are ignored; one that is missing, given twice or with another size is ErrAnswer;
// one that the server refuses is an *ObjectError.
func ParseBatch(body []byte, asked []Object) ([]Action, error) {
	var answer struct {
		Transfer string `json:"transfer"`
		Objects  []struct {
			Object
			Actions map[string]*link `json:"actions"`
			Error   *struct {
				Code    int    `json:"code"`
				Message string `json:"message"`
			} `json:"error"`
		} `json:"objects"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	switch answer.Transfer {
	case "", "basic", "multipart":
	default:
		return nil, fmt.Errorf("%w: %.40q", ErrTransfer, answer.Transfer)
	}
	actions := make([]Action, len(asked))
	found := make([]bool, len(asked))
	for _, o := range answer.Objects {
		i := slices.IndexFunc(asked, func(a Object) bool { return a.OID == o.OID })
		if i < 0 {
			continue
		}
		switch {
		case o.Error != nil:
			return nil, &ObjectError{OID: o.OID, Code: o.Error.Code, Message: o.Error.Message}
		case found[i]:
			return nil, fmt.Errorf("%w: object %.12s is given twice", ErrAnswer, o.OID)
		case o.Size != asked[i].Size:
			return nil, fmt.Errorf("%w: object %.12s has %d bytes and not %d", ErrAnswer, o.OID, o.Size, asked[i].Size)
		}
		a, err := action(asked[i], o.Actions)
		if err != nil {
			return nil, err
		}
		actions[i], found[i] = a, true
	}
	for i, ok := range found {
		if !ok {
			return nil, fmt.Errorf("%w: object %.12s is missing", ErrAnswer, asked[i].OID)
		}
	}
	return actions, nil
}

func action(o Object, links map[string]*link) (Action, error) {
	if len(links) == 0 {
		return Action{Object: o, Present: true}, nil
	}
	upload := links["upload"]
	if upload == nil || upload.Href == "" {
		return Action{}, fmt.Errorf("%w: object %.12s has something to do but nothing to upload", ErrAnswer, o.OID)
	}
	a := Action{Object: o, Upload: upload.Href}
	if verify := links["verify"]; verify != nil {
		a.Verify = verify.Href
	}
	raw, ok := upload.Header["chunk_size"]
	if !ok {
		return a, nil
	}
	var err error
	if a.ChunkSize, err = number(raw); err != nil || a.ChunkSize < 1 {
		return Action{}, fmt.Errorf("%w: object %.12s: chunk_size is no positive number", ErrAnswer, o.OID)
	}
	a.Parts, err = parts(upload.Header)
	if want := chunks(o.Size, a.ChunkSize); err == nil && int64(len(a.Parts)) != want {
		err = fmt.Errorf("%d parts for %d bytes in chunks of %d, which makes %d", len(a.Parts), o.Size, a.ChunkSize, want)
	}
	if err != nil {
		return Action{}, fmt.Errorf("%w: object %.12s: %w", ErrAnswer, o.OID, err)
	}
	return a, nil
}

// chunks is how many parts of n bytes size makes.
func chunks(size, n int64) int64 {
	count := size / n
	if size%n > 0 {
		count++
	}
	return count
}

// parts returns the URLs under the keys "00001", "00002", ... of a header map, which must count from
// one without a gap.
func parts(header map[string]json.RawMessage) ([]string, error) {
	byNumber := map[int]string{}
	for key, raw := range header {
		n, err := strconv.Atoi(key)
		if err != nil {
			continue // another header
		}
		var url string
		if json.Unmarshal(raw, &url) != nil || url == "" {
			return nil, fmt.Errorf("part %d has no URL", n)
		}
		if _, twice := byNumber[n]; twice {
			return nil, fmt.Errorf("part %d is given twice", n)
		}
		byNumber[n] = url
	}
	urls := make([]string, len(byNumber))
	for i := range urls {
		url, ok := byNumber[i+1]
		if !ok {
			return nil, fmt.Errorf("%d parts, but none with number %d", len(urls), i+1)
		}
		urls[i] = url
	}
	return urls, nil
}

// number reads an integer that may be written as a string.
func number(raw json.RawMessage) (int64, error) {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		s = string(raw)
	}
	return strconv.ParseInt(s, 10, 64)
}
