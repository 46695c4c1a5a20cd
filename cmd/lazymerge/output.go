package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
)

// writeFile writes a file named by a flag, as file.Write does.
func (a *app) writeFile(ctx context.Context, flag, path string, data []byte) error {
	err := file.Write(ctx, path, data, func() { a.ui.Line("writing", "%s, waiting for a reader", path) })
	if err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	return nil
}

// checkOutput refuses, before any work, a file named by a flag that cannot be written or that is the config. An empty
// path is no file.
func checkOutput(flag, path, config string) error {
	if path == "" {
		return nil
	}
	if err := file.Check(path); err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	to, err := os.Stat(path)
	if err != nil {
		return nil // a new file
	}
	if read, err := os.Stat(config); err == nil && to.Mode().IsRegular() && os.SameFile(to, read) {
		return usage(fmt.Errorf("%s %s would overwrite the config; choose another file", flag, path))
	}
	return nil
}

// A quietPipe is standard output. It ignores that a reader such as head stops reading early.
type quietPipe struct{ io.Writer }

func (q quietPipe) Write(p []byte) (int, error) {
	n, err := q.Writer.Write(p)
	if file.ReaderLeft(err) {
		return len(p), nil
	}
	return n, err
}

// watched is the standard output of one run. It remembers whether anything was written, and the first error, which code
// that prints a help text or a table drops.
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

// printLine prints a result of one line, without control characters.
func (a *app) printLine(text string) error {
	_, err := fmt.Fprintln(a.stdout, say.Clean(text))
	return err
}

// noOutput is the fault for a result that cannot be printed. done is a clause about what the command did; "" for nothing.
func noOutput(done string, err error) error {
	f := &fault.Fault{Code: fault.Output, Text: "the result cannot be written to standard output: " + file.Cause(err).Error(), Err: err}
	if done == "" {
		f.Advice = "redirect it elsewhere, then run the command again"
	} else {
		f.Text = done + ", but " + f.Text
	}
	return f
}
