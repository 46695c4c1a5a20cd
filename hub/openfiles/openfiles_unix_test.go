//go:build unix

package openfiles_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/lazymerge/lazymerge/hub/openfiles"
)

// few lets this process open no more files for as long as do runs.
func few(t *testing.T, do func()) {
	t.Helper()
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	less := was
	less.Cur = 3
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &less); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &was); err != nil {
			t.Fatal(err)
		}
	}()
	do()
}

func TestHint(t *testing.T) {
	server, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for _, tt := range []struct {
		what string
		do   func() error
		want string
	}{
		{"a file", func() error { _, err := os.Open(os.DevNull); return fmt.Errorf("shard: %w", err) }, "this process may have 3 files open at once"},
		{"a new file", func() error { _, err := os.CreateTemp(t.TempDir(), "x"); return err }, "this process may have 3 files open at once"},
		{"a connection", func() error {
			_, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Addr().String())
			return err
		}, "this process may have 3 files open at once"},
		{"a lookup", func() error {
			return &net.DNSError{Err: "dial udp: socket: too many open files", Name: "huggingface.co"}
		}, "this process may have 3 files open at once"},
		{"a machine without more", func() error { return &os.PathError{Op: "open", Path: "x", Err: unix.ENFILE} }, "this machine has as many files open as it may"},
		{"a file that is not there", func() error { return os.ErrNotExist }, ""},
		{"the words of a server", func() error { return errors.New("500: too many open files") }, ""},
		{"nothing", func() error { return nil }, ""},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.TempDir() // now, while it can be made
			few(t, func() {
				err := tt.do()
				if got := openfiles.Hint(err); !strings.HasPrefix(got, tt.want) || tt.want == "" && got != "" || openfiles.Is(err) != (tt.want != "") {
					t.Errorf("Hint(%v) = %q, want %q", err, got, tt.want)
				}
			})
		})
	}
}
