package local

import (
	"fmt"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
)

// NeedRoom compares what will be written in dir with what free tells, such as [FreeDisk], of the file system there.
func NeedRoom(free func(dir string) (int64, error), dir string, need int64, advice string) error {
	has, err := free(dir)
	if err != nil || has >= need {
		return nil // a system that does not tell is found out by writing
	}
	return roomFault(fmt.Errorf("%s are needed in %s and %s are free", say.Bytes(need), dir, say.Bytes(has)), advice)
}

// roomFault is a disk without the room that is needed.
func roomFault(err error, advice string) error {
	return &fault.Fault{Code: fault.NoRoom, Subject: "not enough room on the disk", Err: err, Advice: advice}
}

// noRoom marks an error of a full disk.
func noRoom(err error) error {
	if err != nil && file.IsFull(err) {
		return roomFault(err, "")
	}
	return err
}
