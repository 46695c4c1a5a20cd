package file

import (
	"errors"

	"golang.org/x/sys/windows"
)

// IsFull tells whether err is that of a disk without room.
func IsFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}
