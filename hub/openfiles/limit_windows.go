package openfiles

import (
	"errors"
	"syscall"

	"golang.org/x/sys/windows"
)

func ofProcess(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, windows.ERROR_TOO_MANY_OPEN_FILES) || errors.Is(err, windows.WSAEMFILE) || lookup(err, windows.WSAEMFILE.Error())
}

func ofMachine(error) bool { return false }

// limit is 0, for Windows has none to be set.
func limit() uint64 { return 0 }
