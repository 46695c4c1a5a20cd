package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/lazymerge/lazymerge/merge/dtype"
)

// hash is the sha256 of a text with every field of the plan but Hash, Cost and the shards' headers, which follow
// from the rest: a line of JSON for all but the tensors, then a line for each tensor.
func (p *Plan) hash() string {
	sum := sha256.New()
	head := *p
	head.Hash, head.Cost, head.Tensors = "", nil, nil
	text, err := json.Marshal(head)
	if err != nil {
		panic(fmt.Sprintf("plan: %v", err)) // plain data always marshals
	}
	sum.Write(append(text, '\n'))
	var line hashLine
	for i := range p.Tensors {
		line.buf = line.buf[:0]
		line.tensor(&p.Tensors[i])
		sum.Write(append(line.buf, '\n'))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// hashLine is one tensor as text. Lists and maps begin with their length and strings are quoted, so no two
// tensors have one line; encoding/json would take most of the time that a plan of many tensors takes.
type hashLine struct {
	buf   []byte
	names []string // of one map
}

func (l *hashLine) tensor(t *Tensor) {
	l.text(t.Name)
	l.dtype(t.DType)
	l.number(int64(len(t.Shape)))
	for _, d := range t.Shape {
		l.number(d)
	}
	l.number(int64(t.Shard))
	l.number(t.Begin)
	l.number(t.End)
	l.expr(&t.Expr)
}

func (l *hashLine) expr(e *Expr) {
	l.text(string(e.Op))
	l.number(int64(e.Source))
	l.text(e.File)
	l.text(e.Tensor)
	l.dtype(e.DType)
	l.number(e.Begin)
	l.number(e.End)
	l.dtype(e.Round)
	l.text(e.Method)
	l.params(e.Params)
	l.number(int64(len(e.PerModel)))
	for _, p := range e.PerModel {
		l.params(p)
	}
	l.number(int64(e.Base))
	l.number(int64(e.Scans))
	l.number(int64(len(e.Inputs)))
	for i := range e.Inputs {
		l.expr(&e.Inputs[i])
	}
}

func (l *hashLine) params(p map[string]float64) {
	l.number(int64(len(p)))
	l.names = l.names[:0]
	for name := range p {
		l.names = append(l.names, name)
	}
	slices.Sort(l.names)
	for _, name := range l.names {
		l.text(name)
		l.buf = append(strconv.AppendUint(l.buf, math.Float64bits(p[name]), 16), ' ')
	}
}

func (l *hashLine) text(s string)       { l.buf = append(strconv.AppendQuote(l.buf, s), ' ') }
func (l *hashLine) number(n int64)      { l.buf = append(strconv.AppendInt(l.buf, n, 10), ' ') }
func (l *hashLine) dtype(d dtype.DType) { l.buf = append(append(l.buf, d.String()...), ' ') }
