package file

import (
	"context"
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/term"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
)

// TooLarge is a file with more bytes than are read of its kind.
type TooLarge struct{ Max int64 }

func (e *TooLarge) Error() string { return fmt.Sprintf("it has more than %s", say.Bytes(e.Max)) }

// Read returns the content of the file at path, which may be a pipe, of at most limit bytes. Where there are more, whether
// or not they ever end, it returns limit+1 of them and a *[TooLarge]. Where ctx ends first the error is its cause.
func Read(ctx context.Context, path string, limit int64, waits Waits) ([]byte, error) {
	return wait(ctx, func() ([]byte, error) {
		f, err := os.Open(path) // waits for somebody to write, where path is a named pipe
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

// ReadFrom is Read for what is open already, such as standard input. On a terminal it calls waits at once.
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
