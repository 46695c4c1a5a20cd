package hub

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// What a server says about when to come back is obeyed, within limits; what it does not say is a
// wait that doubles.
func TestWaits(t *testing.T) {
	const busy = `RateLimit-Policy: "fixed window";"api";q=500;w=300`
	date := func(d time.Duration) func(w http.ResponseWriter, r *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			status(429, "", "Retry-After: "+time.Now().Add(d).UTC().Format(http.TimeFormat))(w, r)
		}
	}
	for _, tt := range []struct {
		name   string
		times  int
		fault  func(http.ResponseWriter, *http.Request)
		low    time.Duration
		high   time.Duration
		notice string
	}{
		{"a 500", 1, status(500, ""), time.Second, 1250 * time.Millisecond, "hub.test answered 500; trying again in 1"},
		{"a web page from a gateway", 1, status(502, "<html>Bad Gateway</html>"), time.Second, 1250 * time.Millisecond, "answered 502"},
		{"a 503 that says when", 1, status(503, "", "Retry-After: 7"), 7 * time.Second, 7 * time.Second, "in 7s"},
		{"a 504 four times", 4, status(504, ""), 15 * time.Second, 18750 * time.Millisecond, "answered 504"},
		{"a 408", 1, status(408, ""), time.Second, 1250 * time.Millisecond, "answered 408"},
		{"a used up quota", 1, status(429, "", `RateLimit: "api";r=0;t=2`, busy), 3 * time.Second, 3 * time.Second, `the quota "api" of 500 requests in 5m0s is used up; trying again in 3s`},
		{"a quota among others", 1, status(429, "", `RateLimit: "pages";r=9;t=90, "api";r=0;t=4`), 5 * time.Second, 5 * time.Second, `the quota "api" is used up`},
		{"a quota that is not the cause", 1, status(429, "", `RateLimit: "api";r=499;t=200`), time.Second, 1250 * time.Millisecond, "answered 429"},
		{"a quota that is not the cause, and when", 1, status(429, "", `RateLimit: "api";r=499;t=200`, "Retry-After: 2"), 2 * time.Second, 2 * time.Second, "in 2s"},
		{"429 with seconds", 1, status(429, "", "Retry-After: 2"), 2 * time.Second, 2 * time.Second, "answered 429; trying again in 2s"},
		{"429 with a date", 1, date(20 * time.Second), 19 * time.Second, 20 * time.Second, "answered 429"},
		{"429 with a date in the past", 1, date(-time.Hour), 100 * time.Millisecond, 100 * time.Millisecond, "answered 429"},
		{"429 with nonsense", 1, status(429, "", "Retry-After: soon"), time.Second, 1250 * time.Millisecond, "answered 429"},
		{"an hour is cut", 1, status(429, "", "Retry-After: 3600"), maxWait, maxWait, "in 5m0s (it asked for 1h0m0s)"},
		{"a connection that is cut", 1, cut("", ""), time.Second, 1250 * time.Millisecond, "hub.test: EOF; trying again"},
		{"an answer that is cut", 1, cut("HTTP/1.1 200 OK\nContent-Length: 100", `{"id":`), time.Second, 1250 * time.Millisecond, "unexpected EOF"},
		{"no answer", 1, hang, answerTimeout + time.Second, answerTimeout + 1250*time.Millisecond, "no answer for 1m0s"},
		{"nonsense for HTTP", 1, cut("SSH-2.0-OpenSSH", ""), time.Second, 1250 * time.Millisecond, "malformed HTTP"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				n.addModel()
				n.failTimes("/revision/", tt.times, tt.fault)
				start := time.Now()
				if _, err := n.client().Repo(t.Context(), "alice/model"); err != nil {
					t.Errorf("Repo = %v", err)
				}
				within(t, start, tt.low, tt.high)
				if got := n.count("/revision/main"); got != tt.times+1 {
					t.Errorf("%d requests, want %d", got, tt.times+1)
				}
				n.notices = slices.DeleteFunc(n.said(), func(s string) bool { return strings.HasPrefix(s, "still waiting") })
				if len(n.said()) != tt.times || !strings.Contains(n.said()[0], tt.notice) {
					t.Errorf("notices %q, want %d with %q", n.said(), tt.times, tt.notice)
				}
			})
		})
	}
}

