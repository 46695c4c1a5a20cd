//go:build race

package mergetest

const raceEnabled = true

// Races do not hide in numbers, and everything takes ten times as long here.
var (
	shapes   = [][]int64{{3, 5}, {8193}}
	datas    = []data{tied}
	nanSteps = []int{2}
)
