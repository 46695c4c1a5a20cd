package local

import (
	"fmt"
	"math"

	"github.com/KimMachineGun/automemlimit/memlimit"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// NeedRoom compares what will be written in dir with the space that free, such as [FreeDisk], reports there.
func NeedRoom(free func(dir string) (int64, error), dir string, need int64, advice string) error {
	has, err := free(dir)
	if err != nil || has >= need {
		return nil // if the system does not tell, writing will
	}
	return roomFault(fmt.Errorf("%s needed in %s, %s free", say.Bytes(need), dir, say.Bytes(has)), advice)
}

// roomFault is a disk without enough space.
func roomFault(err error, advice string) error {
	return &fault.Fault{Code: fault.NoRoom, Subject: "not enough disk space", Err: err, Advice: advice}
}

// noRoom marks an error of a full disk.
func noRoom(err error) error {
	if file.IsFull(err) {
		return roomFault(err, "")
	}
	return err
}

// Memory is the budget of a merge in bytes: as given, or for 0 half of what the cgroup allows or the machine has, whichever is
// less.
func Memory(given int64) int64 {
	if given > 0 {
		return given
	}
	has := uint64(math.MaxUint64)
	for _, provider := range []memlimit.Provider{memlimit.FromCgroup, memlimit.FromSystem} {
		if n, err := provider(); err == nil && n > 0 {
			has = min(has, n)
		}
	}
	if has == math.MaxUint64 {
		has = 2 << 30 // the system tells neither
	}
	return max(int64(has/2), plan.MinMemory)
}

// CheckMemory refuses a budget in bytes below the minimum. That is more than a merge of two small models takes, and enough for
// ten models on 16 threads.
func CheckMemory(budget int64) error {
	if budget >= plan.MinMemory {
		return nil
	}
	return fault.Usagef("--memory %s is too low: the minimum is %s",
		say.Bytes(budget), say.Bytes(plan.MinMemory))
}
