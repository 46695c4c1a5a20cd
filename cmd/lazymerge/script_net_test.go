package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"

	"github.com/rogpeppe/go-internal/testscript"
)

// proxy http|socks: a proxy at $PROXY, which leads every host to the same port of this machine.
func cmdProxy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 || args[0] != "http" && args[0] != "socks" {
		ts.Fatalf("usage: proxy http|socks")
	}
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	ts.Setenv("PROXY", l.Addr().String())
	if args[0] == "socks" {
		go serveSOCKS(l)
		return
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.Host = r.In.Host
		r.Out.URL.Host = net.JoinHostPort("127.0.0.1", r.In.URL.Port())
	}}
	go func() { _ = http.Serve(l, proxy) }() // until l is closed
}

// serveSOCKS takes connections of SOCKS 5 with a host by name and without a password (RFC 1928).
func serveSOCKS(l net.Listener) {
	for {
		near, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer near.Close()
			far, err := connectSOCKS(near)
			if err != nil {
				return
			}
			defer far.Close()
			go func() { _, _ = io.Copy(far, near) }()
			_, _ = io.Copy(near, far)
		}()
	}
}

func connectSOCKS(near net.Conn) (net.Conn, error) {
	read := func(n byte) []byte {
		b := make([]byte, n)
		if _, err := io.ReadFull(near, b); err != nil {
			return make([]byte, n)
		}
		return b
	}
	read(read(2)[1]) // the ways to log in
	if _, err := near.Write([]byte{5, 0}); err != nil {
		return nil, err
	}
	if asked := read(4); asked[1] != 1 || asked[3] != 3 {
		return nil, fmt.Errorf("not a connection to a name: %v", asked)
	}
	read(read(1)[0]) // the name
	port := read(2)
	far, err := new(net.Dialer).DialContext(context.Background(), "tcp", fmt.Sprintf("127.0.0.1:%d", int(port[0])<<8|int(port[1])))
	if err != nil {
		return nil, err
	}
	_, err = near.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	return far, err
}
