package local

import (
	"io/fs"

	"golang.org/x/sys/windows"
)

// FreeDisk returns the bytes that may be written in the file system of dir.
func FreeDisk(dir string) (int64, error) {
	p, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, err
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(p, &free, nil, nil); err != nil {
		return 0, err
	}
	return int64(free), nil
}

// isOurs is true: the temporary folder of Windows is a user's own, and elsewhere its rights decide.
func isOurs(fs.FileInfo) bool { return true }
