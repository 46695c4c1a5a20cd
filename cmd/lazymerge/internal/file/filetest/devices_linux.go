package filetest

import "golang.org/x/sys/unix"

// makeDevice makes a device of memory, whose major number is 1.
func makeDevice(path string, minor int) error {
	return unix.Mknod(path, unix.S_IFCHR|0o666, int(unix.Mkdev(1, uint32(minor))))
}
