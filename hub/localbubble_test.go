package hub_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/hub/localhub"
	"github.com/lazymerge/lazymerge/hub/localhub/pipenet"
)

// A bubble is a local Hub and its network, both within a synctest bubble: connections are pipes,
// waits take no time, and the clock tells how long they would have been.
type bubble struct {
	*localhub.Server
	*testing.T
	transport *http.Transport
	setFault  func(func(*http.Request) localhub.Fault)

	mu      sync.Mutex
	notices []string
}

// inBubble runs f with a Hub of its own. At the end it checks that storage never saw a token and
// that no notice has a secret.
func inBubble(t *testing.T, opts localhub.Options, f func(b *bubble)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		opts.Users = []localhub.User{
			{Name: "alice", Tokens: []localhub.Token{{Secret: alice, Role: localhub.Write}}},
			{Name: "bob", Tokens: []localhub.Token{{Secret: bob, Role: localhub.Write}}},
		}
		server, err := localhub.New(opts)
		if err != nil {
			t.Fatal(err)
		}
		api, storage := pipenet.Listen("127.0.0.1:81"), pipenet.Listen("127.0.0.1:82")
		b := &bubble{Server: server, T: t, transport: pipenet.Transport(api, storage)}
		// A rule is set by the test, later, and from the test's own goroutine.
		var rule atomic.Pointer[func(*http.Request) localhub.Fault]
		server.Fault = func(r *http.Request) localhub.Fault {
			if f := rule.Load(); f != nil {
				return (*f)(r)
			}
			return nil
		}
		b.setFault = func(f func(*http.Request) localhub.Fault) { rule.Store(&f) }
		if err := server.Serve(api, storage); err != nil {
			t.Fatal(err)
		}
		defer func() {
			b.transport.CloseIdleConnections()
			server.Close()
			time.Sleep(time.Second) // a connection of net/http lingers for half of that
		}()
		f(b)
		if leaks := server.Leaks(); len(leaks) > 0 {
			t.Errorf("storage got the token: %+v", leaks)
		}
		for _, notice := range b.said() {
			b.clean(notice)
		}
	})
}

// as makes a client for the owner of a token.
func (b *bubble) as(token string) *hub.Client {
	return &hub.Client{
		Endpoint:  b.URL(),
		Token:     func() string { return token },
		TokenFrom: "HF_TOKEN",
		UserAgent: "lazymerge/test",
		HTTP:      b.transport,
		Notice: func(s string) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.notices = append(b.notices, s)
		},
	}
}

// said is what a person has been told so far.
func (b *bubble) said() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.notices)
}

// rule makes requests fail as a rule in words says, or as none where it is "".
func (b *bubble) rule(text string) {
	b.Helper()
	if text == "" {
		b.setFault(func(*http.Request) localhub.Fault { return nil })
		return
	}
	r, err := localhub.ParseRule(text)
	if err != nil {
		b.Fatal(err)
	}
	b.setFault(r.Faults(1))
}

// clean checks that a text for a person has no secret and no page in it.
func (b *bubble) clean(text string) {
	b.Helper()
	for _, secret := range []string{alice, bob, "TokenForTests", "Signature", "Expires=", "uploadId", "<html", "<!DOCTYPE"} {
		if strings.Contains(text, secret) {
			b.Errorf("%q has %q in it", text, secret)
		}
	}
}

// wants checks an error, nil for none, and all that it wraps for secrets.
func (b *bubble) wants(err, want error) {
	b.Helper()
	if !errors.Is(err, want) {
		b.Errorf("error is %v, want %v", err, want)
	}
	var walk func(error)
	walk = func(err error) {
		b.clean(fmt.Sprintf("%+v", err))
		switch e := err.(type) { //nolint:errorlint // it goes from one error to the next itself
		case interface{ Unwrap() error }:
			if inner := e.Unwrap(); inner != nil {
				walk(inner)
			}
		case interface{ Unwrap() []error }:
			for _, inner := range e.Unwrap() {
				walk(inner)
			}
		}
	}
	if err != nil {
		walk(err)
	}
}

// counts says how often each kind of request has been made, as "info 1, PUT 2", since the log
// had so many.
func (b *bubble) counts(since int) string {
	kinds := []string{"info", "tree", "resolve", "GET", "preupload", "batch", "PUT", "complete", "verify", "commit", "history", "discussions", "status", "other"}
	n := map[string]int{}
	for _, r := range b.Log()[since:] {
		n[kindOf(r)]++
	}
	var words []string
	for _, kind := range kinds {
		if n[kind] > 0 {
			words = append(words, fmt.Sprintf("%s %d", kind, n[kind]))
		}
	}
	return strings.Join(words, ", ")
}

func kindOf(r localhub.Request) string {
	if r.Storage {
		return r.Method
	}
	for _, k := range []struct{ part, kind string }{
		{"/revision/", "info"}, {"/tree/", "tree"}, {"/resolve/", "resolve"}, {"/preupload/", "preupload"}, {"/batch", "batch"},
		{"/complete_multipart", "complete"}, {"/verify", "verify"}, {"/commit/", "commit"}, {"/commits/", "history"},
		{"/status", "status"}, {"/discussions", "discussions"},
	} {
		if strings.Contains(r.Path, k.part) {
			return k.kind
		}
	}
	return "other"
}

// took checks how long something took on the bubble's clock; high is low and what chance may add to
// it, where it is 0.
func (b *bubble) took(start time.Time, low, high time.Duration) {
	b.Helper()
	if high == 0 {
		high = low + low/4
	}
	if got := time.Since(start); got < low || got > high {
		b.Errorf("took %s, want %s to %s", got, low, high)
	}
}

func containsText(err error, text string) bool { return strings.Contains(err.Error(), text) }
