package safetensors

import (
	"encoding/binary"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Encode returns the bytes of a file before its data: 8 of length, then the JSON, padded with
// spaces so that the data starts at a multiple of 8. Metadata comes first, its keys sorted, then the
// tensors as they are listed, written as the reference implementation writes them. Equal headers give
// equal bytes; h.Size is not looked at.
//
// The error is an ErrHeader for what ReadHeader would refuse: tensors that are not end to end, are not
// as long as their shape asks, or share a name.
func (h *Header) Encode() ([]byte, error) { return h.encode(MaxHeader) }

// encode writes at most limit bytes of JSON, and stops before it has written much more.
func (h *Header) encode(limit int) ([]byte, error) {
	if err := check(h.Tensors); err != nil {
		return nil, err
	}
	out := make([]byte, 8, 8+128*(1+len(h.Tensors)))
	out = append(out, '{')
	if h.Metadata != nil {
		out = append(appendString(out, metadataKey), `:{`...)
		for i, key := range slices.Sorted(maps.Keys(h.Metadata)) {
			value := h.Metadata[key]
			if !utf8.ValidString(key) || !utf8.ValidString(value) {
				return nil, headerError("%s: key %s is not Unicode", metadataKey, quote(key))
			}
			if len(out)-8+len(key)+len(value) > limit {
				return nil, tooLong(limit)
			}
			if i > 0 {
				out = append(out, ',')
			}
			out = appendString(append(appendString(out, key), ':'), value)
		}
		out = append(out, '}')
	}
	for i, t := range h.Tensors {
		if len(out)-8+len(t.Name) > limit {
			return nil, tooLong(limit)
		}
		if i > 0 || h.Metadata != nil {
			out = append(out, ',')
		}
		out = append(appendString(out, t.Name), `:{"dtype":"`...)
		out = append(append(out, t.DType.String()...), `","shape":`...)
		out = append(appendIntegers(out, t.Shape...), `,"data_offsets":`...)
		out = append(appendIntegers(out, t.Begin, t.End), '}')
	}
	out = append(out, '}')
	for len(out)%8 != 0 {
		out = append(out, ' ')
	}
	if len(out)-8 > limit {
		return nil, tooLong(limit)
	}
	binary.LittleEndian.PutUint64(out, uint64(len(out)-8))
	return out, nil
}

func tooLong(limit int) error {
	return headerError("the JSON would have more than %d bytes", limit)
}

func appendIntegers(out []byte, numbers ...int64) []byte {
	out = append(out, '[')
	for i, n := range numbers {
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendInt(out, n, 10)
	}
	return append(out, ']')
}

// appendString appends s as JSON the way serde_json does, which escapes only what it must;
// encoding/json also escapes line separators.
func appendString(out []byte, s string) []byte {
	const hex = "0123456789abcdef"
	out = append(out, '"')
	for _, c := range []byte(s) {
		switch {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c >= ' ':
			out = append(out, c)
		case c == '\b':
			out = append(out, `\b`...)
		case c == '\f':
			out = append(out, `\f`...)
		case c == '\n':
			out = append(out, `\n`...)
		case c == '\r':
			out = append(out, `\r`...)
		case c == '\t':
			out = append(out, `\t`...)
		default:
			out = append(out, `\u00`...)
			out = append(out, hex[c>>4], hex[c&15])
		}
	}
	return append(out, '"')
}
