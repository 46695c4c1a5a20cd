//go:build !linux

package filetest

import "errors"

// Devices makes none: they are those of Linux.
func Devices(string) error { return errors.ErrUnsupported }
