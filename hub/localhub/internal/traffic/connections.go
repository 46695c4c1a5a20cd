package traffic

import (
	"net"
	"net/http"
	"sync"
)

// limited is l with at most n connections open at a time: Accept waits for one to end. released is
// for the ConnState of the server that accepts them. The connections are those of l, since a fault
// has to get at the socket.
func limited(l net.Listener, n int) (limited net.Listener, released func(net.Conn, http.ConnState)) {
	open := &openConnections{Listener: l, slots: make(chan struct{}, n), closed: make(chan struct{})}
	return open, func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed || state == http.StateHijacked {
			<-open.slots
		}
	}
}

type openConnections struct {
	net.Listener
	slots  chan struct{}
	closed chan struct{}
	once   sync.Once
}

func (o *openConnections) Accept() (net.Conn, error) {
	select {
	case o.slots <- struct{}{}:
	case <-o.closed:
		return nil, net.ErrClosed
	}
	conn, err := o.Listener.Accept()
	if err != nil {
		<-o.slots
	}
	return conn, err
}

func (o *openConnections) Close() error {
	o.once.Do(func() { close(o.closed) })
	return o.Listener.Close()
}
