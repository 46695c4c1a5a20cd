package main

import (
	"context"
	"fmt"
	"math"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/bench/truth"
	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/dtype"
)

// accuracy prints how far the elements of merges are from the formulas, each row as soon as it is measured, and fails where any
// breaks the rule that package truth speaks of.
func (b *bench) accuracy(ctx context.Context) error {
	say := func(cells ...any) { fmt.Printf("%16v  %8v  %8v  %5v  %7v  %7v  %12v  %6v\n", cells...) }
	say("method", "result", "elements", "ties", "max ulp", "rms ulp", "of the terms", "beyond")
	beyond, worst := 0, ""
	for _, m := range merge.Methods() {
		for _, d := range truth.DTypes {
			row, err := truth.Measure(ctx, m, d, b.repeat)
			if err != nil {
				return err
			}
			most, mean := "", "" // float64 has no unit that a sum in float64 could be held to
			if d != dtype.F64 {
				most, mean = fmt.Sprintf("%.4f", row.Max), fmt.Sprintf("%.4f", row.RMS)
			}
			terms := "0"
			if row.Terms > 0 {
				terms = fmt.Sprintf("2^%.1f", math.Log2(row.Terms))
			}
			say(m.Name, d.Torch(), row.Elements, row.Ties, most, mean, terms, row.Beyond)
			if beyond += row.Beyond; row.Worst != "" {
				worst = m.Name + ", " + row.Worst
			}
		}
	}
	if beyond > 0 {
		return fmt.Errorf("%d elements are more than half a unit and 2^-40 of their terms off, for one %s", beyond, worst)
	}
	return nil
}
