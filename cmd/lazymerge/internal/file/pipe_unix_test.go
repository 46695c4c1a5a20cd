//go:build unix

package file

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file/filetest"
)

func namedPipe(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWriteIntoDevices(t *testing.T) {
	dir := t.TempDir()
	if err := filetest.Devices(dir); err != nil {
		t.Skip(err)
	}
	null, full := filepath.Join(dir, "null"), filepath.Join(dir, "full")
	if err := Write(t.Context(), null, []byte("x"), nil); err != nil {
		t.Error(err)
	}
	err := Write(t.Context(), full, []byte("x"), nil)
	if e, ok := errors.AsType[*Error](err); !ok || !IsFull(err) || !strings.HasPrefix(e.Error(), "cannot write "+full+": no space left") || e.Hint() != "free some space, or use another disk" {
		t.Errorf("Write = %v", err)
	}
	for _, device := range []string{null, full} {
		if info, err := os.Stat(device); err != nil || info.Mode()&os.ModeDevice == 0 {
			t.Errorf("%s is %v, %v", device, info.Mode(), err)
		}
	}
	only(t, dir, "full", "null", "stdout")
}

func TestWriteIntoAPipe(t *testing.T) {
	pipe := namedPipe(t)
	got := make(chan string)
	go func() {
		text, err := Read(t.Context(), pipe, 100, nil)
		if err != nil {
			t.Error(err)
		}
		got <- string(text)
	}()
	if err := Write(t.Context(), pipe, []byte("through"), nil); err != nil {
		t.Fatal(err)
	}
	if text := <-got; text != "through" {
		t.Errorf("the reader has got %q", text)
	}
	if info, err := os.Lstat(pipe); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Errorf("the pipe is %v, %v", info.Mode(), err)
	}
}

// A pipe that nobody opens at its other end is told, and left with the context.
func TestPipesEndWithTheContext(t *testing.T) {
	stop := errors.New("stopped")
	for what, do := range map[string]func(ctx context.Context, pipe string, waits Waits) error{
		"Read": func(ctx context.Context, pipe string, waits Waits) error {
			_, err := Read(ctx, pipe, 100, waits)
			return err
		},
		"Write": func(ctx context.Context, pipe string, waits Waits) error { return Write(ctx, pipe, []byte("x"), waits) },
	} {
		pipe := namedPipe(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		var told atomic.Int32
		err := do(ctx, pipe, func() { told.Add(1); cancel(stop) })
		if !errors.Is(err, stop) || told.Load() != 1 {
			t.Errorf("%s = %v, told %d times; want %v, once", what, err, told.Load(), stop)
		}
		if f, err := os.OpenFile(pipe, os.O_RDWR, 0); err == nil { // let the goroutine go that still waits
			t.Cleanup(func() { f.Close() })
		}
	}
}

// What standard output leads to gets both the file and what is printed, in their order.
func TestWriteIntoTheFileOfStandardOutput(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	was := os.Stdout
	os.Stdout = out
	defer func() { os.Stdout = was }()
	if _, err := out.WriteString("one,"); err != nil {
		t.Fatal(err)
	}
	if err := Write(t.Context(), path, []byte("two,"), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := out.WriteString("three"); err != nil {
		t.Fatal(err)
	}
	if got := content(t, path); got != "one,two,three" {
		t.Errorf("the file has %q", got)
	}
}

// A file that a shell has opened for a descriptor is added to, and not replaced.
func TestWriteIntoADescriptor(t *testing.T) {
	if _, err := os.Stat("/dev/fd"); err != nil {
		t.Skip(err)
	}
	path := filepath.Join(t.TempDir(), "out")
	mustWrite(t, path, "one,")
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	before, _ := f.Stat()
	at := filepath.Join("/dev/fd", strconv.Itoa(int(f.Fd())))
	if err := Write(t.Context(), at, []byte("two"), nil); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(path)
	if got := content(t, path); err != nil || got != "one,two" || !os.SameFile(before, after) {
		t.Errorf("the file has %q, %v", got, err)
	}
}

func TestReadHasABound(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	mustWrite(t, file, "12345678")
	for _, tt := range []struct {
		path  string
		limit int64
		ok    bool
	}{{file, 8, true}, {file, 7, false}, {"/dev/zero", 1 << 20, false}, {"/dev/null", 0, true}} {
		text, err := Read(t.Context(), tt.path, tt.limit, nil)
		e, tooLarge := errors.AsType[*TooLarge](err)
		switch {
		case tt.ok && (err != nil || tt.path == file && string(text) != "12345678"):
			t.Errorf("Read(%s, %d) = %q, %v", tt.path, tt.limit, text, err)
		case !tt.ok && (!tooLarge || e.Max != tt.limit || int64(len(text)) != tt.limit+1):
			t.Errorf("Read(%s, %d) = %d bytes, %v; want a TooLarge", tt.path, tt.limit, len(text), err)
		}
	}
	if _, err := Read(t.Context(), t.TempDir(), 10, nil); !errors.Is(err, unix.EISDIR) {
		t.Errorf("Read of a folder = %v", err)
	}
	if text, err := ReadFrom(t.Context(), strings.NewReader("123456789"), 8, nil); string(text) != "123456789" || err == nil || err.Error() != "it is larger than 8 B" {
		t.Errorf("ReadFrom = %q, %v", text, err)
	}
}
