package plan

import (
	"encoding/binary"
	"io"
	"strings"

	"github.com/lazymerge/lazymerge/merge/safetensors"
)

// A format is a way in which files store weights. It is read from a header at the start of a file, in few requests.
type format struct {
	suffix string // of the names of its files

	// read returns the tensors of a file: names, types, shapes, and where their bytes are, from the start of the file. It takes what it
	// keeps in memory from budget, whatever the file claims.
	read func(r io.ReaderAt, size int64, budget *safetensors.Budget) ([]Stored, error)

	// header is how many bytes of a file its header has, or may have where it is not one.
	header func(r io.ReaderAt, size int64) int64
}

// formats are all that can be read.
var formats = []format{
	{".safetensors", readSafetensors, safetensorsHeader},
}

// formatOf is the format of a file by its name; nil for one that holds no weights.
func formatOf(name string) *format {
	for i := range formats {
		if strings.HasSuffix(name, formats[i].suffix) {
			return &formats[i]
		}
	}
	return nil
}

// HoldsWeights tells whether a file of this name, in any folder, is read for weights.
func HoldsWeights(name string) bool { return formatOf(name) != nil }

func readSafetensors(r io.ReaderAt, size int64, budget *safetensors.Budget) ([]Stored, error) {
	h, err := budget.ReadHeader(r, size)
	if err != nil {
		return nil, err
	}
	tensors := make([]Stored, len(h.Tensors))
	for i, t := range h.Tensors {
		tensors[i] = Stored{Name: t.Name, DType: t.DType, Shape: t.Shape, Begin: h.Size + t.Begin, End: h.Size + t.End}
	}
	return tensors, nil
}

// safetensorsHeader counts the length that a file states, up to what a header may have.
func safetensorsHeader(r io.ReaderAt, size int64) int64 {
	var length [8]byte
	if _, err := r.ReadAt(length[:], 0); err != nil {
		return min(size, int64(len(length)))
	}
	n := binary.LittleEndian.Uint64(length[:])
	return min(size, int64(len(length))+int64(min(n, safetensors.MaxHeader)))
}
