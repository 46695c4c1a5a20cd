//go:build race

package mergetest

const raceEnabled = true
