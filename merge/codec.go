package merge

import (
	"math"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// A codec turns a block of values into the bytes of an output's tensors: dst has one entry for each, as long as
// plan.Output.Part says. It tells whether some value is NaN or Inf as it is written.
type codec func(dst [][]byte, src []float64, o *plan.Output) (infinite bool)

// codecs are all but plan.Copy, which makes no values.
var codecs = map[plan.Codec]codec{
	plan.Cast: cast,
}

// cast rounds every value once, to nearest even.
func cast(dst [][]byte, src []float64, o *plan.Output) bool {
	return dtype.Encode(dst[0], src, o.Tensors[0].DType)
}

// limit is the smallest magnitude that o's codec does not write as a finite value.
func limit(o *plan.Output) float64 {
	if o.Codec == plan.Cast {
		switch o.Tensors[0].DType {
		case dtype.F16:
			return 65520
		case dtype.BF16:
			return 0x1.ffp127
		case dtype.F32:
			return 0x1.ffffffp127
		}
	}
	return math.Inf(1)
}
