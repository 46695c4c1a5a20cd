package plan

import (
	"fmt"
	"strings"

	"github.com/lazymerge/lazymerge/merge/dtype"
)

// quantized returns ErrQuantized for a model whose weights are packed. A config that says so is not
// enough: merges of quantized models keep that part of the config with weights that are plain again.
func (m *Model) quantized() error {
	method, said := m.Config.quantization()
	for _, name := range m.Order {
		t := m.Tensors[name]
		if packed(t) || said && !t.DType.Float() && t.DType != dtype.Bool && !isBuffer(t) {
			if !said {
				return fmt.Errorf("%w (%s is %s): use the model it was made from instead", ErrQuantized, name, t.DType)
			}
			return fmt.Errorf("%w (%q in %s, and %s is %s): use the model it was made from instead", ErrQuantized, method, configFile, name, t.DType)
		}
	}
	return nil
}

// packed tells whether t can only be a weight of a quantized model, whatever the config says: an 8 bit float, or
// integers under the name of a weight. Plain models have integers as buffers: positions, masks, counts.
// Sources: the layouts of bitsandbytes, GPTQ, AWQ, compressed-tensors, MXFP4 and MLX.
func packed(t Stored) bool {
	switch t.DType {
	case dtype.F8E4M3, dtype.F8E5M2:
		return true
	case dtype.U8, dtype.I8, dtype.U32, dtype.I32:
		return len(t.Shape) > 1 && (endsIn(t.Name, "weight", "qweight", "weight_packed") || strings.HasSuffix(t.Name, "_blocks"))
	}
	return false
}
