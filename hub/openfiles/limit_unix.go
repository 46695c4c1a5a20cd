//go:build unix

package openfiles

import (
	"errors"

	"golang.org/x/sys/unix"
)

func ofProcess(err error) bool {
	return errors.Is(err, unix.EMFILE) || lookup(err, unix.EMFILE.Error())
}

func ofMachine(err error) bool {
	return errors.Is(err, unix.ENFILE) || lookup(err, unix.ENFILE.Error())
}

// limit is how many files this process may have open; 0 where the system does not tell.
func limit() uint64 {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return 0
	}
	return uint64(l.Cur) //nolint:unconvert // the types differ between systems
}
