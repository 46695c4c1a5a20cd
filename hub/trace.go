package hub

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// traced gives [Client].Trace a line for each request: method, URL without its query, status or error, time until the
// headers of the answer, request id, and those headers of the request that tell something, a token masked.
type traced struct {
	http.RoundTripper
	client *Client
}

func (t traced) RoundTrip(req *http.Request) (*http.Response, error) {
	start := time.Now()
	resp, err := t.RoundTripper.RoundTrip(req)
	result, id := "", ""
	switch {
	case err != nil:
		result = sentence(bare(err).Error(), "")
	default:
		result, id = fmt.Sprint(resp.StatusCode), requestID(resp.Header)
	}
	line := []string{req.Method, t.client.shown(req.URL) + ":", result, "in", time.Since(start).Round(time.Millisecond).String()}
	if id != "" {
		line = append(line, "request "+id)
	}
	t.client.Trace(redact(strings.Join(line, " ")) + sentHeaders(req.Header))
	return resp, err
}

// sentHeaders names headers of a request, of a token only that it was sent.
func sentHeaders(h http.Header) string {
	var shown []string
	for _, key := range []string{"Range", "Content-Type", "X-HF-Download-Counter"} {
		if v := h.Get(key); v != "" {
			shown = append(shown, key+": "+sentence(v, ""))
		}
	}
	if h.Get("Authorization") != "" {
		shown = append(shown, "Authorization: ***")
	}
	if len(shown) == 0 {
		return ""
	}
	return " (" + strings.Join(shown, ", ") + ")"
}
