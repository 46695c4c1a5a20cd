package plan

import "slices"

// Pick returns a plan of the tensors at these indexes of p.Tensors alone, each a shard of its own under its name, without a
// header. The engine makes of it the very bytes that those tensors have in p's result: nothing that a tensor is made
// from depends on its neighbours. The plan has no hash, files or cost.
func (p *Plan) Pick(tensors []int) *Plan {
	q := *p
	q.Hash, q.Files, q.Cost, q.Params = "", nil, nil, 0
	q.Tensors, q.Shards = nil, nil
	for n, i := range slices.Sorted(slices.Values(tensors)) {
		t := p.Tensors[i]
		t.Shard, t.Begin, t.End = n, 0, t.bytes()
		q.Params += t.elements()
		q.Tensors = append(q.Tensors, t)
		q.Shards = append(q.Shards, Shard{Name: t.Name, Size: t.End, First: n, End: n + 1})
	}
	return &q
}
