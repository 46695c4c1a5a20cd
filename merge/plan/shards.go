package plan

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/lazymerge/lazymerge/merge/safetensors"
)

// Index is the name of the file that maps tensors to shards; a result of one shard has none.
const Index = indexFile

// layOut cuts the outputs into shards as mergekit does: a shard is closed before the output
// that would take it over limit, and one larger than the limit has one to itself. A
// negative limit means one shard. Sizes count tensor bytes, not the header.
func (p *Plan) layOut(limit int64) error {
	var ends []int
	var sum int64
	start := 0
	for i := range p.Outputs {
		size := p.Outputs[i].bytes()
		if i > start && limit > 0 && sum+size > limit {
			ends = append(ends, i)
			start, sum = i, 0
		}
		sum += size
	}
	ends = append(ends, len(p.Outputs))
	first := 0
	for n, end := range ends {
		name := singleFile
		if len(ends) > 1 {
			name = fmt.Sprintf("model-%05d-of-%05d.safetensors", n+1, len(ends))
		}
		align(p.Outputs[first:end])
		s := Shard{Name: name, First: first, End: end}
		h := safetensors.Header{Metadata: map[string]string{"format": "pt"}}
		var at int64
		for i := first; i < end; i++ {
			at = p.Outputs[i].place(n, at)
			for _, t := range p.Outputs[i].Tensors {
				h.Tensors = append(h.Tensors, safetensors.Tensor{Name: t.Name, DType: t.DType, Shape: t.Shape, Begin: t.Begin, End: t.End})
			}
		}
		var err error
		if s.Header, err = h.Encode(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		s.Size = int64(len(s.Header)) + at
		p.Shards = append(p.Shards, s)
		first = end
	}
	return nil
}

// align puts wider elements first where the tensors of a shard would otherwise start at an
// address that is no multiple of their element size, as readers map them in place. In every
// other shard the order stays. The tensors of one output stay together in theirs.
func align(outputs []Output) {
	var at int64
	for i := range outputs {
		for _, t := range outputs[i].Tensors {
			if at%t.DType.Size() != 0 {
				slices.SortStableFunc(outputs, func(a, b Output) int { return -cmp.Compare(a.Tensors[0].DType.Size(), b.Tensors[0].DType.Size()) })
				return
			}
			at += t.bytes()
		}
	}
}

// IndexFile returns model.safetensors.index.json, or nil for a result of one shard.
func (p *Plan) IndexFile() []byte {
	if len(p.Shards) < 2 {
		return nil
	}
	ix := safetensors.Index{WeightMap: map[string]string{}, Metadata: map[string]json.RawMessage{}}
	var total int64
	for t := range p.Tensors() {
		ix.WeightMap[t.Name] = p.Shards[t.Shard].Name
		total += t.bytes()
	}
	ix.Metadata["total_size"] = json.RawMessage(fmt.Sprint(total))
	ix.Metadata["total_parameters"] = json.RawMessage(fmt.Sprint(p.Params))
	ix.Metadata["lazymerge_numeric_version"] = json.RawMessage(fmt.Sprint(p.Numeric))
	return ix.Encode()
}
