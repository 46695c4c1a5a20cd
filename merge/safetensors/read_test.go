package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge/dtype"
)

// file returns a file with the given JSON and n bytes of data.
func file(json string, n int) []byte {
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(json)))
	return append(append(out, json...), make([]byte, n)...)
}

func read(file []byte) (*Header, error) {
	return ReadHeader(bytes.NewReader(file), int64(len(file)))
}

func TestReadHeader(t *testing.T) {
	tests := []struct {
		name string
		json string
		data int
		want Header
	}{
		{"one tensor",
			`{"w":{"dtype":"BF16","shape":[2,3],"data_offsets":[0,12]}}`, 12,
			Header{Tensors: []Tensor{{"w", dtype.BF16, []int64{2, 3}, 0, 12}}}},
		{"the order is that of the offsets, not of the text",
			`{"b":{"dtype":"U8","shape":[1],"data_offsets":[4,5]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 5,
			Header{Tensors: []Tensor{{"a", dtype.F32, []int64{1}, 0, 4}, {"b", dtype.U8, []int64{1}, 4, 5}}}},
		{"the keys of a tensor in any order, metadata last",
			`{"a":{"data_offsets":[0,4],"shape":[1],"dtype":"F32"},"__metadata__":{"format":"pt","":""}}`, 4,
			Header{Tensors: []Tensor{{"a", dtype.F32, []int64{1}, 0, 4}}, Metadata: map[string]string{"format": "pt", "": ""}}},
		{"a scalar has no dimension and one element",
			`{"a":{"dtype":"F64","shape":[],"data_offsets":[0,8]}}`, 8,
			Header{Tensors: []Tensor{{"a", dtype.F64, []int64{}, 0, 8}}}},
		{"tensors without elements keep their order at one offset",
			`{"c":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"I64","shape":[3,0],"data_offsets":[0,0]}}`, 2,
			Header{Tensors: []Tensor{{"b", dtype.F32, []int64{0}, 0, 0}, {"a", dtype.I64, []int64{3, 0}, 0, 0}, {"c", dtype.U8, []int64{2}, 0, 2}}}},
		{"an empty file", `{}`, 0, Header{}},
		{"spaces between and after",
			`{ "a" : { "dtype" : "U8" , "shape" : [ 1 ] , "data_offsets" : [ 0 , 1 ] } }      `, 1,
			Header{Tensors: []Tensor{{"a", dtype.U8, []int64{1}, 0, 1}}}},
		{"metadata that is null", `{"__metadata__":null}`, 0, Header{}},
		{"white space behind", "{}\r\n\t ", 0, Header{}},
		{"keys that nobody knows", `{"w":{"dtype":"U8","x":null,"shape":[1],"y":{"a":[{"b":"]}\\\""}]},"data_offsets":[0,1],"y":-1.5e3}}`, 1,
			Header{Tensors: []Tensor{{"w", dtype.U8, []int64{1}, 0, 1}}}},
		{"a replacement character", `{"\ufffd�":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1,
			Header{Tensors: []Tensor{{"��", dtype.U8, []int64{1}, 0, 1}}}},
		{"escapes in a name",
			`{"\u00e9\n\ud83d\ude00":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1,
			Header{Tensors: []Tensor{{"é\n😀", dtype.U8, []int64{1}, 0, 1}}}},
	}
	for _, tt := range tests {
		got, err := read(file(tt.json, tt.data))
		tt.want.Size = int64(8 + len(tt.json))
		if err != nil || !reflect.DeepEqual(got, &tt.want) {
			t.Errorf("%s: ReadHeader = %+v, %v, want %+v", tt.name, got, err, tt.want)
		}
		if err == nil && got.DataSize() != int64(tt.data) {
			t.Errorf("%s: DataSize = %d, want %d", tt.name, got.DataSize(), tt.data)
		}
	}
}

func TestReadHeaderRefuses(t *testing.T) {
	tensor := func(fields string) string { return `{"w":{` + fields + `}}` }
	tests := []struct {
		name string
		json string
		data int
		want string
	}{
		{"nothing", ``, 0, "does not begin with {"},
		{"no object", `[]`, 0, "does not begin with {"},
		{"a space before the object", ` {}`, 0, "does not begin with {"},
		{"a text that ends too early", `{"w":{"dtype":`, 0, "ends too early"},
		{"a string without an end", `{"w`, 0, "JSON"},
		{"a missing comma", `{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]} "b":{}}`, 0, "broken near byte"},
		{"a comma too many", `{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},}`, 0, "broken near byte"},
		{"a comma too many in a list", tensor(`"dtype":"U8","shape":[0,],"data_offsets":[0,0]`), 0, "broken near byte"},
		{"no UTF-8", "{\"\xff\":1}", 0, "not UTF-8"},
		{"something behind the object", `{}x`, 0, "broken near byte 3"},
		{"a zero behind the object", "{}  \x00 ", 0, "broken near byte 5"},
		{"a second object", `{}{}`, 0, "broken near byte 3"},

		{"a hole before the first", tensor(`"dtype":"U8","shape":[1],"data_offsets":[1,2]`), 2, `tensor "w" begins at 1, which leaves a hole after 0`},
		{"an overlap", `{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}`, 6, `tensor "b" begins at 2, before the end of another at 4`},
		{"the same bytes twice", `{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}`, 4, `tensor "b" begins at 0`},
		{"an empty tensor inside another", `{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}}`, 4, `tensor "b" begins at 2, before`},
		{"an end before the begin", `{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}`, 4, `tensor "b" ends at 0, before it begins at 4`},
		{"a shape that asks for more", tensor(`"dtype":"F32","shape":[2,2],"data_offsets":[0,8]`), 8, `tensor "w": F32 [2 2] takes 16 bytes, its offsets 0 to 8 have 8`},
		{"data behind the last tensor", tensor(`"dtype":"U8","shape":[1],"data_offsets":[0,1]`), 2, "describes a file of "},
		{"data that ends too early", tensor(`"dtype":"U8","shape":[2],"data_offsets":[0,2]`), 1, "the file has 62 bytes, and at least 63 by its header"},
		{"data without a tensor", `{}`, 1, "describes a file of 10 bytes, and this one has 11"},

		{"a size that overflows", tensor(`"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,0]`), 0, `tensor "w": F64 [4294967296 4294967296] is too large`},
		{"a size that overflows only by its elements' size", tensor(`"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]`), 0, "is too large"},
		{"a size that overflows before a zero", tensor(`"dtype":"F32","shape":[9223372036854775807,4,0],"data_offsets":[0,0]`), 0, "is too large"},
		{"offsets at the end of the numbers", tensor(`"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]`), 0, "at least 9223372036854775807 by its header"},
		{"an offset beyond the numbers", tensor(`"dtype":"U8","shape":[1],"data_offsets":[0,9223372036854775808]`), 1, "data_offsets: 9223372036854775808 is not a whole number"},
		{"a negative offset", tensor(`"dtype":"U8","shape":[1],"data_offsets":[-1,0]`), 1, "data_offsets: -1 is not a whole number"},
		{"a fraction", tensor(`"dtype":"U8","shape":[1.0],"data_offsets":[0,1]`), 1, "shape: 1.0 is not a whole number"},
		{"an exponent", tensor(`"dtype":"U8","shape":[1e0],"data_offsets":[0,1]`), 1, "shape: 1e0 is not a whole number"},
		{"minus zero", tensor(`"dtype":"U8","shape":[-0],"data_offsets":[0,0]`), 0, "shape: -0 is not a whole number"},
		{"a number as text", tensor(`"dtype":"U8","shape":["1"],"data_offsets":[0,1]`), 1, "shape: a string where a number should be"},
		{"a list in the shape", tensor(`"dtype":"U8","shape":[[1]],"data_offsets":[0,1]`), 1, "shape: [ where a number should be"},
		{"a shape that is a number", tensor(`"dtype":"U8","shape":1,"data_offsets":[0,1]`), 1, "shape: a number where [ should be"},
		{"a shape that is null", tensor(`"dtype":"U8","shape":null,"data_offsets":[0,1]`), 1, "shape: null where [ should be"},
		{"too many dimensions", tensor(`"dtype":"U8","shape":[1` + strings.Repeat(",1", 64) + `],"data_offsets":[0,1]`), 1, "shape: more than 64 numbers"},
		{"one offset", tensor(`"dtype":"U8","shape":[1],"data_offsets":[1]`), 1, "data_offsets: 1 numbers, want 2"},
		{"three offsets", tensor(`"dtype":"U8","shape":[1],"data_offsets":[0,1,1]`), 1, "data_offsets: more than 2 numbers"},

		{"an unknown dtype", tensor(`"dtype":"F16B","shape":[1],"data_offsets":[0,2]`), 2, `tensor "w": unknown dtype "F16B"`},
		{"a dtype in lower case", tensor(`"dtype":"bf16","shape":[1],"data_offsets":[0,2]`), 2, `tensor "w": unknown dtype "bf16"`},
		{"a dtype below a byte", tensor(`"dtype":"F4","shape":[2],"data_offsets":[0,1]`), 1, `tensor "w": dtype F4 is not supported: its elements are smaller than a byte`},
		{"a dtype of quantized scales", tensor(`"dtype":"F8_E8M0","shape":[1],"data_offsets":[0,1]`), 1, `tensor "w": dtype F8_E8M0 is not supported`},
		{"a name of 4097 bytes", `{"` + strings.Repeat("w", 4097) + `":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`, 0, "has 4097 bytes, and the limit is 4096"},
		{"metadata of 17 MB", `{"__metadata__":{"a":"` + strings.Repeat("w", 17_000_000) + `"}}`, 0, `has 17000000 bytes, and the limit is 16777216`},
		{"metadata of 17 MB in two", `{"__metadata__":{"a":"` + strings.Repeat("w", 8_500_000) + `","b":"` + strings.Repeat("w", 8_500_000) + `"}}`, 0, `__metadata__: more than 10000 keys or 16777216 bytes`},
		{"a dtype that is a number", tensor(`"dtype":8,"shape":[1],"data_offsets":[0,1]`), 1, `tensor "w": dtype: a number where a string should be`},

		{"no dtype", tensor(`"shape":[1],"data_offsets":[0,1]`), 1, `tensor "w": dtype, shape and data_offsets are not all there`},
		{"an empty tensor entry", tensor(``), 0, "not all there"},
		{"a key twice", tensor(`"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]`), 1, `tensor "w": dtype appears twice`},
		{"a tensor that is a list", `{"w":[]}`, 0, `tensor "w": [ where { should be`},
		{"a tensor that is true", `{"w":true}`, 0, `tensor "w": a bool where { should be`},
		{"a tensor twice", `{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"w":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2, `tensor "w" appears twice`},
		{"a tensor twice, once escaped", `{"w":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\u0077":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`, 0, `tensor "w" appears twice`},
		{"a tensor without a name", `{"":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`, 0, "a tensor without a name"},
		{"a name with half a surrogate pair", `{"\ud800":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`, 0, "is not Unicode"},
		{"an object as key", `{{}:1}`, 0, "JSON"},

		{"metadata twice", `{"__metadata__":{},"__metadata__":{}}`, 0, "__metadata__ appears twice"},
		{"metadata that is a list", `{"__metadata__":[]}`, 0, "__metadata__: [ where { should be"},
		{"metadata that is null, then an object", `{"__metadata__":null,"__metadata__":{}}`, 0, "__metadata__ appears twice"},
		{"metadata with a number", `{"__metadata__":{"total":1}}`, 0, `__metadata__: key "total": a number where a string should be`},
		{"a key of metadata twice", `{"__metadata__":{"a":"","a":""}}`, 0, `__metadata__: key "a" appears twice`},
	}
	for _, tt := range tests {
		got, err := read(file(tt.json, tt.data))
		if got != nil || !errors.Is(err, ErrHeader) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: ReadHeader = %v, %v; want an ErrHeader with %q", tt.name, got, err, tt.want)
		}
		if err != nil && strings.Count(err.Error(), ErrHeader.Error()) != 1 {
			t.Errorf("%s: ReadHeader says %q", tt.name, err)
		}
	}
}

// A log records the reads of a file whose bytes beyond text are zero.
type log struct {
	text  []byte
	reads []string
	end   func(p []byte, off int64) (int, error) // instead of a read, if not nil
}

func (l *log) ReadAt(p []byte, off int64) (int, error) {
	l.reads = append(l.reads, fmt.Sprintf("%d+%d", off, len(p)))
	if l.end != nil {
		return l.end(p, off)
	}
	clear(p)
	if off < int64(len(l.text)) {
		copy(p, l.text[off:])
	}
	return len(p), nil
}

// TestReads: a short header takes one read, a longer one takes a second for what is missing, and a
// length that cannot be costs neither a second read nor memory.
func TestReads(t *testing.T) {
	long := `{"w":{"dtype":"U8","shape":[10],"data_offsets":[0,10]}}` + strings.Repeat(" ", 200_001-55)
	exact := `{"w":{"dtype":"U8","shape":[10],"data_offsets":[0,10]}}` + strings.Repeat(" ", 128<<10-8-55)
	short := `{"w":{"dtype":"U8","shape":[1000000],"data_offsets":[0,1000000]}}`
	length := func(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }
	tests := []struct {
		name string
		file []byte
		size int64
		want string // the reads
		err  string
	}{
		{"a whole small file", file(`{}`, 0), 10, "[0+10]", ""},
		{"a short header of a large file", file(short, 0), int64(8 + len(short) + 1000000), "[0+131072]", ""},
		{"a header that ends with the first read", file(exact, 0), int64(8 + len(exact) + 10), "[0+131072]", ""},
		{"a long header", file(long, 0), int64(8 + len(long) + 10), "[0+131072 131072+68937]", ""},
		{"a length of 2^63", length(1 << 63), 1 << 40, "[0+131072]", "given as 9223372036854775808 bytes"},
		{"a length of 2^64-1", length(1<<64 - 1), 1 << 40, "[0+131072]", "given as 18446744073709551615 bytes"},
		{"a length above the limit", length(MaxHeader + 1), 1 << 40, "[0+131072]", "the limit is 100000000"},
		{"a length beyond the file", length(1 << 20), 1 << 20, "[0+131072]", "the file has 1048576"},
		{"a length one beyond the file", length(3), 10, "[0+10]", "the file has 10"},
		{"a file of 7 bytes", length(0), 7, "[]", "the file has 7 bytes"},
		{"a negative size", length(0), -1, "[]", "the file has -1 bytes"},
	}
	for _, tt := range tests {
		l := &log{text: tt.file}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := ReadHeader(l, tt.size)
		runtime.ReadMemStats(&after)
		if fmt.Sprint(l.reads) != tt.want {
			t.Errorf("%s: reads %v, want %v", tt.name, l.reads, tt.want)
		}
		if (err == nil) != (tt.err == "") || err != nil && (!errors.Is(err, ErrHeader) || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.err)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
			t.Errorf("%s: %d bytes allocated", tt.name, n)
		}
	}
}

func TestReadErrors(t *testing.T) {
	down := errors.New("connection reset")
	long := file(`{}`+strings.Repeat(" ", 200_000), 0)
	tests := []struct {
		name   string
		end    func(p []byte, off int64) (int, error)
		is     error
		header bool // the file is to blame, not the reader
	}{
		{"a reader that fails", func(p []byte, _ int64) (int, error) { return 0, down }, down, false},
		{"a reader that fails on the rest", func(p []byte, off int64) (int, error) {
			if off > 0 {
				return 5, down
			}
			return copy(p, long), nil
		}, down, false},
		{"a file shorter than its size", func(p []byte, _ int64) (int, error) { return copy(p, long[:20]), io.EOF }, ErrHeader, true},
		{"a reader that stops without an error", func(p []byte, _ int64) (int, error) { return 3, nil }, ErrHeader, true},
		{"a rest that is short", func(p []byte, off int64) (int, error) {
			if off > 0 {
				return 5, io.EOF
			}
			return copy(p, long), nil
		}, ErrHeader, true},
	}
	for _, tt := range tests {
		h, err := ReadHeader(&log{end: tt.end}, int64(len(long)))
		if h != nil || !errors.Is(err, tt.is) || errors.Is(err, ErrHeader) != tt.header {
			t.Errorf("%s: ReadHeader = %v, %v", tt.name, h, err)
		}
	}
	// All the bytes together with io.EOF are no error.
	whole := &log{end: func(p []byte, off int64) (int, error) { return copy(p, long[off:]), io.EOF }}
	if _, err := ReadHeader(whole, int64(len(long))); err != nil {
		t.Errorf("a reader that returns io.EOF with its last bytes: %v", err)
	}
}

// TestHostileHeaders: what a header makes us allocate, all in all, stays near what it weighs: little more than itself
// where it is refused.
func TestHostileHeaders(t *testing.T) {
	const n = 1 << 20
	empty := `":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`
	var many strings.Builder
	for i := 0; many.Len() < n; i++ {
		fmt.Fprintf(&many, `,"%x%s`, i, empty)
	}
	tooMany := strings.Repeat(`,"w`+empty, MaxTensors+1)
	tests := []struct {
		name string
		json string
		ok   bool
	}{
		{"more tensors than a model may have", "{" + tooMany[1:] + "}", false},
		{"long metadata", `{"__metadata__":{"a":"` + strings.Repeat("w", 17*n) + `"}}`, false},
		{"much metadata", `{"__metadata__":{` + strings.Repeat(`"a":"",`, n) + `"b":""}}`, false},
		{"a key that nobody knows", `{"w":{"x":[` + strings.Repeat(`[{}],`, n) + `1]}}`, false},
		{"deep lists", `{"w":` + strings.Repeat("[", n), false},
		{"deep objects", strings.Repeat(`{"w":`, n/5), false},
		{"a very long shape", `{"w":{"shape":[` + strings.Repeat("1,", n/2), false},
		{"a very long number", `{"w":{"shape":[` + strings.Repeat("1", n) + `]}}`, false},
		{"a very long name", `{"` + strings.Repeat("w", n) + `":1}`, false},
		{"a very long dtype", `{"w":{"dtype":"` + strings.Repeat("w", n) + `"}}`, false},
		{"a name of escapes", `{"` + strings.Repeat(`\u0001`, n/6) + `":1}`, false},
		{"many tensors", "{" + many.String()[1:] + "}", true},
	}
	for _, tt := range tests {
		text := file(tt.json, 0)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := read(text)
		runtime.ReadMemStats(&after)
		if (err == nil) != tt.ok || err != nil && len(err.Error()) > 2000 {
			t.Errorf("%s: error %.200v of %d bytes", tt.name, err, len(fmt.Sprint(err)))
		}
		most := 1.5
		if tt.ok || len(tt.json) == len(tooMany)+1 {
			most = 12 // the tensors up to the limit; the race detector takes a tenth of it
		}
		if times := float64(after.TotalAlloc-before.TotalAlloc) / float64(len(text)); times > most {
			t.Errorf("%s: %.1f bytes allocated for each of the header, want at most %.1f", tt.name, times, most)
		}
	}
}

// TestRealFiles reads what the reference writer wrote, and writes the same bytes.
func TestRealFiles(t *testing.T) {
	names, err := filepath.Glob("testdata/*.safetensors")
	if err != nil || len(names) != 3 {
		t.Fatalf("testdata has %v, %v", names, err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		h, err := read(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		out, err := h.Encode()
		if err != nil || !bytes.Equal(out, text[:h.Size]) {
			t.Errorf("%s: written again:\n%s, %v\nwant\n%s", name, out, err, text[:h.Size])
		}
	}
	f, err := os.Open("testdata/transformers.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h, err := ReadHeader(f, 8208)
	if err != nil {
		t.Fatal(err)
	}
	last := h.Tensors[len(h.Tensors)-1]
	if h.Size != 496 || h.Metadata["format"] != "pt" || last.DType != dtype.F16 || last.End != 8208-496 || last.N()*2 != last.End-last.Begin {
		t.Errorf("transformers.safetensors has size %d, metadata %v, last tensor %+v", h.Size, h.Metadata, last)
	}
}
