//go:build !race

package mergetest

const raceEnabled = false

// shapes have less than a run of 8,192 elements, exactly one, and more.
var shapes = [][]int64{{}, {1}, {3, 5}, {64, 128}, {8193}, {2, 33, 373}}

var datas = []data{smooth, tied, wide, zero}

// nanSteps tell which elements are NaN: those divisible by the step, more and fewer than a
// method may trim.
var nanSteps = []int{1, 2, 997}
