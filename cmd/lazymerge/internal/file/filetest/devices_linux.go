// Package filetest makes what tests of reading and writing need.
package filetest

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Devices makes null, full and stdout in dir, which do what those of /dev do. Where this process could replace the devices of
// the machine they are other ones, so that a fault in what is tested does no harm; the error tells where none can be made.
func Devices(dir string) error {
	var made error
	for name, minor := range map[string]uint32{"null": 3, "full": 7} {
		path := filepath.Join(dir, name)
		if os.Geteuid() == 0 {
			const memory = 1 // major number
			made = errors.Join(made, unix.Mknod(path, unix.S_IFCHR|0o666, int(unix.Mkdev(memory, minor))))
		} else {
			made = errors.Join(made, os.Symlink("/dev/"+name, path))
		}
	}
	if made = errors.Join(made, os.Symlink("/proc/self/fd/1", filepath.Join(dir, "stdout"))); made != nil {
		return made
	}
	f, err := os.OpenFile(filepath.Join(dir, "null"), os.O_WRONLY, 0) // a file system may refuse all devices
	if err != nil {
		return err
	}
	return f.Close()
}
