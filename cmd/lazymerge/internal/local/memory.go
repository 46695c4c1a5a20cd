package local

import (
	"github.com/KimMachineGun/automemlimit/memlimit"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// Memory is the budget of a merge in bytes: as given, or where that is 0 half of what the cgroup allows or the machine has,
// whichever is less.
func Memory(given int64) int64 {
	if given > 0 {
		return given
	}
	const fallback = 1 << 30 // of a system that tells neither
	has := uint64(0)
	for _, provider := range []memlimit.Provider{memlimit.FromCgroup, memlimit.FromSystem} {
		if n, err := provider(); err == nil && n > 0 && (has == 0 || n < has) {
			has = n
		}
	}
	if has == 0 {
		return fallback
	}
	return max(int64(has/2), plan.MinMemory)
}

// CheckMemory refuses a budget in bytes below the least that any merge may be given. That is more than a merge of two
// small models takes, and enough for one of ten models on 16 threads.
func CheckMemory(budget int64) error {
	if budget >= plan.MinMemory {
		return nil
	}
	return fault.Usagef("--memory %s is too little: the least to set is %s, of which a small merge takes a part",
		say.Bytes(budget), say.Bytes(plan.MinMemory))
}
