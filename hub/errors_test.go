package hub

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// Each refusal of the Hub has its own words, its sentinel, and something to do about it.
func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		name      string
		anonymous bool
		fault     func(http.ResponseWriter, *http.Request)
		is        []error
		text      string
		hint      string
	}{
		{"a repo that is not there", false, status(404, `{"error":"Repository not found"}`, "X-Error-Code: RepoNotFound", "X-Request-Id: 01JDREQ"),
			[]error{ErrNotFound}, "look up alice/model: not found, or private (404 RepoNotFound, request 01JDREQ)",
			"check the spelling, or replace the token from HF_TOKEN with one that can read it"},
		{"the same without a token", true, status(401, `{"error":"Repository not found"}`, "X-Error-Code: RepoNotFound"),
			[]error{ErrNotFound}, "not found, or private", "set HF_TOKEN"},
		{"no such revision", false, status(404, "", "X-Error-Code: RevisionNotFound"), []error{ErrNotFound}, "no such revision", "http://hub.test/alice/model"},
		{"no such file", false, status(404, "", "X-Error-Code: EntryNotFound"), []error{ErrNotFound}, "no such file", "http://hub.test/alice/model"},
		{"a gated repo, no token", true, status(401, "", "X-Error-Code: GatedRepo"), []error{ErrGated}, "gated, but no token was sent", "accept the terms on http://hub.test/alice/model, then set HF_TOKEN"},
		{"a gated repo, a token that is not let in", false, status(403, "", "X-Error-Code: GatedRepo"), []error{ErrGated}, "gated, and the token from HF_TOKEN has no access", "accept the terms on http://hub.test/alice/model with"},
		{"a bad token", false, status(401, `{"error":"Invalid credentials in Authorization header"}`), []error{ErrUnauthorized},
			"the token from HF_TOKEN was rejected: Invalid credentials in Authorization header", "mistyped, expired or revoked"},
		{"the words of a login that nobody tried", true, status(401, `{"error":"Invalid username or password."}`), []error{ErrUnauthorized}, "this needs a token, but none was sent (401", "set HF_TOKEN"},
		{"a bare 401 without a token", true, status(401, ""), []error{ErrUnauthorized}, "this needs a token", "set HF_TOKEN"},
		{"a missing permission", false, status(403, "", "X-Error-Message: Your token lacks repo.content.read."), []error{ErrForbidden}, "not allowed: Your token lacks repo.content.read (403", "replace the token from HF_TOKEN"},
		{"a repo disabled by the staff", false, status(403, "", "X-Error-Message: Access to this resource is disabled."), []error{ErrForbidden}, "disabled by Hub staff", "another repo"},
		{"a plan that does not allow it", false, status(402, `{"error":"Private storage limit reached"}`), []error{ErrForbidden}, "not covered by the account's plan or storage: Private storage limit reached", ""},
		{"a conflict", false, status(409, `{"message":"busy"}`), []error{ErrConflict}, "in the meantime: busy", "latest commit"},
		{"a failed precondition", false, status(412, `{"error":["a","b"]}`), []error{ErrConflict}, "in the meantime: a; b", "latest commit"},
		{"gone", false, status(410, ""), []error{ErrNotFound}, "410", ""},
		{"for legal reasons", false, status(451, ""), []error{ErrForbidden}, "451", ""},
		{"a proxy that wants a password", false, status(407, "<html>proxy</html>"), nil, "the Hub answered 407 (407", "HTTPS_PROXY"},
		{"too large", false, status(413, `{"errors":[{"message":"too large"}]}`), nil, "answered 413: too large", "small files"},
		{"a 403 without a token", true, status(403, ""), []error{ErrForbidden}, "not allowed (403", "set HF_TOKEN"},
		{"a status nobody knows", false, status(418, `{"error":"x","error_description":"a teapot"}`), nil, "the Hub answered 418: a teapot", ""},
		{"an error in plain text", false, status(400, "no good\n"), nil, "answered 400: no good (", ""},
		{"an error as a web page", false, status(400, "<html><body>secrets</body></html>"), nil, "answered 400 (400", ""},
		{"an error that repeats the token", false, status(400, `{"error":"token `+testToken+` or https://x.test/y?sig=`+signature+` or Bearer `+testToken+`"}`), nil,
			"token *** or https://x.test/y or ", ""},
		{"an error with terminal codes", false, status(400, `{"error":"a\u001b[31m\nb\u202ec\u0007"}`), nil, "answered 400: a [31m bc (", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, n *network) {
				n.addModel()
				n.failTimes("hub.test", always, tt.fault)
				c := n.client()
				if tt.anonymous {
					c.Token = nil
				}
				_, err := c.Resolve(t.Context(), "alice/model", "")
				wantError(t, err, nil, tt.text)
				if got := len(n.requests); got != 1 {
					t.Errorf("%d requests, want 1: asking again does not help", got)
				}
				for _, sentinel := range []error{ErrNotFound, ErrUnauthorized, ErrGated, ErrForbidden, ErrConflict, ErrChanged, ErrRateLimited, ErrNetwork} {
					if got, want := errors.Is(err, sentinel), slices.Contains(tt.is, sentinel); got != want {
						t.Errorf("errors.Is(%v, %v) = %v, want %v", err, sentinel, got, want)
					}
				}
				var e *Error
				if !errors.As(err, &e) {
					t.Fatalf("%v is no *Error", err)
				}
				clean(t, "hint", e.Hint())
				if !strings.Contains(e.Hint(), tt.hint) {
					t.Errorf("Hint() = %q, want one with %q", e.Hint(), tt.hint)
				}
			})
		})
	}
}

