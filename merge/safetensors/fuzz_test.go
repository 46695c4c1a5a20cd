package safetensors

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func FuzzReadHeader(f *testing.F) {
	names, err := filepath.Glob("testdata/*.safetensors")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add(file(`{}`, 0))
	f.Add(file(`{"w":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},"__metadata__":{"a":"\u2028"}}`, 4))
	f.Add(file(`{"b":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}`, 1))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := read(text)
		if err != nil {
			if h != nil || !errors.Is(err, ErrHeader) {
				t.Fatalf("ReadHeader = %v, %v; want nil and an ErrHeader", h, err)
			}
			return
		}
		// The tensors are the data, each byte once.
		at := h.Size
		for _, tensor := range h.Tensors {
			if h.Size+tensor.Begin != at || tensor.End-tensor.Begin != tensor.N()*tensor.DType.Size() {
				t.Fatalf("tensor %+v does not follow byte %d", tensor, at)
			}
			at = h.Size + tensor.End
		}
		if at != int64(len(text)) {
			t.Fatalf("the tensors end at %d of %d", at, len(text))
		}

		out, err := h.Encode()
		if err != nil {
			t.Fatalf("Encode of %+v: %v", h, err)
		}
		again, err := read(append(out, text[h.Size:]...))
		if err != nil {
			t.Fatalf("reading what was written, %s: %v", out, err)
		}
		if again.Size%8 != 0 || !reflect.DeepEqual(again.Tensors, h.Tensors) || !reflect.DeepEqual(again.Metadata, h.Metadata) {
			t.Fatalf("read again = %+v, want %+v", again, h)
		}
		if twice, _ := again.Encode(); !bytes.Equal(twice, out) {
			t.Fatalf("written twice = %s, want %s", twice, out)
		}
	})
}

func FuzzReadIndex(f *testing.F) {
	names, err := filepath.Glob("testdata/*.index.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"metadata":{"total_size":1.5e9,"x":[{"a":null}]},"weight_map":{"w":"a.bin"},"other":[[]]}`))
	f.Add([]byte(`{"weight_map":{"w":"..\\a"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		ix, err := ReadIndex(text)
		if err != nil {
			if ix != nil || !errors.Is(err, ErrIndex) {
				t.Fatalf("ReadIndex = %v, %v; want nil and an ErrIndex", ix, err)
			}
			return
		}
		for _, name := range ix.Files() {
			if !filepath.IsLocal(name) || filepath.Base(name) != name {
				t.Fatalf("the file %q is not in the index's folder", name)
			}
		}
		out := ix.Encode()
		again, err := ReadIndex(out)
		if err != nil {
			t.Fatalf("reading what was written, %s: %v", out, err)
		}
		if !reflect.DeepEqual(again.WeightMap, ix.WeightMap) || len(again.Metadata) != len(ix.Metadata) {
			t.Fatalf("read again = %v, want %v", again, ix)
		}
		for key, value := range ix.Metadata {
			var compact bytes.Buffer
			if err := json.Compact(&compact, value); err != nil || compact.String() != string(again.Metadata[key]) {
				t.Fatalf("metadata %q = %s, want %s, %v", key, again.Metadata[key], value, err)
			}
		}
		if twice := again.Encode(); !bytes.Equal(twice, out) {
			t.Fatalf("written twice = %s, want %s", twice, out)
		}
	})
}
