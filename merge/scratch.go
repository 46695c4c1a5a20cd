package merge

// scratch is the memory of one worker, taken like a stack. What is taken holds whatever was there.
type scratch struct {
	floats   []float32
	doubles  []float64
	blocks   []*rows
	taken    int       // of blocks
	parts    [][]byte  // of the tensors of one block
	overflow *Overflow // the first that a rounding has met
}

// A mark is how much of a scratch is taken.
type mark struct{ floats, doubles, blocks int }

func (sc *scratch) mark() mark { return mark{len(sc.floats), len(sc.doubles), sc.taken} }

// release gives back what was taken since m.
func (sc *scratch) release(m mark) {
	sc.floats, sc.doubles, sc.taken = sc.floats[:m.floats], sc.doubles[:m.doubles], m.blocks
}

func (sc *scratch) reset() {
	sc.release(mark{})
	sc.overflow = nil
}

// narrow takes n float32.
func (sc *scratch) narrow(n int) (row []float32) {
	sc.floats, row = take(sc.floats, n)
	return row
}

// wide takes n float64.
func (sc *scratch) wide(n int) (row []float64) {
	sc.doubles, row = take(sc.doubles, n)
	return row
}

func take[T any](stack []T, n int) (grown, row []T) {
	at := len(stack)
	if at+n > cap(stack) {
		stack = append(make([]T, 0, 2*(at+n)), stack...) // rows already taken keep the old memory
	}
	stack = stack[:at+n]
	return stack, stack[at : at+n : at+n]
}

// rows takes room for a block.
func (sc *scratch) rows() *rows {
	if sc.taken == len(sc.blocks) {
		sc.blocks = append(sc.blocks, new(rows))
	}
	sc.taken++
	return sc.blocks[sc.taken-1]
}