// Without a network, or with a wrong one, the hint says where to look.
func TestNetworkHints(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		hint string
	}{
		{"a proxy's password", errors.New("Proxy Authentication Required"), "HTTPS_PROXY"},
		{"a server that speaks no TLS", http.ErrSchemeMismatch, "does not speak https"},
		{"a stall", &stalled{silence, "no data"}, "check the network"},
		{"a cancel", context.Canceled, ""},
	} {
		if got := (&Error{Err: tt.err}).Hint(); !strings.Contains(got, tt.hint) || tt.hint == "" && got != "" {
			t.Errorf("%s: Hint() = %q, want %q", tt.name, got, tt.hint)
		}
	}
}

// plainToken is what tokens look like.
var plainToken = regexp.MustCompile(`^[A-Za-z0-9_]{8,}$`)

// A server's words hold no control bytes, queries or token, and are not long.
func FuzzSentence(f *testing.F) {
	f.Add("plain words", "hf_abcdefghijklmnop")
	f.Add("a hf_abcdefghijklmnop b", "hf_abcdefghijklmnop")
	f.Add("see https://x.test/a?X-Amz-Signature=00ff and http://u:p@h/", "t")
	f.Add("Authorization: Bearer eyJhbGciOi.eyJzdWIi.abc", "x")
	f.Add("the tok\u202een0 is", "token012")
	f.Add(strings.Repeat("é", 5000), "x")
	f.Add("\x1b[2J\u202e::error::x\n", "")
	f.Fuzz(func(t *testing.T, s, token string) {
		got := sentence(s, token)
		if strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\u202e' }) {
			t.Errorf("sentence(%q) = %q holds control bytes", s, got)
		}
		if len(got) > maxSentence+3 {
			t.Errorf("sentence(%q) has %d bytes", s, len(got))
		}
		if plainToken.MatchString(token) && strings.Contains(got, token) {
			t.Errorf("sentence(%q, %q) = %q holds the token", s, token, got)
		}
		if m := urlQuery.FindString(got); m != "" {
			t.Errorf("sentence(%q) = %q holds the query of %q", s, got, m)
		}
	})
}

// What this machine lacks is not the network's fault.
func TestTooManyOpenFiles(t *testing.T) {
	err := &Error{Op: "look up", Repo: "alice/a", Err: &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", syscall.EMFILE)}}
	if errors.Is(err, ErrNetwork) || strings.Contains(err.Hint(), "network") || !strings.Contains(err.Hint(), "files open") {
		t.Errorf("%v, hint %q, is ErrNetwork: %t", err, err.Hint(), errors.Is(err, ErrNetwork))
	}
}
