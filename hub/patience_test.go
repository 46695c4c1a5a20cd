package hub

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// drip answers with a body of which n bytes come each second.
func drip(code int, body string, n int, headers ...string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		status(code, "", append(headers, fmt.Sprintf("Content-Length: %d", len(body)))...)(w, r)
		for rest := body; len(rest) > 0 && r.Context().Err() == nil; {
			some := rest[:min(n, len(rest))]
			rest = rest[len(some):]
			io.WriteString(w, some)
			w.(http.Flusher).Flush()
			time.Sleep(time.Second)
		}
	}
}

// How long a body may take depends on what it is: one that moves is waited for, words that explain a refusal are not, and
// an answer that is to be held in memory has an end.
func TestPatience(t *testing.T) {
	info := fmt.Sprintf(`{"id":"alice/model","sha":%q}`, commitA)
	for _, tt := range []struct {
		name   string
		fault  func(http.ResponseWriter, *http.Request)
		is     error
		text   string
		low    time.Duration
		tries  int
		notice string
	}{
		{"a small answer that takes half a minute", drip(200, info, 2), nil, "", 34 * time.Second, 1, "still waiting for hub.test after 15s: look up alice/model, "},
		{"an answer of a byte a second", drip(200, info+strings.Repeat(" ", 1000), 1), ErrNetwork, " bytes in 1m0s, 5 times", 315 * time.Second, 5, " bytes in 1m0s; trying again"},
		{"an answer that moves and never ends", drip(200, info+strings.Repeat(" ", 2_000_000), 2000), ErrNetwork, "not complete after 10m0s, 5 times", 3015 * time.Second, 5, "look up alice/model, "},
		{"a refusal of a byte a second", drip(404, `{"error":"Repository not found"}`, 1, "X-Error-Code: RepoNotFound"), ErrNotFound, "not found", 10 * time.Second, 1, ""},
		{"a redirect whose words never end", drip(307, strings.Repeat(" ", 1000), 1, "Location: /api/models/alice/model/revision/main"), ErrAnswer, "more than 20 redirects", 210 * time.Second, 21, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				n.addModel()
				n.failTimes("/revision/", always, tt.fault)
				start := time.Now()
				_, err := n.client().Repo(t.Context(), "alice/model")
				if tt.is != nil {
					wantError(t, err, tt.is, tt.text)
				} else if err != nil {
					t.Error(err)
				}
				within(t, start, tt.low, tt.low+tt.low/20+4*time.Second)
				if got := len(n.requests); got != tt.tries {
					t.Errorf("%d requests, want %d", got, tt.tries)
				}
				if all := strings.Join(n.said(), "\n"); !strings.Contains(all, tt.notice) || tt.notice == "" && all != "" {
					t.Errorf("notices %q, want one with %q", n.said(), tt.notice)
				}
			})
		})
	}
}

// Tries after a redirect do not begin to wait from the start.
func TestWaitsInTotal(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		n.addModel()
		turn := 0
		n.failTimes("/revision/", always, func(w http.ResponseWriter, r *http.Request) {
			if turn++; turn%maxTries == 0 {
				status(307, "", "Location: "+r.URL.Path)(w, r)
				return
			}
			status(503, "", "Retry-After: 1000000000")(w, r)
		})
		start := time.Now()
		_, err := n.client().Repo(t.Context(), "alice/model")
		wantError(t, err, ErrNetwork, "503")
		within(t, start, maxWaited, maxWaited+time.Second)
		if first := n.said()[0]; !strings.HasSuffix(first, "trying again in 5m0s (it asked for 8784h0m0s)") {
			t.Errorf("the first notice is %q", first)
		}
	})
}

