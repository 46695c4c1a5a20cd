package merge

import (
	"math"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// A codec turns blocks of values into the bytes of an output's tensors.
type codec struct {
	// encode writes src to dst, which has one entry for each tensor, as long as plan.Output.Part says. It tells whether
	// some value is NaN or Inf as it is written.
	encode func(dst [][]byte, src []float64, o *plan.Output) (infinite bool)
	// limit is the smallest magnitude that is not written as a finite value.
	limit func(o *plan.Output) float64
}

// codecs are all but plan.Copy, which makes no values.
var codecs = map[plan.Codec]codec{
	plan.Cast: {encodeCast, castLimit},
}

// encodeCast rounds every value once, to nearest even.
func encodeCast(dst [][]byte, src []float64, o *plan.Output) bool {
	return dtype.Encode(dst[0], src, o.Tensors[0].DType)
}

func castLimit(o *plan.Output) float64 {
	switch o.Tensors[0].DType {
	case dtype.F16:
		return 65520
	case dtype.BF16:
		return 0x1.ffp127
	case dtype.F32:
		return 0x1.ffffffp127
	}
	return math.Inf(1)
}
