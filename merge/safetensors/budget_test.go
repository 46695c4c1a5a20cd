package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"
)

// TestBudget: the files of one model share its bounds, and a header beyond them is not read.
func TestBudget(t *testing.T) {
	part := func(n int) []byte {
		var text strings.Builder
		for i := range n {
			fmt.Fprintf(&text, `,"%x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`, i)
		}
		return file("{"+text.String()[1:]+"}", 0)
	}
	var b Budget
	for _, tt := range []struct {
		tensors int
		want    string // "" for none
	}{{MaxTensors - 1, ""}, {1, ""}, {1, "more than 200000 tensors, the limit for a model"}} {
		text := part(tt.tensors)
		h, err := b.ReadHeader(bytes.NewReader(text), int64(len(text)))
		if got := fmt.Sprint(err); err != nil != (tt.want != "") || !strings.Contains(got, tt.want) && tt.want != "" || err == nil && len(h.Tensors) != tt.tensors {
			t.Errorf("%d tensors more: %v, want %q", tt.tensors, err, tt.want)
		}
	}

	b = Budget{}
	read := int64(0)
	huge := readerFunc(func(p []byte, off int64) (int, error) {
		read += int64(len(p))
		clear(p)
		if off == 0 {
			binary.LittleEndian.PutUint64(p, 60_000_000)
		}
		return len(p), nil
	})
	for i, want := range []string{"does not begin with {", "the headers of this model have more than 100000000 bytes"} {
		read = 0
		if _, err := b.ReadHeader(huge, 1<<40); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("file %d: %v, want %q", i+1, err, want)
		}
	}
	if read > firstRead {
		t.Errorf("%d bytes were read of a header beyond the budget", read)
	}
}

type readerFunc func(p []byte, off int64) (int, error)

func (f readerFunc) ReadAt(p []byte, off int64) (int, error) { return f(p, off) }

var _ io.ReaderAt = readerFunc(nil)
