package model

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"math/bits"
	"regexp"
	"sync"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/depot"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/git"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
)

// Parameters is how many values a model has, by dtype.
type Parameters struct {
	Parameters map[string]uint64 `json:"parameters"`
	Total      uint64            `json:"total"`
}

var weightFile = regexp.MustCompile(`^model(-\d{5}-of-\d{5})?\.safetensors$`)

// maxHeader is the longest safetensors header that the official Python client reads, in bytes.
const maxHeader = 25_000_000

var errHeader = errors.New("not a safetensors header")

// Counts remembers what the header of each LFS object said, by sha256. nil is a file that is
// no safetensors.
type Counts struct{ known sync.Map }

// Of counts the parameters of the model files in the root of a commit; nil where there are
// none or one of them cannot be read.
func (k *Counts) Of(r *store.Repo, t *git.Tree) *Parameters {
	sum := Parameters{Parameters: make(map[string]uint64)}
	for _, f := range t.Files {
		if !weightFile.MatchString(f.Path) {
			continue
		}
		known, ok := k.known.Load(f.ContentOID())
		if !ok {
			content, err := r.Content(f)
			if err != nil {
				return nil
			}
			one, _ := countParameters(content) // nil where it is not safetensors
			known, _ = k.known.LoadOrStore(f.ContentOID(), one)
		}
		one := known.(*Parameters)
		if one == nil {
			return nil
		}
		for dtype, n := range one.Parameters {
			sum.Parameters[dtype] += n
		}
		sum.Total += one.Total
	}
	if sum.Total == 0 {
		return nil
	}
	return &sum
}

// countParameters reads the header of a safetensors file.
func countParameters(c depot.Content) (*Parameters, error) {
	r, err := c.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var length [8]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, errHeader
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > maxHeader || int64(n) > c.Size()-int64(len(length)) {
		return nil, errHeader
	}
	header := make([]byte, n)
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, err
	}
	var tensors map[string]json.RawMessage
	if err := json.Unmarshal(header, &tensors); err != nil {
		return nil, errHeader
	}
	sum := &Parameters{Parameters: make(map[string]uint64)}
	for name, raw := range tensors {
		if name == "__metadata__" {
			continue
		}
		var tensor struct {
			DType string   `json:"dtype"`
			Shape []uint64 `json:"shape"`
		}
		if err := json.Unmarshal(raw, &tensor); err != nil || tensor.DType == "" {
			return nil, errHeader
		}
		values := uint64(1)
		for _, n := range tensor.Shape {
			high, low := bits.Mul64(values, n)
			if high != 0 {
				return nil, errHeader
			}
			values = low
		}
		// No file has more values than bits, so the sums stay in range.
		if values > 8*uint64(c.Size())-sum.Total {
			return nil, errHeader
		}
		sum.Parameters[tensor.DType] += values
		sum.Total += values
	}
	return sum, nil
}
