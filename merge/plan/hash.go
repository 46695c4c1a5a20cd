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

// hash is the sha256 of a text with every field of the plan but Hash, Cost, the shards' headers, and what a kind of
// expression or codec leaves out because it follows from the rest: a line of JSON for all but the outputs, then a line for
// each output. A field that is added to the JSON must be absent where it is zero, so that it changes no hash of a plan without it.
func (p *Plan) hash() string {
	sum := sha256.New()
	head := *p
	head.Hash, head.Cost, head.Outputs = "", nil, nil
	text, err := json.Marshal(head)
	if err != nil {
		panic(fmt.Sprintf("plan: %v", err)) // plain data always marshals
	}
	sum.Write(append(text, '\n'))
	var line Line
	for i := range p.Outputs {
		line.buf = line.buf[:0]
		line.output(&p.Outputs[i])
		sum.Write(append(line.buf, '\n'))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// A Line is one output as the text that is hashed. Strings are quoted, lists and maps begin with their length, and what an
// expression writes stands in parentheses after its tag, so no two outputs have one line whatever kinds they are of, as
// long as a tag has none but letters, digits and dashes.
// encoding/json would take most of the time that a plan of many tensors takes.
type Line struct {
	buf   []byte
	names []string // of one map
}

func (l *Line) output(o *Output) {
	l.Text(string(o.Codec))
	l.Number(int64(len(o.Tensors)))
	for i := range o.Tensors {
		t := &o.Tensors[i]
		l.Text(t.Name)
		l.DType(t.DType)
		l.Shape(t.Shape)
		l.Number(int64(t.Shard))
		l.Number(t.Begin)
		l.Number(t.End)
	}
	l.Expr(&o.Expr)
}

// Expr writes an expression: its tag, the fields of its operation, and what it is rounded to.
func (l *Line) Expr(e *Expr) {
	l.buf = append(append(l.buf, e.Op.Tag()...), '(')
	e.Op.Fields(l)
	l.buf = append(l.buf, ')')
	if e.Round != dtype.Invalid {
		l.buf = append(append(l.buf, '~'), e.Round.String()...)
	}
	l.buf = append(l.buf, ' ')
}

// Text writes a string.
func (l *Line) Text(s string) { l.buf = append(strconv.AppendQuote(l.buf, s), ' ') }

// Number writes an integer.
func (l *Line) Number(n int64) { l.buf = append(strconv.AppendInt(l.buf, n, 10), ' ') }

// DType writes a type.
func (l *Line) DType(d dtype.DType) { l.buf = append(append(l.buf, d.String()...), ' ') }

// Shape writes a list of dimensions.
func (l *Line) Shape(dims []int64) {
	l.Number(int64(len(dims)))
	for _, d := range dims {
		l.Number(d)
	}
}

// values writes parameters in order of name, bit for bit.
func (l *Line) values(p map[string]float64) {
	l.Number(int64(len(p)))
	l.names = l.names[:0]
	for name := range p {
		l.names = append(l.names, name)
	}
	slices.Sort(l.names)
	for _, name := range l.names {
		l.Text(name)
		l.buf = append(strconv.AppendUint(l.buf, math.Float64bits(p[name]), 16), ' ')
	}
}
