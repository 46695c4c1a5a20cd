package pipeline

import (
	"errors"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/dtype"
)

// explainOverflow adds to an overflow what only the config knows: the source that has the value and the key that asks for the cast.
func (m *Merge) explainOverflow(err error) error {
	o, ok := errors.AsType[*merge.Overflow](err)
	if !ok {
		return err
	}
	subject, key := "", "dtype"
	if o.Source >= 0 {
		subject = "source " + m.Sources[o.Source].Ref.String()
	}
	// dtype casts sources, to what is narrower than float32; out_dtype says what is written.
	if m.Recipe.OutDType.Name != "" && (o.Source < 0 || o.To == dtype.F32) {
		key = "out_dtype"
	}
	return &fault.Fault{Subject: subject, Err: o, Advice: o.HintFor(key)}
}
