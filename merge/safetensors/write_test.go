package safetensors

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge/dtype"
)

func TestEncode(t *testing.T) {
	tests := []struct {
		name string
		in   Header
		want string // after the length
	}{
		{"nothing", Header{}, `{}      `},
		{"metadata without a key", Header{Metadata: map[string]string{}}, `{"__metadata__":{}}     `},
		{"metadata first and sorted",
			Header{
				Metadata: map[string]string{"lazymerge": "1", "format": "pt", "a": "\"\\\x00\x1f\x7f\b\f\n\r\t<\u2028é"},
				Tensors:  []Tensor{{"b", dtype.F32, []int64{2, 1}, 0, 8}, {"a", dtype.BF16, nil, 8, 10}, {"c", dtype.I64, []int64{5, 0}, 10, 10}},
			},
			`{"__metadata__":{"a":"\"\\\u0000\u001f` + "\x7f" + `\b\f\n\r\t<` + "\u2028é" + `","format":"pt","lazymerge":"1"},` +
				`"b":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},` +
				`"a":{"dtype":"BF16","shape":[],"data_offsets":[8,10]},` +
				`"c":{"dtype":"I64","shape":[5,0],"data_offsets":[10,10]}}  `},
	}
	for _, tt := range tests {
		out, err := tt.in.Encode()
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := string(out[8:]); got != tt.want {
			t.Errorf("%s: Encode =\n%s|, want\n%s|", tt.name, got, tt.want)
		}
		if len(out)%8 != 0 || out[0] != byte(len(out)-8) || out[1] != byte((len(out)-8)>>8) || out[2] != 0 {
			t.Errorf("%s: %d bytes with the length % x", tt.name, len(out), out[:8])
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	f32 := func(name string, begin, end int64) Tensor {
		return Tensor{name, dtype.F32, []int64{(end - begin) / 4}, begin, end}
	}
	tests := []struct {
		name string
		in   Header
		want string
	}{
		{"a hole", Header{Tensors: []Tensor{f32("a", 0, 4), f32("b", 8, 12)}}, `tensor "b" begins at 8, which leaves a hole after 4`},
		{"an overlap", Header{Tensors: []Tensor{f32("a", 0, 8), f32("b", 4, 12)}}, `tensor "b" begins at 4, before`},
		{"a name twice", Header{Tensors: []Tensor{f32("a", 0, 4), f32("a", 4, 8)}}, `tensor "a" appears twice`},
		{"no name", Header{Tensors: []Tensor{f32("", 0, 4)}}, "without a name"},
		{"the name of the metadata", Header{Tensors: []Tensor{f32("__metadata__", 0, 4)}}, "a tensor named __metadata__"},
		{"a name that is not UTF-8", Header{Tensors: []Tensor{f32("a\xff", 0, 4)}}, "not Unicode"},
		{"no dtype", Header{Tensors: []Tensor{{Name: "a", Shape: []int64{0}}}}, `tensor "a" has no dtype`},
		{"a negative dimension", Header{Tensors: []Tensor{{"a", dtype.U8, []int64{-1, -4}, 0, 4}}}, `tensor "a" has the dimension -1`},
		{"too many dimensions", Header{Tensors: []Tensor{{"a", dtype.U8, make([]int64, 65), 0, 0}}}, `tensor "a" has 65 dimensions`},
		{"a length that does not fit the shape", Header{Tensors: []Tensor{{"a", dtype.U8, []int64{3}, 0, 4}}}, "takes 3 bytes"},
		{"metadata that is not UTF-8", Header{Metadata: map[string]string{"a": "\xff"}}, `key "a" is not Unicode`},
	}
	for _, tt := range tests {
		out, err := tt.in.Encode()
		if out != nil || !errors.Is(err, ErrHeader) || !strings.Contains(fmt.Sprint(err), tt.want) {
			t.Errorf("%s: Encode = %d bytes, %v; want an ErrHeader with %q", tt.name, len(out), err, tt.want)
		}
	}
}

func TestEncodeLimit(t *testing.T) {
	w := Tensor{"w", dtype.U8, []int64{1}, 0, 1}
	tests := []struct {
		name string
		in   Header
		json int // bytes, with the padding
	}{
		{"one tensor", Header{Tensors: []Tensor{w}}, 56},
		{"a long name", Header{Tensors: []Tensor{{strings.Repeat("w", 1000), dtype.U8, []int64{1}, 0, 1}}}, 1056},
		{"a long value", Header{Metadata: map[string]string{"a": strings.Repeat("v", 1000)}}, 1032},
		{"a value that needs no padding", Header{Metadata: map[string]string{"a": strings.Repeat("v", 1007)}}, 1032},
	}
	for _, tt := range tests {
		for limit := tt.json - 60; limit <= tt.json+1; limit++ {
			out, err := tt.in.encode(limit)
			if limit >= tt.json && (err != nil || len(out) != 8+tt.json) {
				t.Errorf("%s: encode(%d) = %d bytes, %v; want %d", tt.name, limit, len(out), err, 8+tt.json)
			}
			if want := fmt.Sprintf("more than %d bytes", limit); limit < tt.json && (out != nil || !errors.Is(err, ErrHeader) || !strings.Contains(err.Error(), want)) {
				t.Errorf("%s: encode(%d) = %d bytes, %v; want an ErrHeader with %q", tt.name, limit, len(out), err, want)
			}
		}
	}
}
