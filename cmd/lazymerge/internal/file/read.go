// Package file reads and writes the files that a person names: every read has a bound and ends with its context, and a
// file is written whole or not at all.
//
// [Read] and [ReadFrom] take what fits in memory, from a file, a pipe or standard input. [Write] replaces a regular file
// in one step, and writes into anything else as it stands: a device, a pipe, what a link leads to.
//
// Neither google/renameio nor natefinch/atomic knows pipes, devices or links, and the first does not write on Windows;
// what they would save is a dozen lines of [Write].
package file

import (
	"context"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
)

// TooLarge is a file above the limit for its kind.
type TooLarge struct{ Max int64 }

func (e *TooLarge) Error() string { return fmt.Sprintf("it is larger than %s", say.Bytes(e.Max)) }

// Read returns the content of the file or pipe at path. Of more than limit bytes, even endless ones, it returns limit+1 and a
// *[TooLarge]. If ctx ends first, the error is its cause.
func Read(ctx context.Context, path string, limit int64, waits Waits) ([]byte, error) {
	return wait(ctx, func() ([]byte, error) {
		f, err := os.Open(path) // blocks until a named pipe has a writer
		if err != nil {
			return nil, err
		}
		defer f.Close()
		info, err := f.Stat()
		if err == nil && info.IsDir() {
			err = syscall.EISDIR // on Windows a read would say something else
		}
		if err != nil {
			return nil, err
		}
		return readAll(f, limit)
	}, waits, false)
}

// ReadFrom is Read for an open file such as standard input. On a terminal it calls waits at once.
func ReadFrom(ctx context.Context, in io.Reader, limit int64, waits Waits) ([]byte, error) {
	f, ok := in.(*os.File)
	return wait(ctx, func() ([]byte, error) { return readAll(in, limit) }, waits, ok && term.IsTerminal(int(f.Fd())))
}

func readAll(in io.Reader, limit int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > limit {
		err = &TooLarge{limit}
	}
	return text, err
}

// A Waits is called once when a read or write stalls, to say what it waits for. It may be nil.
type Waits func()

// wait runs do until ctx ends. A pipe whose other end nobody opens blocks forever: do is then abandoned and its result
// dropped. waits is called at once with atOnce, otherwise after a second.
func wait[T any](ctx context.Context, do func() (T, error), waits Waits, atOnce bool) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := do()
		done <- result{value, err}
	}()
	after := time.Second
	if atOnce {
		after = 0
	}
	timer := time.NewTimer(after)
	defer timer.Stop()
	for {
		select {
		case r := <-done:
			return r.value, r.err
		case <-ctx.Done():
			return *new(T), context.Cause(ctx)
		case <-timer.C:
			if waits != nil {
				waits()
			}
		}
	}
}
