package localhub_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

// What each fault makes of a request for bytes 2 to 5 of a file of ten.
func TestBadAnswers(t *testing.T) {
	for _, tt := range []struct {
		name   string
		fault  localhub.Fault
		status int
		header map[string]string // "*" is anything, "" is none
		body   string
	}{
		{"a gateway in trouble", localhub.Status(502), 502, map[string]string{"Content-Type": "text/html; charset=utf-8"}, "<!DOCTYPE html>"},
		{"a refusal", localhub.Status(418), 418, map[string]string{"X-Error-Message": "I'm a teapot"}, `{"error":"I'm a teapot"}`},
		{"429 with seconds", localhub.RetryAfter(3), 429, map[string]string{"Retry-After": "3", "RateLimit": ""}, `{"error"`},
		{"an empty bucket", localhub.Quota("api", 7), 429, map[string]string{"Retry-After": "", "RateLimit": `"api";r=0;t=7`, "RateLimit-Policy": `"fixed window";"api";q=500;w=300`}, `{"error"`},
		{"another bucket", localhub.OtherQuota("pages", 7), 429, map[string]string{"RateLimit": `"pages";r=499;t=7`}, `{"error"`},
		{"a commit that was first", localhub.Moved(), 412, map[string]string{"Content-Type": "application/json; charset=utf-8"}, `{"error":"A commit has happened since.`},
		{"another operation", localhub.Conflict(), 409, nil, `{"error":"Another conflicting`},
		{"an expired URL", localhub.Expired(), 403, map[string]string{"Content-Type": "application/xml", "X-Error-Code": ""}, `<?xml`},
		{"a login page", localhub.Page(), 200, map[string]string{"X-Repo-Commit": ""}, "<!DOCTYPE html>"},
		{"a body that is too short", localhub.Resize(-1), 206, map[string]string{"Content-Length": "3", "Content-Range": "bytes 2-5/10"}, "234"},
		{"a body that is too long", localhub.Resize(2), 206, map[string]string{"Content-Length": "6"}, "2345\x00\x00"},
		{"the whole for a range", localhub.IgnoreRange(), 200, map[string]string{"Content-Range": ""}, "0123456789"},
		{"another range", localhub.OtherRange(), 206, map[string]string{"Content-Range": "bytes 1-4/10"}, "1234"},
		{"another tag", localhub.OtherTag(), 206, map[string]string{"ETag": "*"}, "2345"},
		{"no tag", localhub.WithoutHeader("ETag"), 206, map[string]string{"ETag": ""}, "2345"},
		{"another commit", localhub.OtherCommit(), 206, map[string]string{"X-Repo-Commit": "*"}, "2345"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := faulty(t, tt.fault)
			const path = "/alice/x/resolve/main/a"
			good := send(t, server, "GET", path, alice, nil, "Range", "bytes=2-5")
			r := send(t, server, "GET", path, alice, nil, "Range", "bytes=2-5", "X-Fault", "1")
			if r.StatusCode != tt.status || !strings.HasPrefix(string(r.body), tt.body) || r.err != nil || r.ContentLength != int64(len(r.body)) {
				t.Errorf("answered %d, %q of %d bytes, %v; want %d, %q", r.StatusCode, r.body, r.ContentLength, r.err, tt.status, tt.body)
			}
			for name, want := range tt.header {
				got := r.Header.Get(name)
				if want != "*" && got != want || want == "*" && (got == good.Header.Get(name) || len(got) != len(good.Header.Get(name))) {
					t.Errorf("%s is %q, want %q; without the fault it is %q", name, got, want, good.Header.Get(name))
				}
			}
			if again := send(t, server, "GET", path, alice, nil, "Range", "bytes=2-5"); string(again.body) != "2345" {
				t.Errorf("without the fault the answer is %q", again.body)
			}
		})
	}
}

// At the start of a file the neighbor is the range after it.
func TestOtherRangeAtTheStart(t *testing.T) {
	server := faulty(t, localhub.OtherRange())
	r := send(t, server, "GET", "/alice/x/resolve/main/a", alice, nil, "Range", "bytes=0-3", "X-Fault", "1")
	if string(r.body) != "1234" || r.Header.Get("Content-Range") != "bytes 1-4/10" {
		t.Errorf("answered %q, %s", r.body, r.Header.Get("Content-Range"))
	}
}

func TestRetryDate(t *testing.T) {
	server := faulty(t, localhub.RetryDate(60))
	r := send(t, server, "GET", "/api/models/alice/x", alice, nil, "X-Fault", "1")
	date, err := http.ParseTime(r.Header.Get("Retry-After"))
	if left := time.Until(date); r.StatusCode != 429 || err != nil || left < 50*time.Second || left > 61*time.Second {
		t.Errorf("answered %d, Retry-After %q", r.StatusCode, r.Header.Get("Retry-After"))
	}
}

func TestGzip(t *testing.T) {
	server := faulty(t, localhub.Gzip())
	r := send(t, server, "GET", "/alice/x/resolve/main/a", alice, nil, "X-Fault", "1", "Accept-Encoding", "identity")
	packed, err := gzip.NewReader(bytes.NewReader(r.body))
	if err != nil || r.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("answered %q in %q, %v", r.body, r.Header.Get("Content-Encoding"), err)
	}
	if data, err := io.ReadAll(packed); string(data) != "0123456789" || err != nil {
		t.Errorf("the answer is %q, %v", data, err)
	}
	if r := send(t, server, "HEAD", "/alice/x/resolve/main/a", alice, nil, "X-Fault", "1"); len(r.body) > 0 || r.Header.Get("ETag") == "" {
		t.Errorf("HEAD is answered %v", r)
	}
}

// A stalled request ends with its client, and has no effect.
func TestStall(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault localhub.Fault
		body  string // -: no answer at all
	}{{"without an answer", localhub.Stall(), "-"}, {"in the middle of the body", localhub.StallAfter(3), "012"}} {
		t.Run(tt.name, func(t *testing.T) {
			server := faulty(t, tt.fault)
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, "GET", server.URL()+"/alice/x/resolve/main/a", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("X-Fault", "1")
			resp, err := hop.Do(req)
			got := "-"
			if err == nil {
				var data []byte
				data, err = io.ReadAll(resp.Body)
				got = string(data)
				resp.Body.Close()
			}
			if got != tt.body || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("answered %q, %v; want %q and then nothing", got, err, tt.body)
			}
		})
	}
	server := faulty(t, localhub.Stall())
	before := tip(t, server, "alice/x")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "POST", server.URL()+"/api/models/alice/x/commit/main", bytes.NewReader(lines(titled("t"), "file", fileLine("b", "x"))))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Fault", "1")
	req.Header.Set("Authorization", "Bearer "+alice)
	if _, err := hop.Do(req); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a stalled commit = %v", err)
	}
	if tip(t, server, "alice/x") != before {
		t.Error("a stalled commit happened")
	}
}
