// Package changes has functions that change what comes in, and some that do not, for the test that looks for them.
package changes

import "slices"

type box struct {
	n    int
	list []int
	in   *box
}

func (b *box) field()  { b.n = 1 }
func (b box) byValue() { b.n = 1 }
func element(l []int)  { l[0] = 1 }
func deep(b *box)      { b.in.list[2] = 1 }
func increment(b *box) { b.n++ }
func sorted(l []int)   { slices.Sort(l) }
func inClosure(b *box) { _ = func() { b.n = 1 } }
func ofClosure()       { _ = func(b *box) { b.n = 1 } }
func removed(b box)    { _ = slices.DeleteFunc(b.list, func(int) bool { return true }) }
func ranged(b *box) {
	for b.n = range 3 {
	}
}

func replaced(n int, l []int) { n, l = 1, nil; _, _ = n, l }

func another(b box) box {
	other := b
	other.n = 1
	return other
}

func cloned(l []int) []int {
	out := slices.Clone(l)
	out[0] = 1
	slices.Sort(out)
	return out
}
