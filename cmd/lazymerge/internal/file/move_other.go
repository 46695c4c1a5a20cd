//go:build !linux

package file

// Move renames from to to. If to exists, the error is fs.ErrExist.
func Move(from, to string) error { return moveToFree(from, to) }
