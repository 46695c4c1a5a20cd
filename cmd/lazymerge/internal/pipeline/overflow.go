package pipeline

import (
	"errors"
	"fmt"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/dtype"
)

// An overflowError is a merge.Overflow with the source that has the value and the key that asks for the cast.
type overflowError struct {
	*merge.Overflow
	source string // "" for the result
	key    string
}

// explainOverflow adds to an overflow what only the config knows.
func (m *Merge) explainOverflow(err error) error {
	o, ok := errors.AsType[*merge.Overflow](err)
	if !ok {
		return err
	}
	e := &overflowError{Overflow: o, key: "dtype"}
	if o.Source >= 0 {
		e.source = m.Sources[o.Source].Ref.String()
	}
	// dtype casts sources, to what is narrower than float32; out_dtype says what is written.
	if m.Recipe.OutDType.Name != "" && (o.Source < 0 || o.To == dtype.F32) {
		e.key = "out_dtype"
	}
	return e
}

func (e *overflowError) Error() string {
	if e.source == "" {
		return e.Overflow.Error()
	}
	return fmt.Sprintf("source %s: %s", e.source, e.Overflow.Error())
}

func (e *overflowError) Unwrap() error { return e.Overflow }

// Hint tells a person what to change.
func (e *overflowError) Hint() string { return e.HintFor(e.key) }
