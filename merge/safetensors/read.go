package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lazymerge/lazymerge/merge/dtype"
)

// firstRead is how much of a file is read at once. Most headers are shorter, and a Hub serves so
// much as fast as it serves 8 bytes.
const firstRead = 128 << 10

// ReadHeader reads the header of a file of size bytes, in one ReadAt of at most 128 KiB and, where
// the header is longer, a second one for its rest.
//
// It checks that the tensors cover the data of the file from the first byte to the last without
// a hole or an overlap, that each has the length that its shape and dtype ask, and that no name
// comes twice. Keys that the format does not know are refused. The error is an ErrHeader that names the
// tensor, and a *[ShortError] where the file ends too early, or it wraps the error of r.
func ReadHeader(r io.ReaderAt, size int64) (*Header, error) {
	if size < 8 {
		return nil, headerError("%w", &ShortError{size, 8})
	}
	buf := make([]byte, min(size, firstRead))
	if err := readAt(r, buf, 0); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint64(buf)
	if length > MaxHeader {
		return nil, headerError("the length of the header is given as %d bytes, and %d are the most", length, MaxHeader)
	}
	if int64(length) > size-8 {
		return nil, headerError("%w", &ShortError{size, 8 + int64(length)})
	}
	end := 8 + int(length)
	if end > len(buf) {
		whole := make([]byte, end)
		n := copy(whole, buf)
		if err := readAt(r, whole[n:], int64(n)); err != nil {
			return nil, err
		}
		buf = whole
	}

	h, err := parseHeader(buf[8:end])
	if err != nil {
		return nil, err
	}
	h.Size = int64(end)
	// Stable, for tensors without elements may share an offset.
	slices.SortStableFunc(h.Tensors, func(a, b Tensor) int {
		return cmp.Or(cmp.Compare(a.Begin, b.Begin), cmp.Compare(a.End, b.End))
	})
	if err := check(h.Tensors); err != nil {
		return nil, err
	}
	switch want := h.Size + h.DataSize(); {
	case h.DataSize() > size-h.Size:
		return nil, headerError("%w", &ShortError{size, max(want, h.DataSize())}) // the sum may be too large a number
	case want < size:
		return nil, headerError("the header describes a file of %d bytes, and this one has %d", want, size)
	}
	return h, nil
}

// readAt fills p. A ReaderAt may return io.EOF together with all the bytes asked for.
func readAt(r io.ReaderAt, p []byte, off int64) error {
	n, err := r.ReadAt(p, off)
	switch {
	case n == len(p):
		return nil
	case err == nil || errors.Is(err, io.EOF):
		return headerError("the file ends at byte %d, in the header", off+int64(n))
	}
	return fmt.Errorf("reading a safetensors header: %w", err)
}

// parseHeader reads the JSON of a header, as it stands there: neither sorted nor checked as a whole.
// It goes token by token, for a decoded tree would take many times the memory.
func parseHeader(text []byte) (*Header, error) {
	switch {
	case len(text) == 0 || text[0] != '{':
		return nil, headerError("the JSON does not begin with {")
	case !utf8.Valid(text):
		return nil, headerError("the JSON is not UTF-8")
	}
	p := newParser(text)
	h := new(Header)
	err := p.object(func(key string) error {
		if key == metadataKey {
			if h.Metadata != nil {
				return fmt.Errorf("%s is there twice", metadataKey)
			}
			return p.metadata(h)
		}
		if err := checkName(key); err != nil {
			return err
		}
		t, err := p.tensor(key)
		if err != nil {
			return fmt.Errorf("tensor %s: %w", quote(key), err)
		}
		h.Tensors = append(h.Tensors, t)
		return nil
	})
	if err != nil {
		return nil, asHeaderError(err)
	}
	if rest := bytes.TrimLeft(text[p.dec.InputOffset():], " "); len(rest) > 0 {
		return nil, headerError("the JSON is followed by %d bytes that are not spaces", len(rest))
	}
	return h, nil
}

func asHeaderError(err error) error {
	if errors.Is(err, ErrHeader) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrHeader, err)
}

// checkName refuses the names that no writer gives a tensor. The replacement character is what the JSON decoder
// makes of half a surrogate pair, so a name with it may be two names.
func checkName(name string) error {
	switch {
	case name == "":
		return headerError("a tensor without a name")
	case name == metadataKey:
		return headerError("a tensor named %s", metadataKey)
	case !utf8.ValidString(name) || strings.ContainsRune(name, utf8.RuneError):
		return headerError("tensor %s: the name is not Unicode", quote(name))
	}
	return nil
}

