package localhub_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub"
	"github.com/lazymerge/lazymerge/hub/localhub/pipenet"
)

// inBubble runs f with a server whose connections are pipes and whose minutes take no time. dial
// opens a connection to it.
func inBubble(t *testing.T, f func(t *testing.T, server *localhub.Server, dial func() net.Conn)) {
	synctest.Test(t, func(t *testing.T) {
		server, err := localhub.New(localhub.Options{Users: []localhub.User{{Name: "alice", Tokens: []localhub.Token{{Secret: alice, Role: localhub.Write}}}}})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"a.txt": localhub.Text(strings.Repeat("a line\n", 100_000))})
		listener := pipenet.Listen("127.0.0.1:81")
		transport := pipenet.Transport(listener)
		if err := server.Serve(listener, nil); err != nil {
			t.Fatal(err)
		}
		f(t, server, func() net.Conn {
			conn, err := transport.DialContext(t.Context(), "tcp", "127.0.0.1:81")
			if err != nil {
				t.Fatal(err)
			}
			return conn
		})
	})
}

// Whoever is slow is not waited for, and the answer tells where one can be given.
func TestSlowClientsEnd(t *testing.T) {
	const post = "POST /api/validate-yaml HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
	for _, tt := range []struct {
		name   string
		first  string
		then   string        // sent again and again
		every  time.Duration // between two of them
		most   time.Duration // until the end
		status int           // of an answer before it; 0 is none
	}{
		{"nothing is sent", "", "", time.Second, time.Minute, 0},
		{"the headers never end", "GET / HTTP/1.1\r\n", "X: y\r\n", time.Second, time.Minute, 0},
		{"the body stops", post + "{", "", time.Second, 2 * time.Minute, 400},
		{"the body drips", post, "x", 10 * time.Second, 2 * time.Minute, 400},
		{"the body of a form drips", "POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n", "x", 10 * time.Second, 2 * time.Minute, 400},
		{"the body of an upload drips", "PUT /-/lfs/a/b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n", "x", 10 * time.Second, 2 * time.Minute, 403},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, server *localhub.Server, dial func() net.Conn) {
				conn := dial()
				begun := time.Now()
				done := make(chan bool)
				go func() {
					defer close(done)
					_, err := io.WriteString(conn, tt.first)
					for err == nil {
						time.Sleep(tt.every)
						_, err = io.WriteString(conn, tt.then)
					}
				}()
				answer, _ := io.ReadAll(conn)
				conn.Close()
				<-done
				if took := time.Since(begun); took > tt.most {
					t.Errorf("the connection ends after %v, want %v at most", took, tt.most)
				}
				if status := fmt.Sprintf("HTTP/1.1 %d ", tt.status); tt.status > 0 && !strings.HasPrefix(string(answer), status) {
					t.Errorf("the answer is %.200q, want %s", answer, status)
				}
			})
		})
	}
}

// A connection that nobody uses ends, and so does one whose client takes nothing of the answer.
func TestIdleAndStuckConnectionsEnd(t *testing.T) {
	for name, request := range map[string]string{
		"idle":  "GET /-/mark.svg HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"stuck": "GET /alice/x/resolve/main/a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, server *localhub.Server, dial func() net.Conn) {
				conn := dial()
				defer conn.Close()
				begun := time.Now()
				if _, err := io.WriteString(conn, request); err != nil {
					t.Fatal(err)
				}
				in := bufio.NewReader(conn)
				resp, err := http.ReadResponse(in, nil)
				if err != nil {
					t.Fatal(err)
				}
				if name == "stuck" {
					time.Sleep(5 * time.Minute)
				}
				n, err := io.Copy(io.Discard, resp.Body)
				if name == "stuck" && (err == nil || n == resp.ContentLength) {
					t.Errorf("after five minutes without a read the whole answer comes: %d of %d bytes, %v", n, resp.ContentLength, err)
				}
				if _, err := in.ReadByte(); err == nil || time.Since(begun) > 6*time.Minute {
					t.Errorf("the connection is open after %v: %v", time.Since(begun), err)
				}
			})
		})
	}
}

// A slow but steady client is served to the end: neither way has a limit in time.
func TestSteadyClientsAreServed(t *testing.T) {
	inBubble(t, func(t *testing.T, server *localhub.Server, dial func() net.Conn) {
		conn := dial()
		defer conn.Close()
		begun := time.Now()
		body := `{"content":"` + strings.Repeat("x", 200_000) + `"}`
		go func() {
			fmt.Fprintf(conn, "POST /api/validate-yaml HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n", len(body))
			for len(body) > 0 {
				n := min(len(body), 2000)
				io.WriteString(conn, body[:n])
				body = body[n:]
				time.Sleep(time.Second)
			}
			io.WriteString(conn, "GET /alice/x/resolve/main/a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")
		}()
		in := bufio.NewReader(conn)
		for _, want := range []int64{0, 700_000} {
			resp, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			var n int64
			for err == nil {
				var one int64
				one, err = io.CopyN(io.Discard, resp.Body, 10_000)
				n += one
				time.Sleep(5 * time.Second)
			}
			if resp.StatusCode != 200 || !errors.Is(err, io.EOF) || want > 0 && n != want {
				t.Errorf("the answer is %d with %d bytes, %v", resp.StatusCode, n, err)
			}
		}
		if took := time.Since(begun); took < 5*time.Minute {
			t.Errorf("the test took %v, which no limit is in the way of", took)
		}
	})
}
