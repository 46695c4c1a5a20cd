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
	ends := p.cuts(limit)
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

// cuts are the outputs that the shards end before.
func (p *Plan) cuts(limit int64) []int {
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
	return append(ends, len(p.Outputs))
}

// Shards have one of these sizes where nobody asks for another.
const (
	oneShard   = 1_000_000_000 // a result of so many bytes has one
	leastShard = 200_000_000
	mostShard  = 5_000_000_000 // mergekit's
	shardStep  = 10_000_000    // sizes are multiples of it
	usualCount = 20
	mostShards = 96 // of several hundred files a Hub's page of a repo shows a part
)

// usualShardSize follows from the result alone, so that a plan is the same on every machine: one shard for a small model, else
// about a twentieth of it, so that of a push little is left to upload when the last tensor is merged, and little room is needed for
// shards that wait. -1 means one shard.
func (p *Plan) usualShardSize() int64 {
	var all int64
	for i := range p.Outputs {
		all += p.Outputs[i].bytes()
	}
	if all <= oneShard {
		return -1
	}
	size := min(max(roundUp(all/usualCount, shardStep), leastShard), mostShard)
	for count := len(p.cuts(size)); count > mostShards; count = len(p.cuts(size)) {
		larger := roundUp(max(size+shardStep, all/mostShards), shardStep)
		if larger > all {
			break
		}
		size = larger
	}
	return size
}

// roundUp is the least multiple of step that is not below n.
func roundUp(n, step int64) int64 { return (n + step - 1) / step * step }

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

// AllShards are the indexes of p.Shards.
func (p *Plan) AllShards() []int {
	all := make([]int, len(p.Shards))
	for i := range all {
		all[i] = i
	}
	return all
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