// An upload that is taken slowly, yet never so slowly that it is silent, ends as well; a person who has asked for more
// patience gets it.
func TestSlowUpload(t *testing.T) {
	data := bytes.Repeat([]byte("weights "), 40_000)
	sip := func(w http.ResponseWriter, r *http.Request) {
		for p := make([]byte, 80); ; time.Sleep(time.Second / 10) {
			if _, err := io.ReadFull(r.Body, p); err != nil {
				return
			}
		}
	}
	for _, tt := range []struct {
		patience time.Duration
		text     string
	}{{0, " bytes in 1m0s"}, {50 * time.Second, " bytes in 1m0s"}, {90 * time.Second, ""}} {
		bubble(t, func(t *testing.T, n *network) {
			n.hosts["store.test"] = http.HandlerFunc(sip)
			c := n.client()
			c.ReadTimeout = tt.patience
			if err := c.ready(); err != nil {
				t.Fatal(err)
			}
			to, err := c.returned(c.base, "http://store.test/lfs/x")
			if err != nil {
				t.Fatal(err)
			}
			cl := &call{op: "upload x to", repo: "alice/model", method: http.MethodPut, url: to, once: true, size: int64(len(data)), limit: smallAnswer, answer: commitTimeout,
				body: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
			_, err = c.send(t.Context(), cl)
			time.Sleep(10 * time.Second) // the server still sips what its buffer holds
			if tt.text == "" {
				if err != nil {
					t.Errorf("with a patience of %s: %v", tt.patience, err)
				}
				return
			}
			wantError(t, err, ErrNetwork, tt.text)
			if all := strings.Join(n.said(), "\n"); tt.patience > 0 && !strings.Contains(all, "still waiting for store.test after ") {
				t.Errorf("notices %q do not tell of the wait", n.said())
			}
		})
	}
}

// A storage that gives one byte in each answer does not hold a read as long as there are bytes.
func TestCrumbs(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		n.addModel()
		r := n.resolve(t)
		n.failTimes("store.test", always, func(w http.ResponseWriter, r *http.Request) {
			var from, to int
			if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &from, &to); err != nil {
				t.Error(err)
			}
			cut(fmt.Sprintf("HTTP/1.1 206 Partial Content\nContent-Range: bytes %d-%d/5000\nContent-Length: %d", from, to, to-from+1), "x")(w, r)
		})
		_, err := readAt(t, r, "model.safetensors", 0, 4000)
		wantError(t, err, ErrNetwork, "ended 3960 bytes early", "model.safetensors")
		if got := n.count("/lfs/model.safetensors"); got != maxCrumbs {
			t.Errorf("%d requests, want %d", got, maxCrumbs)
		}
	})
}

// Ctrl-C ends every wait for what comes slowly, at once.
func TestSlowAnswersEndWithContext(t *testing.T) {
	for _, tt := range []struct {
		name, where string
		fault       func(http.ResponseWriter, *http.Request)
		do          func(context.Context, *Client) error
	}{
		{"an answer in memory", "/revision/", drip(200, strings.Repeat(" ", 1000), 1), func(ctx context.Context, c *Client) error {
			_, err := c.Resolve(ctx, "alice/model", "main")
			return err
		}},
		{"a listing", "/tree/", drip(200, strings.Repeat(" ", 1000), 1), func(ctx context.Context, c *Client) error {
			_, err := c.Resolve(ctx, "alice/model", "main")
			return err
		}},
		{"the words of a refusal", "/revision/", drip(403, strings.Repeat(" ", 1000), 1), func(ctx context.Context, c *Client) error {
			_, err := c.Repo(ctx, "alice/model")
			return err
		}},
		{"a commit", "/commit/", drip(200, strings.Repeat(" ", 1000), 1), func(ctx context.Context, c *Client) error {
			_, err := c.Commit(ctx, "alice/model", "main", Commit{Summary: "x", Parent: commitA, Ops: []Op{AddFile("a", []byte("b"))}})
			return err
		}},
		{"a token", "/oauth/token", drip(200, strings.Repeat(" ", 1000), 1), func(ctx context.Context, c *Client) error {
			c.OIDC = &OIDC{Resource: "alice/model", IDToken: "id"}
			_, err := c.Repo(ctx, "alice/model")
			return err
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				n.addModel()
				n.failTimes(tt.where, always, tt.fault)
				ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
				defer cancel()
				start := time.Now()
				err := tt.do(ctx, n.client())
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("error %v, want the end of the context", err)
				}
				within(t, start, 7*time.Second, 7*time.Second)
			})
		})
	}
}
