package plan

import "slices"

// Pick returns a plan of the outputs at these indexes of p.Outputs alone, each a shard of its own under its name, without a
// header. The engine makes of it the very bytes that those tensors have in p's result: nothing that a tensor is made
// from depends on its neighbors. The plan has no hash, files or cost.
func (p *Plan) Pick(outputs []int) *Plan {
	q := *p
	q.Hash, q.Files, q.Cost, q.Params = "", nil, nil, 0
	q.Outputs, q.Shards = nil, nil
	for n, i := range slices.Sorted(slices.Values(outputs)) {
		o := p.Outputs[i]
		o.Tensors = slices.Clone(o.Tensors)
		size := o.place(n, 0)
		for _, t := range o.Tensors {
			q.Params += t.Elements()
		}
		q.Outputs = append(q.Outputs, o)
		q.Shards = append(q.Shards, Shard{Name: o.Name(), Size: size, First: n, End: n + 1})
	}
	return &q
}
