package safetensors

import (
	"errors"
	"fmt"
	"math/bits"

	"github.com/lazymerge/lazymerge/merge/dtype"
)

// ErrHeader is a file that is no safetensors file, or a header that cannot be written as one.
var ErrHeader = errors.New("not a safetensors header")

// A ShortError is an ErrHeader of a file that ends before what it says of itself, as one does whose download broke off.
type ShortError struct{ Size, Want int64 } // bytes that the file has, and the least that it would have

func (e *ShortError) Error() string {
	return fmt.Sprintf("the file has %d bytes, and at least %d by its header", e.Size, e.Want)
}

const (
	// MaxHeader bounds the JSON of a header, in bytes: the limit of the reference implementation.
	MaxHeader = 100_000_000

	// MaxTensors bounds the tensors of a header, and of a model in several files. The largest open models, of 384
	// experts in 61 layers, have 140,000, and a million would take a gigabyte of memory before anything is merged.
	MaxTensors = 200_000

	// maxRank bounds the dimensions of a tensor: the most that numpy and PyTorch's kernels take.
	maxRank = 64

	maxName         = 4096     // bytes of a tensor's name; PyTorch's have about 60
	maxMetadata     = 16 << 20 // bytes of all of "__metadata__"; some trainers put their settings there
	maxMetadataKeys = 10_000

	metadataKey = "__metadata__"
)

// A Header says what a safetensors file holds.
type Header struct {
	Tensors  []Tensor          // in order of offset
	Metadata map[string]string // "__metadata__", for example format: pt; nil if the file has none
	Size     int64             // bytes before the data: 8 and the JSON with its padding
}

// A Tensor is one entry of a header. Its elements are row-major and little endian.
type Tensor struct {
	Name  string
	DType dtype.DType
	Shape []int64 // no dimension is a scalar; a dimension may be 0
	Begin int64   // bytes from the end of the header
	End   int64
}

// DataSize returns the bytes after the header.
func (h *Header) DataSize() int64 {
	if len(h.Tensors) == 0 {
		return 0
	}
	return h.Tensors[len(h.Tensors)-1].End
}

// N returns the number of elements.
func (t Tensor) N() int64 {
	n := int64(1)
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// check tells whether the tensors, in order of offset, lie end to end from 0, each as long as
// its shape and dtype ask, under names that differ.
func check(tensors []Tensor) error {
	if len(tensors) > MaxTensors {
		return headerError("%d tensors, and the limit is %d", len(tensors), MaxTensors)
	}
	seen := make(map[string]struct{}, len(tensors))
	var end int64
	for _, t := range tensors {
		if err := checkName(t.Name); err != nil {
			return err
		}
		if _, ok := seen[t.Name]; ok {
			return headerError("tensor %s appears twice", quote(t.Name))
		}
		seen[t.Name] = struct{}{}

		switch {
		case t.Begin > end:
			return headerError("tensor %s begins at %d, which leaves a hole after %d", quote(t.Name), t.Begin, end)
		case t.Begin < end:
			return headerError("tensor %s begins at %d, before the end of another at %d", quote(t.Name), t.Begin, end)
		case t.End < t.Begin:
			return headerError("tensor %s ends at %d, before it begins at %d", quote(t.Name), t.End, t.Begin)
		}
		want, err := t.size()
		if err != nil {
			return err
		}
		if want != t.End-t.Begin {
			return headerError("tensor %s: %v %v takes %d bytes, its offsets %d to %d have %d",
				quote(t.Name), t.DType, t.Shape, want, t.Begin, t.End, t.End-t.Begin)
		}
		end = t.End
	}
	return nil
}

// size returns the bytes that t's shape and dtype ask for.
func (t Tensor) size() (int64, error) {
	if t.DType == dtype.Invalid {
		return 0, headerError("tensor %s has no dtype", quote(t.Name))
	}
	if len(t.Shape) > maxRank {
		return 0, headerError("tensor %s has %d dimensions, more than %d", quote(t.Name), len(t.Shape), maxRank)
	}
	size := uint64(t.DType.Size())
	for _, d := range t.Shape {
		if d < 0 {
			return 0, headerError("tensor %s has the dimension %d", quote(t.Name), d)
		}
		hi, lo := bits.Mul64(size, uint64(d))
		if hi != 0 || lo > 1<<63-1 {
			return 0, headerError("tensor %s: %v %v is too large", quote(t.Name), t.DType, t.Shape)
		}
		size = lo
	}
	return int64(size), nil
}

func headerError(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrHeader, fmt.Errorf(format, args...))
}

// quote shows a name from outside in an error: escaped, and cut where it is very long.
func quote(name string) string { return fmt.Sprintf("%.200q", name) }
