package safetensors

import "sync/atomic"

// A Budget bounds the headers of one model: together they have at most MaxHeader bytes and MaxTensors tensors, so that a
// model of many files cannot take more memory than one file could. The zero value is a whole budget, safe for
// concurrent use.
type Budget struct{ bytes, tensors atomic.Int64 }

// header takes the bytes of a header before they are read.
func (b *Budget) header(n int64) error {
	if all := b.bytes.Add(n); all > MaxHeader {
		return headerError("the headers of this model have more than %d bytes, which is the limit", MaxHeader)
	}
	return nil
}

// tensor takes a tensor before it is read.
func (b *Budget) tensor() error {
	if b.tensors.Add(1) > MaxTensors {
		return headerError("more than %d tensors, the limit for a model", MaxTensors)
	}
	return nil
}
