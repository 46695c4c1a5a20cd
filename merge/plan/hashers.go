package plan

import "math"

// Nanoseconds that the parts of a merge take of one processor, as measured where sha256 makes 1.4 GB/s. They are about what
// merges of 2.2 GB in bfloat16 took, and only their ratios matter.
const (
	nsHash   = 0.73 // a byte of the result
	nsWrite  = 0.47 // a byte of the result
	nsRead   = 0.20 // a byte that it is made from
	nsEncode = 0.67 // an element of the result
	nsEmit   = 0.25 // an element of an input
	nsPass   = 0.45 // the same, in each pass before the last
	nsDraw   = 0.65 // the same, in each pass that draws at random
)

// Hashers is how many shards of p have to be made at once so that the sha256 of a shard, which one processor makes, is not what
// so many threads wait for. It is 1 where threads are few, and may be more than there are shards.
func (p *Plan) Hashers(threads int) int {
	const little = 0.1 // of a sha256, which is not worth a shard more
	return max(1, int(math.Ceil(float64(float64(threads)*p.hashShare())-little)))
}

// hashShare estimates what part of the processors' time for p goes into the sha256 of the shards; 0 for a plan without bytes. Its
// constants are fitted to whole merges, and stand for passes and draws as the table counts them. No machine may fuse a product with a
// sum, so that all come to the same number.
func (p *Plan) hashShare() float64 {
	var hash, rest float64
	for i := range p.Outputs {
		o := &p.Outputs[i]
		written := float64(o.bytes())
		hash += float64(nsHash * written)
		rest += float64(nsWrite*written) + float64(nsRead*float64(needOf(&o.Expr).all))
		if o.Codec != Copy {
			rest += float64(nsEncode * float64(o.Expr.Elements()))
		}
		for c := range o.Expr.Calls() {
			inputs, drawn := float64(len(c.Inputs)), 0.0
			if c.Draw != nil {
				drawn = inputs - 1 // all but the base
			}
			usual := float64(c.Work.Usual)
			rest += float64(float64(count(c.Shape())) * (float64(inputs*(nsEmit+float64(usual*nsPass))) + float64(drawn*(usual+1)*nsDraw)))
		}
	}
	if hash == 0 {
		return 0
	}
	return hash / (hash + rest)
}
