package main

import (
	"io"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
)

// A quietPipe is standard output, which a reader such as head may leave early. What it no longer wants is no error
// of the command.
type quietPipe struct{ io.Writer }

func (q quietPipe) Write(p []byte) (int, error) {
	n, err := q.Writer.Write(p)
	if file.ReaderLeft(err) {
		return len(p), nil
	}
	return n, err
}

// watched is the standard output of one run. It remembers whether anything was written, and the first error: much of what
// prints, such as a help text or a table, drops it.
type watched struct {
	io.Writer
	written bool
	err     error
}

func (w *watched) Write(p []byte) (int, error) {
	w.written = w.written || len(p) > 0
	n, err := w.Writer.Write(p)
	if w.err == nil {
		w.err = err
	}
	return n, err
}

// outputError is a result that cannot be printed.
type outputError struct {
	done string // what the command has done all the same; may be ""
	err  error
}

func (e *outputError) Error() string {
	text := "the result cannot be written to standard output: " + file.Cause(e.err).Error()
	if e.done != "" {
		return e.done + ", but " + text
	}
	return text
}

// Unwrap returns the cause.
func (e *outputError) Unwrap() error { return e.err }

// Hint tells what to do where nothing else is lost.
func (e *outputError) Hint() string {
	if e.done != "" {
		return ""
	}
	return "send it to a place that takes it, then run the command again"
}