// A parser reads the few forms of JSON that headers and indexes are made of.
type parser struct{ dec *json.Decoder }

func newParser(text []byte) parser {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	return parser{dec}
}

func (p parser) tensor(name string) (Tensor, error) {
	t := Tensor{Name: name}
	var seen [3]bool
	err := p.object(func(key string) error {
		field := slices.Index([]string{"dtype", "shape", "data_offsets"}, key)
		if field < 0 {
			return fmt.Errorf("unknown key %s", quote(key))
		}
		if seen[field] {
			return fmt.Errorf("%s is there twice", key)
		}
		seen[field] = true
		switch field {
		case 0:
			text, err := p.string()
			if err != nil {
				return fmt.Errorf("dtype: %w", err)
			}
			t.DType, err = dtype.Parse(text)
			return err
		case 1:
			shape, err := p.integers(maxRank)
			if err != nil {
				return fmt.Errorf("shape: %w", err)
			}
			t.Shape = shape
		case 2:
			offsets, err := p.integers(2)
			if err != nil {
				return fmt.Errorf("data_offsets: %w", err)
			}
			if len(offsets) != 2 {
				return fmt.Errorf("data_offsets: %d numbers, want 2", len(offsets))
			}
			t.Begin, t.End = offsets[0], offsets[1]
		}
		return nil
	})
	if err == nil && seen != [3]bool{true, true, true} {
		err = errors.New("dtype, shape and data_offsets are not all there")
	}
	return t, err
}

func (p parser) metadata(h *Header) error {
	h.Metadata = map[string]string{}
	err := p.object(func(key string) error {
		if _, ok := h.Metadata[key]; ok {
			return fmt.Errorf("key %s is there twice", quote(key))
		}
		text, err := p.string()
		if err != nil {
			return fmt.Errorf("key %s: %w", quote(key), err)
		}
		h.Metadata[key] = text
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", metadataKey, err)
	}
	return nil
}

// object reads an object; member reads the value of each key.
func (p parser) object(member func(key string) error) error {
	if err := p.delim('{'); err != nil {
		return err
	}
	for p.dec.More() {
		key, err := p.string()
		if err != nil {
			return err
		}
		if err := member(key); err != nil {
			return err
		}
	}
	return p.delim('}')
}

// integers reads an array of at most limit whole numbers, none negative.
func (p parser) integers(limit int) ([]int64, error) {
	if err := p.delim('['); err != nil {
		return nil, err
	}
	numbers := []int64{}
	for p.dec.More() {
		tok, err := p.token()
		if err != nil {
			return nil, err
		}
		number, ok := tok.(json.Number)
		if !ok {
			return nil, fmt.Errorf("%s where a number should be", kind(tok))
		}
		// ParseUint refuses a sign, a point and an exponent, which JSON allows.
		n, err := strconv.ParseUint(number.String(), 10, 63)
		if err != nil {
			return nil, fmt.Errorf("%.40s is not a whole number from 0 to 2^63-1", number)
		}
		if len(numbers) == limit {
			return nil, fmt.Errorf("more than %d numbers", limit)
		}
		numbers = append(numbers, int64(n))
	}
	return numbers, p.delim(']')
}

func (p parser) string() (string, error) {
	tok, err := p.token()
	if err != nil {
		return "", err
	}
	text, ok := tok.(string)
	if !ok {
		return "", fmt.Errorf("%s where a string should be", kind(tok))
	}
	return text, nil
}

func (p parser) delim(want json.Delim) error {
	tok, err := p.token()
	if err != nil {
		return err
	}
	if tok != want {
		return fmt.Errorf("%s where %v should be", kind(tok), want)
	}
	return nil
}

// token reads the next token. The text ends where it should not if there is none.
func (p parser) token() (json.Token, error) {
	tok, err := p.dec.Token()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the JSON ends too early")
	}
	if err != nil {
		return nil, fmt.Errorf("the JSON is broken near byte %d: %w", p.dec.InputOffset(), err)
	}
	return tok, nil
}

// kind names a token in an error.
func kind(tok json.Token) string {
	switch tok := tok.(type) {
	case json.Delim:
		return tok.String()
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return "a bool"
	}
	return "null"
}
