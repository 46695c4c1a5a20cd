package main

import (
	"io"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
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

// noOutput is a result that cannot be printed. What the command has done all the same is done, "" for nothing; where nothing
// is, the fault tells what to do.
func noOutput(done string, err error) error {
	f := &fault.Fault{Code: fault.Output, Text: "the result cannot be written to standard output: " + file.Cause(err).Error(), Err: err}
	if done == "" {
		f.Advice = "send it to a place that takes it, then run the command again"
	} else {
		f.Text = done + ", but " + f.Text
	}
	return f
}