// Trouble that does not pass ends after five tries, with the facts.
func TestGivingUp(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault func(http.ResponseWriter, *http.Request)
		is    error
		text  []string
		hint  string
	}{
		{"a server in trouble", status(503, "<html>maintenance</html>", "X-Request-Id: 01JD"), ErrNetwork,
			[]string{"look up alice/model: the Hub answered 503, 5 times (503, GET http://hub.test/api/models/alice/model/revision/main, request 01JD)"}, "in a few minutes"},
		{"a quota", status(429, "", `RateLimit: "api";r=0;t=55`, `RateLimit-Policy: "fixed window";"api";q=500;w=300`), ErrRateLimited,
			[]string{`too many requests: the quota "api" of 500 requests in 5m0s is used up, 5 times (429`}, "wait a few minutes"},
		{"a connection that is always cut", cut("", ""), ErrNetwork, []string{"EOF", "5 times"}, "run the command again"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				n.addModel()
				n.failTimes("/revision/", always, tt.fault)
				_, err := n.client().Repo(t.Context(), "alice/model")
				wantError(t, err, tt.is, tt.text...)
				var e *Error
				if !errors.As(err, &e) || !strings.Contains(e.Hint(), tt.hint) {
					t.Errorf("error %#v, want one whose hint has %q", err, tt.hint)
				}
				if got := len(n.requests); got != maxTries {
					t.Errorf("%d requests, want %d", got, maxTries)
				}
			})
		})
	}
}

// roundTrip is a transport that is a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// What cannot be mended by asking again is not asked again.
func TestTransportErrors(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	for _, tt := range []struct {
		name  string
		err   error
		tries int
		hint  string
	}{
		{"no such host", dial(&net.DNSError{Err: "no such host", Name: "hub.test", IsNotFound: true}), maxTries, "HF_ENDPOINT"},
		{"connection refused", dial(syscall.ECONNREFUSED), maxTries, "check the network"},
		{"connection reset", &net.OpError{Op: "read", Err: syscall.ECONNRESET}, maxTries, "run the command again"},
		{"an unknown authority", &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, 1, "SSL_CERT_FILE"},
		{"a certificate of another host", x509.HostnameError{Certificate: &x509.Certificate{}, Host: "hub.test"}, 1, ""},
		{"http where https was asked", errors.New("http: server gave HTTP response to HTTPS client"), 1, "does not speak https"},
		{"a proxy without its password", errors.New("Proxy Authentication Required"), 1, "HTTPS_PROXY"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sent := 0
				c := &Client{Endpoint: "http://hub.test", HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
					sent++
					return nil, tt.err
				})}
				_, err := c.Repo(t.Context(), "alice/model")
				wantError(t, err, ErrNetwork, "look up alice/model")
				var e *Error
				if !errors.As(err, &e) || !strings.Contains(e.Hint(), tt.hint) {
					t.Errorf("error %#v, want an *Error whose hint has %q", err, tt.hint)
				}
				if sent != tt.tries {
					t.Errorf("%d tries, want %d", sent, tt.tries)
				}
			})
		})
	}
}

// A transport's error that holds a signed URL, at any depth, does not pass it on.
func TestTransportErrorsHoldNoURL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Client{Endpoint: "http://hub.test", HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
			signed, err := http.NewRequestWithContext(r.Context(), http.MethodGet, "http://u:"+testToken+"@store.test/x?sig="+signature, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = (&http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF })}).Do(signed)
			return nil, fmt.Errorf("inner: %w", err)
		})}
		_, err := c.Repo(t.Context(), "alice/model")
		wantError(t, err, ErrNetwork, "store.test/x")
		for e := err; e != nil; e = errors.Unwrap(e) {
			clean(t, "wrapped error", e.Error())
		}
	})
}

