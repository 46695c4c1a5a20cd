package hub

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"
)

func TestParseRateLimit(t *testing.T) {
	for _, tt := range []struct {
		name   string
		values []string
		want   []quota
	}{
		{"one bucket", []string{`"api";r=0;t=55`}, []quota{{name: "api", reset: 55 * time.Second}}},
		{"two in one header", []string{`"api";r=499;t=300, "resolvers";r=0;t=1`}, []quota{{name: "api", left: 499, reset: 300 * time.Second}, {name: "resolvers", reset: time.Second}}},
		{"two headers", []string{`"api";r=1;t=2`, `"pages";t=4;r=3`}, []quota{{name: "api", left: 1, reset: 2 * time.Second}, {name: "pages", left: 3, reset: 4 * time.Second}}},
		{"no name", []string{`r=0;t=55`}, nil},
		{"no time", []string{`"api";r=0`}, nil},
		{"a negative number", []string{`"api";r=-1;t=5`}, nil},
		{"a number that is none", []string{`"api";r=0;t=soon`}, nil},
		{"a time of ages", []string{`"api";r=0;t=1000000000000`}, []quota{{name: "api", reset: 366 * 24 * time.Hour}}},
		{"nothing", []string{""}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := parseRateLimit(tt.values); !slices.Equal(got, tt.want) {
				t.Errorf("parseRateLimit(%q) = %+v, want %+v", tt.values, got, tt.want)
			}
		})
	}
}

func TestSpent(t *testing.T) {
	h := http.Header{
		"Ratelimit":        {`"pages";r=5;t=9, "api";r=0;t=55`},
		"Ratelimit-Policy": {`"fixed window";"pages";q=100;w=300, "fixed window";"api";q=500;w=300`},
	}
	got, ok := spent(h)
	want := quota{name: "api", reset: 55 * time.Second, limit: 500, window: 5 * time.Minute}
	if !ok || got != want {
		t.Errorf("spent(%v) = %+v, %v; want %+v", h, got, ok, want)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tt := range []struct {
		value string
		want  time.Duration
		ok    bool
	}{
		{"2", 2 * time.Second, true},
		{" 120 ", 2 * time.Minute, true},
		{"0", 0, true},
		{"-1", 0, false},
		{"Fri, 02 Jan 2026 03:05:05 GMT", time.Minute, true},
		{"Fri, 02 Jan 2026 03:03:05 GMT", 0, true},
		{"99999999999999999999", 0, false},
		{"", 0, false},
		{"tomorrow", 0, false},
	} {
		if got, ok := retryAfter(tt.value, now); got != tt.want || ok != tt.ok {
			t.Errorf("retryAfter(%q) = %s, %v; want %s, %v", tt.value, got, ok, tt.want, tt.ok)
		}
	}
}

// Whatever the headers hold, a wait is a number from nothing to the limit, and names are printable.
func FuzzRateLimit(f *testing.F) {
	f.Add(`"api";r=0;t=55`, `"fixed window";"api";q=500;w=300`, "2")
	f.Add(`"a";r=0;t=9223372036854775807`, `"a";q=-1;w=x`, "Fri, 02 Jan 2026 03:05:05 GMT")
	f.Add(`"a";r=0;t=0`, `"a";q=-1`, "0") // a negative limit got through
	f.Add(`"a\x1b[31m";r=0;t=1`, `;;,=`, "-5")
	f.Fuzz(func(t *testing.T, limit, policy, after string) {
		h := http.Header{"Ratelimit": {limit}, "Ratelimit-Policy": {policy}, "Retry-After": {after}}
		q, ok := spent(h)
		if ok && (q.name == "" || q.left != 0 || q.reset < 0 || q.reset > 366*24*time.Hour || q.limit < 0 || q.window < 0) {
			t.Errorf("spent(%v) = %+v", h, q)
		}
		if got := sentence(q.name, ""); got != q.name {
			t.Errorf("name %q is not printable", q.name)
		}
		if ok { // a bucket that we wrote is read back the same, whatever stands beside it
			again := parseRateLimit([]string{limit + fmt.Sprintf(`, "x";r=0;t=%d`, int(q.reset.Seconds()))})
			if len(again) == 0 || again[len(again)-1] != (quota{name: "x", reset: q.reset}) {
				t.Errorf("%s after %q read back as %+v", q.reset, limit, again)
			}
		}
		if d, ok := retryAfter(after, time.Unix(1e9, 0)); ok && (d < 0 || d > 366*24*time.Hour) {
			t.Errorf("retryAfter(%q) = %s", after, d)
		}
		tr := &tries{client: &Client{}, call: &call{}, waited: new(time.Duration)}
		if wait := tr.backoff(0, 0, 0, &http.Response{StatusCode: 429, Header: h}); wait < 100*time.Millisecond || wait > maxWait {
			t.Errorf("backoff with %v = %s", h, wait)
		}
	})
}
