package safetensors

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
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
// comes twice. Keys that the format does not know are passed over. The error is an ErrHeader that names the
// tensor, and a *[ShortError] where the file ends too early, or it wraps the error of r.
func ReadHeader(r io.ReaderAt, size int64) (*Header, error) { return new(Budget).ReadHeader(r, size) }

// ReadHeader is the function ReadHeader for one file of several. What it takes from the budget it does not give back.
func (b *Budget) ReadHeader(r io.ReaderAt, size int64) (*Header, error) {
	if size < 8 {
		return nil, headerError("%w", &ShortError{size, 8})
	}
	buf := make([]byte, min(size, firstRead))
	if err := readAt(r, buf, 0); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint64(buf)
	if length > MaxHeader {
		return nil, headerError("the length of the header is given as %d bytes, and the limit is %d", length, MaxHeader)
	}
	if int64(length) > size-8 {
		return nil, headerError("%w", &ShortError{size, 8 + int64(length)})
	}
	if err := b.header(int64(length)); err != nil {
		return nil, err
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

	h, err := parseHeader(buf[8:end], b)
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
func parseHeader(text []byte, b *Budget) (*Header, error) {
	if len(text) == 0 || text[0] != '{' {
		return nil, headerError("the JSON does not begin with {")
	}
	p, err := newParser(text)
	if err != nil {
		return nil, asHeaderError(err)
	}
	h := new(Header)
	seen := false
	err = p.object(func(key string) error {
		if key == metadataKey {
			if seen {
				return fmt.Errorf("%s appears twice", metadataKey)
			}
			seen = true
			return p.metadata(h)
		}
		if err := checkName(key); err != nil {
			return err
		}
		if err := b.tensor(); err != nil {
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
	return h, nil
}

func asHeaderError(err error) error {
	if errors.Is(err, ErrHeader) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrHeader, err)
}

// checkName refuses the names that no writer gives a tensor.
func checkName(name string) error {
	switch {
	case name == "":
		return headerError("a tensor without a name")
	case name == metadataKey:
		return headerError("a tensor named %s", metadataKey)
	case !utf8.ValidString(name):
		return headerError("tensor %s: the name is not Unicode", quote(name))
	case len(name) > maxName:
		return headerError("tensor %s: the name has %d bytes, and the limit is %d", quote(name), len(name), maxName)
	}
	return nil
}

// tensor reads one entry. Keys that the format does not know are passed over, as the reference implementation does.
func (p *parser) tensor(name string) (Tensor, error) {
	t := Tensor{Name: name}
	var seen [3]bool
	err := p.object(func(key string) error {
		field := slices.Index([]string{"dtype", "shape", "data_offsets"}, key)
		if field < 0 {
			p.skip()
			return nil
		}
		if seen[field] {
			return fmt.Errorf("%s appears twice", key)
		}
		seen[field] = true
		switch field {
		case 0:
			text, err := p.string(maxName)
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

// metadata reads __metadata__. null is as good as none.
func (p *parser) metadata(h *Header) error {
	if p.kind() == "null" {
		p.skip()
		return nil
	}
	h.Metadata = map[string]string{}
	size := 0
	err := p.object(func(key string) error {
		if _, ok := h.Metadata[key]; ok {
			return fmt.Errorf("key %s appears twice", quote(key))
		}
		text, err := p.string(maxMetadata)
		if err != nil {
			return fmt.Errorf("key %s: %w", quote(key), err)
		}
		h.Metadata[key] = text
		if size += len(key) + len(text); size > maxMetadata || len(h.Metadata) > maxMetadataKeys {
			return fmt.Errorf("more than %d keys or %d bytes", maxMetadataKeys, maxMetadata)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", metadataKey, err)
	}
	return nil
}
