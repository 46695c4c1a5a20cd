package hub

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"syscall"
	"testing"
)

// What a person reads of a connection that ends is what ended it, not whose ports it had.
func TestBareNamesWhatBrokeAConnection(t *testing.T) {
	at := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4711}
	op := func(name string, cause error) error {
		return &net.OpError{Op: name, Net: "tcp", Source: at, Addr: at, Err: cause}
	}
	put := func(err error) error { return &url.Error{Op: "Put", URL: "https://store.test/x?sig=secret", Err: err} }
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"closed while a file was sent", put(op("readfrom", op("write", net.ErrClosed))), "the connection broke off"},
		{"reset by the other side", put(op("write", os.NewSyscallError("write", syscall.ECONNRESET))), "the connection broke off: " + syscall.ECONNRESET.Error()},
		{"reset under TLS", put(fmt.Errorf("tls: %w", op("read", syscall.EPIPE))), "the connection broke off: " + syscall.EPIPE.Error()},
		{"too slow", put(op("read", os.ErrDeadlineExceeded)), "read tcp 127.0.0.1:4711->127.0.0.1:4711: i/o timeout"},
		{"never there", put(op("dial", syscall.ECONNREFUSED)), "dial tcp 127.0.0.1:4711->127.0.0.1:4711: " + syscall.ECONNREFUSED.Error()},
		{"not HTTP", put(errors.New(`net/http: HTTP/1.x transport connection broken: malformed HTTP response "~~~\"~~"`)), "malformed HTTP response"},
		{"ended", put(io.ErrUnexpectedEOF), "unexpected EOF"},
	} {
		got := bare(tt.err)
		if got.Error() != tt.want {
			t.Errorf("%s: bare = %q, want %q", tt.name, got, tt.want)
		}
		var inner *net.OpError
		if errors.As(tt.err, &inner) != errors.As(got, &inner) {
			t.Errorf("%s: the cause is lost", tt.name)
		}
	}
}
