package traffic

import (
	"errors"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub/pipenet"
)

// The connection beyond the limit is answered when another ends, and Close waits for none.
func TestConnectionsAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipes := pipenet.Listen("127.0.0.1:81")
		listener, released := limited(pipes, 2)
		server := &http.Server{ConnState: released, IdleTimeout: time.Minute}
		done := make(chan error)
		go func() { done <- server.Serve(listener) }()
		transport := pipenet.Transport(pipes)
		dial := func() (net.Conn, time.Duration) {
			begun := time.Now()
			conn, err := transport.DialContext(t.Context(), "tcp", "127.0.0.1:81")
			if err != nil {
				t.Fatal(err)
			}
			return conn, time.Since(begun)
		}
		first, _ := dial()
		second, took := dial()
		defer second.Close()
		if took > 0 {
			t.Errorf("the second connection took %v", took)
		}
		time.AfterFunc(10*time.Second, func() { first.Close() })
		third, took := dial()
		defer third.Close()
		if took != 10*time.Second {
			t.Errorf("the connection beyond the limit took %v, want the 10 s until another ends", took)
		}
		server.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve = %v", err)
		}
	})
}