// net/http prints header lines that it cannot read; a signed URL may be in one.
func TestBrokenHeadersHoldNoURL(t *testing.T) {
	for _, location := range []string{"http://store.test/x?sig=" + signature + "\x01", "/x?sig=" + signature + "\x01"} {
		bubble(t, func(t *testing.T, n *network) {
			n.addModel()
			n.failTimes("/revision/", always, cut("HTTP/1.1 302 Found\nLocation: "+location, ""))
			_, err := n.client().Repo(t.Context(), "alice/model")
			wantError(t, err, ErrNetwork, "Location: ", "/x")
		})
	}
}

// The transport of a Client without one: real sockets, its own idea of whom to trust.
func TestDefaultTransport(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 1 {
			t.Errorf("%s over %s, want HTTP/1.1", r.URL, r.Proto)
		}
		fmt.Fprintf(w, `{"id":"alice/model","sha":%q}`, commitA)
	}))
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	_, err := (&Client{Endpoint: server.URL}).Repo(t.Context(), "alice/model")
	wantError(t, err, ErrNetwork, "certificate")
	transport := newTransport(Proxies{})
	transport.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	transport.TLSClientConfig.NextProtos = nil
	if _, err := (&Client{Endpoint: server.URL, HTTP: transport}).Repo(t.Context(), "alice/model"); err != nil {
		t.Error(err)
	}

	plain := httptest.NewServer(server.Config.Handler)
	defer plain.Close()
	if _, err := (&Client{Endpoint: plain.URL}).Repo(t.Context(), "alice/model"); err != nil {
		t.Error(err)
	}
	_, err = (&Client{Endpoint: strings.Replace(plain.URL, "http:", "https:", 1)}).Repo(t.Context(), "alice/model")
	wantError(t, err, ErrNetwork)
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(e.Hint(), "does not speak https") || e.Tries != 1 {
		t.Errorf("https to a plain server: %v, hint %q, want one try and what it means", err, e.Hint())
	}
}

// A keep-alive connection that the server has closed meanwhile costs nothing.
func TestConnectionClosedBetweenRequests(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		n.addModel()
		c := n.client()
		for range 3 {
			if _, err := c.Repo(t.Context(), "alice/model"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(20 * time.Second) // twice the server's patience
		}
		if got := len(n.requests); got != 3 || len(n.said()) > 0 {
			t.Errorf("%d requests and notices %q, want 3 and none", got, n.said())
		}
	})
}

// Concurrent calls that wait for the same thing say so once.
func TestOneNoticeForOneWait(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		n.addModel()
		c := n.client()
		n.failTimes("/revision/", 8, status(429, "", `RateLimit: "api";r=0;t=55`))
		done := make(chan error)
		for range 8 {
			go func() {
				_, err := c.Repo(t.Context(), "alice/model")
				done <- err
			}()
		}
		for range 8 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if len(n.said()) != 1 {
			t.Errorf("notices %q, want one", n.said())
		}
	})
}

// A token that has rotated since the request went out is tried once.
func TestTokenRotation(t *testing.T) {
	for _, tt := range []struct {
		name   string
		tokens []string
		is     error
		tries  int
	}{
		{"a new token", []string{"hf_old", "hf_new", "hf_new"}, nil, 2},
		{"the same token", []string{"hf_old", "hf_old", "hf_old"}, ErrUnauthorized, 1},
		{"a new one that is bad too", []string{"hf_old", "hf_bad", "hf_bad", "hf_worse"}, ErrUnauthorized, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				n.addModel()
				n.failTimes("hub.test", always, func(w http.ResponseWriter, r *http.Request) {
					if r.Header.Get("Authorization") == "Bearer hf_new" {
						fmt.Fprintf(w, `{"id":"alice/model","sha":%q}`, commitA)
					} else {
						status(401, `{"error":"Invalid credentials in Authorization header"}`)(w, r)
					}
				})
				c := n.client()
				c.Token = func() string {
					token := tt.tokens[0]
					tt.tokens = tt.tokens[1:]
					return token
				}
				if _, err := c.Repo(t.Context(), "alice/model"); !errors.Is(err, tt.is) {
					t.Errorf("Repo = %v, want %v", err, tt.is)
				}
				if len(n.requests) != tt.tries {
					t.Errorf("%d requests, want %d", len(n.requests), tt.tries)
				}
			})
		})
	}
}

