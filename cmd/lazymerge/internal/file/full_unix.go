//go:build unix

package file

import (
	"errors"

	"golang.org/x/sys/unix"
)

// IsFull tells whether err is that of a disk without room.
func IsFull(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }
