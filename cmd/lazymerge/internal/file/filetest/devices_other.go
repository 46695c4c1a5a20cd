//go:build !linux

package filetest

import "errors"

func makeDevice(string, int) error { return errors.ErrUnsupported }
