// Package changes has functions that change what comes in, and some that do not, for the test that looks for them.
package changes

import (
	"slices"
	"sort"
)

type box struct {
	n    int
	list []int
	in   *box
	of   map[string]int
}

var kept *box

func (b *box) changesField()         { b.n = 1 }
func (b box) changesFieldByValue()   { b.n = 1 }
func changesElement(l []int)         { l[0] = 1 }
func changesDeep(b *box)             { b.in.list[2] = 1 }
func changesNumber(b *box)           { b.n++ }
func changesMap(b box)               { b.of["a"] = 1 }
func changesOrder(l []int)           { slices.Sort(l) }
func changesOrderOfPart(b box)       { sort.Ints(b.list) }
func changesInClosure(b *box)        { _ = func() { b.n = 1 } }
func changesOfClosure()              { _ = func(b *box) { b.n = 1 } }
func changesByRemoving(b box)        { _ = slices.DeleteFunc(b.list, func(int) bool { return true }) }
func changesByAppending(b box) []int { return append(b.list, 1) }
func changesByAppendingPart(b box)   { _ = append(b.list[:1], 2) }
func changesInRange(b *box) {
	for b.n = range 3 {
	}
}
func changesThroughAnother(b *box)  { c := b; c.n = 1 }
func changesThroughPart(b box)      { in := b.in; in.n = 1 }
func changesThroughElement(l []box) { f := &l[0]; f.n = 1 }
func changesEach(all []*box) {
	for _, b := range all {
		b.n = 1
	}
}
func changesElementOfCopy(b box)    { c := b; c.list[0] = 1 }
func changesPointed(b *box)         { *b = box{} }
func changesThroughVariable(b *box) { var c = b; c.n = 1 }
func changesThePackage(b *box)      { kept = b }
func changesListOfCopy(b box) []int { l := b.list; l = append(l, 1); return l }

func replaces(n int, l []int) {
	n, l = 1, nil
	_, _ = n, l
}

func copies(b box) box {
	other := b
	other.n, other.list = 1, nil
	return other
}

func clones(l []int) []int {
	out := slices.Clone(l)
	out[0] = 1
	slices.Sort(out)
	return append(out, 1)
}

func joins(a, b []int) []int { return append(slices.Concat(a, b), 1) }

func fills(b *box) box {
	made := box{in: b}
	made.n = 1
	return made
}

func caps(l []int) []int { return append(l[:1:1], 2) }
