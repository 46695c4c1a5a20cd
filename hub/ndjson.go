package hub

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
)

// ndjson is a request body of JSON lines. File contents are turned into base64 as they are
// sent, so the body is never held as a whole; its size is known before.
type ndjson struct {
	size   int64
	pieces []piece
}

// A piece is text, or a content to be sent as base64.
type piece struct {
	text    []byte
	content []byte
}

// line adds {"key":key,"value":value}. A content that is not nil becomes the value's field
// "content", in base64.
func (b *ndjson) line(key string, value any, content []byte) error {
	text, err := json.Marshal(map[string]any{"key": key, "value": value})
	if err != nil {
		return err
	}
	if content == nil && key != "file" {
		b.add(piece{text: append(text, '\n')})
		return nil
	}
	const end = "}}" // of value and line
	b.add(piece{text: append(bytes.TrimSuffix(text, []byte(end)), `,"content":"`...)})
	b.add(piece{content: content})
	b.add(piece{text: []byte(`"` + end + "\n")})
	return nil
}

func (b *ndjson) add(p piece) {
	b.pieces = append(b.pieces, p)
	b.size += int64(len(p.text) + base64.StdEncoding.EncodedLen(len(p.content)))
}

// open starts the body from its beginning. It is a call's body.
func (b *ndjson) open() (io.ReadCloser, error) {
	readers := make([]io.Reader, len(b.pieces))
	for i, p := range b.pieces {
		if p.text != nil {
			readers[i] = bytes.NewReader(p.text)
		} else {
			readers[i] = &base64Reader{content: p.content}
		}
	}
	return io.NopCloser(io.MultiReader(readers...)), nil
}

// base64Reader gives content in base64.
type base64Reader struct {
	content []byte
	pending []byte // encoded and not read yet
	buf     [4096]byte
}

func (r *base64Reader) Read(p []byte) (int, error) {
	if len(r.pending) == 0 {
		if len(r.content) == 0 {
			return 0, io.EOF
		}
		n := min(len(r.content), len(r.buf)/4*3) // a multiple of three but at the end, so padding comes last
		r.pending = r.buf[:base64.StdEncoding.EncodedLen(n)]
		base64.StdEncoding.Encode(r.pending, r.content[:n])
		r.content = r.content[n:]
	}
	n := copy(p, r.pending)
	r.pending = r.pending[n:]
	return n, nil
}
