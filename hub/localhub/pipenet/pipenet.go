// Package pipenet is a network in memory, for tests of a local Hub in a testing/synctest bubble: connections are
// pipes, so the bubble knows when everybody waits, and its clock can go on. A connection can be reset as one of TCP.
package pipenet

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
)

// A Listener is a [net.Listener] at an address that is none.
type Listener struct {
	addr   addr
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// Listen makes a listener. Its address, host:port, takes no port of the machine.
func Listen(address string) *Listener {
	return &Listener{addr: addr(address), conns: make(chan net.Conn), closed: make(chan struct{})}
}

// Transport makes a transport that reaches the listeners by their addresses, and nobody else.
func Transport(listeners ...*Listener) *http.Transport {
	return &http.Transport{
		DisableCompression: true,
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			for _, l := range listeners {
				if l.addr.String() == address {
					return l.dial(ctx)
				}
			}
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("nobody listens at " + address)}
		},
	}
}

func (l *Listener) dial(ctx context.Context) (net.Conn, error) {
	near, far := net.Pipe()
	reset := new(atomic.Bool)
	select {
	case l.conns <- &conn{far, reset}:
		return &conn{near, reset}, nil
	case <-l.closed:
	case <-ctx.Done():
	}
	return nil, &net.OpError{Op: "dial", Net: "pipe", Err: syscall.ECONNREFUSED}
}

// Accept is that of a net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close is that of a net.Listener.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr is that of a net.Listener.
func (l *Listener) Addr() net.Addr { return l.addr }

type addr string

func (a addr) Network() string { return "pipe" }
func (a addr) String() string  { return string(a) }

// A conn is one end of a connection.
type conn struct {
	net.Conn
	reset *atomic.Bool // of both ends
}

// SetLinger makes the end of the connection a reset, as SetLinger(0) of a TCP connection does.
func (c *conn) SetLinger(int) error {
	c.reset.Store(true)
	return nil
}

func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if errors.Is(err, io.EOF) && c.reset.Load() {
		err = &net.OpError{Op: "read", Net: "pipe", Err: syscall.ECONNRESET}
	}
	return n, err
}
