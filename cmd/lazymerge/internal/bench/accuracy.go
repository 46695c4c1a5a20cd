package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"text/tabwriter"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/bench/truth"
	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/dtype"
)

// accuracy prints how far the elements of merges are from the formulas, and fails where any breaks the rule that
// package truth speaks of.
func (b *bench) accuracy(ctx context.Context) error {
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "method\tresult\telements\tties\tmax ulp\trms ulp\tof the terms\tbeyond\t")
	beyond, worst := 0, ""
	for _, m := range merge.Methods() {
		for _, d := range truth.DTypes {
			row, err := truth.Measure(ctx, m, d, b.repeat)
			if err != nil {
				return err
			}
			units := "\t" // float64 has no unit that a sum in float64 could be held to
			if d != dtype.F64 {
				units = fmt.Sprintf("%.4f\t%.4f", row.Max, row.RMS)
			}
			terms := "0"
			if row.Terms > 0 {
				terms = fmt.Sprintf("2^%.1f", math.Log2(row.Terms))
			}
			fmt.Fprintf(out, "%s\t%s\t%d\t%d\t%s\t%s\t%d\t\n", m.Name, d.Torch(), row.Elements, row.Ties, units, terms, row.Beyond)
			if beyond += row.Beyond; row.Worst != "" {
				worst = m.Name + ", " + row.Worst
			}
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if beyond > 0 {
		return fmt.Errorf("%d elements are more than half a unit and 2^-40 of their terms off, for one %s", beyond, worst)
	}
	return nil
}
