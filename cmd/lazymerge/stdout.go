package main

import (
	"errors"
	"io"
	"runtime"
	"syscall"
)

// A quietPipe is standard output, which a reader such as head may leave early. What it no longer wants is no error
// of the command.
type quietPipe struct{ io.Writer }

func (q quietPipe) Write(p []byte) (int, error) {
	n, err := q.Writer.Write(p)
	if left(err) {
		return len(p), nil
	}
	return n, err
}

// left tells whether err is that of a pipe without a reader.
func left(err error) bool {
	const brokenPipe, noData = syscall.Errno(109), syscall.Errno(232) // of Windows
	return errors.Is(err, syscall.EPIPE) || runtime.GOOS == "windows" && (errors.Is(err, brokenPipe) || errors.Is(err, noData))
}
