package pipeline

import "slices"

// rowsLeft is the size of the result's vocabulary where it was cut; 0 where it was not.
func (m *Merge) rowsLeft() int64 {
	for i := range m.Plan.Tensors {
		t := &m.Plan.Tensors[i]
		for _, leaf := range t.Expr.Leaves() {
			if stored, ok := m.Sources[leaf.Source].Model.Tensors[leaf.Tensor]; ok && !slices.Equal(stored.Shape, t.Shape) {
				return t.Shape[0]
			}
		}
	}
	return 0
}
