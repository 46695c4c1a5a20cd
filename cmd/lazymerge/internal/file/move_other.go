//go:build !linux

package file

// Move renames from to to, where nothing may be yet: the error is fs.ErrExist then.
func Move(from, to string) error { return moveToFree(from, to) }