// A token is asked for anew after a wait, however long.
func TestTokenAfterAWait(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		n.addModel()
		n.failTimes("/revision/", 1, status(503, ""))
		c := n.client()
		var asked atomic.Int32
		c.Token = func() string { return fmt.Sprintf("hf_%d", asked.Add(1)) }
		if _, err := c.Repo(t.Context(), "alice/model"); err != nil {
			t.Fatal(err)
		}
		if a, b := n.requests[0].token, n.requests[1].token; a == b {
			t.Errorf("both requests had the token %s", a)
		}
	})
}

// A token that cannot stand in a header is an error that does not print it.
func TestTokenThatIsNone(t *testing.T) {
	c := &Client{Endpoint: "http://hub.test", TokenFrom: "the token file", HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
		t.Error("a request was sent")
		return nil, io.EOF
	}), Token: func() string { return testToken + "\nsecond line" }}
	_, err := c.Repo(t.Context(), "alice/model")
	wantError(t, err, nil, "the token file", "invalid character")
}

func TestOffline(t *testing.T) {
	c := &Client{Offline: true, HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
		t.Errorf("offline, but asked for %s", r.URL)
		return nil, io.EOF
	})}
	ctx := t.Context()
	object := Object{Path: "a", SHA256: sha256Hex(nil), Size: 1, Open: func() (io.ReadSeekCloser, error) { return nil, io.EOF }}
	for name, call := range map[string]func() error{
		"Resolve":           func() error { _, err := c.Resolve(ctx, "a/b", ""); return err },
		"Repo":              func() error { _, err := c.Repo(ctx, "a/b"); return err },
		"WhoAmI":            func() error { _, err := c.WhoAmI(ctx); return err },
		"CheckRead":         func() error { return c.CheckRead(ctx, "a/b") },
		"CheckWrite":        func() error { return c.CheckWrite(ctx, "a/b") },
		"CreateRepo":        func() error { _, err := c.CreateRepo(ctx, "a/b", true); return err },
		"CreateBranch":      func() error { return c.CreateBranch(ctx, "a/b", "x", "") },
		"CreatePullRequest": func() error { _, _, err := c.CreatePullRequest(ctx, "a/b", "x", ""); return err },
		"OpenPullRequest":   func() error { return c.OpenPullRequest(ctx, "a/b", 1) },
		"ValidateCard":      func() error { _, err := c.ValidateCard(ctx, nil); return err },
		"Preupload":         func() error { _, err := c.Preupload(ctx, "a/b", "main", []Candidate{{Path: "x"}}); return err },
		"Upload":            func() error { return c.Upload(ctx, "a/b", "main", []Object{object}) },
		"Commit": func() error {
			_, err := c.Commit(ctx, "a/b", "main", Commit{Summary: "x", Ops: []Op{DeleteFile("x")}})
			return err
		},
	} {
		if err := call(); !errors.Is(err, ErrOffline) {
			t.Errorf("%s = %v, want ErrOffline", name, err)
		}
	}
}

func TestPause(t *testing.T) {
	for try, want := range []time.Duration{1, 1, 2, 4, 8, 8, 8} {
		low := want * time.Second
		if got := pause(try); got < low || got > low+low/4 {
			t.Errorf("pause(%d) = %s, want %s and up to a quarter more", try, got, low)
		}
	}
}

func TestSleepEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if err := sleep(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("sleep = %v", err)
		}
		within(t, start, time.Second, time.Second)
	})
}
