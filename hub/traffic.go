package hub

import (
	"io"
	"net/http"
	"sync/atomic"
)

// Received is how many bytes of answers the client has read so far, from the Hub and from its storage:
// bodies as they were sent, those of refusals and repeated reads included, headers not.
func (c *Client) Received() int64 { return c.received.Load() }

// counted adds what is read of the answers of a transport to n.
type counted struct {
	http.RoundTripper
	n *atomic.Int64
}

func (t counted) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.RoundTripper.RoundTrip(req)
	if err == nil {
		resp.Body = &countedBody{resp.Body, t.n}
	}
	return resp, err
}

type countedBody struct {
	io.ReadCloser
	n *atomic.Int64
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.n.Add(int64(n))
	return n, err
}
