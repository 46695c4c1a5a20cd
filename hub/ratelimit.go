package hub

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// quota is one bucket of the Hub's rate limits, from the headers RateLimit and RateLimit-Policy.
type quota struct {
	name   string        // "api", "resolvers", "pages"
	left   int64         // requests, from r
	reset  time.Duration // until the window ends, from t
	limit  int64         // requests in a window, from q; 0 when not known
	window time.Duration // from w; 0 when not known
}

// String is for error texts: `the quota "api" of 500 requests in 5m0s is used up`.
func (q quota) String() string {
	s := fmt.Sprintf("the quota %q", q.name)
	if q.limit > 0 {
		s += fmt.Sprintf(" of %d requests", q.limit)
		if q.window > 0 {
			s += " in " + q.window.String()
		}
	}
	return s + " is used up"
}

// parseRateLimit reads `"api";r=0;t=55`, several of which may be joined by commas. Buckets that do not
// have both numbers are left out.
//
// Source: IETF draft-ietf-httpapi-ratelimit-headers, as the Hub writes it (docs/hub/rate-limits).
func parseRateLimit(values []string) []quota {
	var found []quota
	for _, item := range splitItems(values) {
		left, okLeft := item.number("r")
		reset, okReset := item.seconds("t")
		if item.name != "" && okLeft && okReset {
			found = append(found, quota{name: item.name, left: left, reset: reset})
		}
	}
	return found
}

// withPolicy fills in limit and window from `"fixed window";"api";q=500;w=300`.
func (q quota) withPolicy(values []string) quota {
	for _, item := range splitItems(values) {
		if item.has(q.name) {
			q.limit, _ = item.number("q")
			q.window, _ = item.seconds("w")
		}
	}
	return q
}

// spent returns the bucket that a 429 is about: one with nothing left. The headers come with every
// answer, so a bucket with something left is not the cause.
func spent(h http.Header) (quota, bool) {
	for _, q := range parseRateLimit(h.Values("RateLimit")) {
		if q.left == 0 {
			return q.withPolicy(h.Values("RateLimit-Policy")), true
		}
	}
	return quota{}, false
}

// item is one element of these headers: quoted names and parameters, joined by semicolons.
type item struct {
	name   string // the last quoted one
	quoted []string
	params map[string]string
}

func splitItems(values []string) []item {
	var items []item
	for _, value := range values {
		if len(value) > 4096 {
			continue
		}
		for element := range strings.SplitSeq(value, ",") {
			it := item{params: map[string]string{}}
			for part := range strings.SplitSeq(element, ";") {
				part = strings.TrimSpace(part)
				if len(part) >= 2 && part[0] == '"' && part[len(part)-1] == '"' {
					it.name = sentence(part[1:len(part)-1], "")
					it.quoted = append(it.quoted, it.name)
				} else if key, v, ok := strings.Cut(part, "="); ok {
					it.params[strings.TrimSpace(key)] = strings.TrimSpace(v)
				}
			}
			items = append(items, it)
		}
	}
	return items
}

func (it item) has(name string) bool {
	for _, q := range it.quoted {
		if q == name {
			return true
		}
	}
	return false
}

// number returns a parameter that is a whole number from 0 to 2^40, else 0 and false.
func (it item) number(key string) (int64, bool) {
	n, err := strconv.ParseInt(it.params[key], 10, 64)
	if err != nil || n < 0 || n > 1<<40 {
		return 0, false
	}
	return n, true
}

// seconds returns a parameter as a duration of at most a year.
func (it item) seconds(key string) (time.Duration, bool) {
	n, ok := it.number(key)
	return time.Duration(min(n, 366*24*3600)) * time.Second, ok
}

// retryAfter reads Retry-After in both its forms, seconds and an HTTP date.
func retryAfter(value string, now time.Time) (time.Duration, bool) {
	value = strings.TrimSpace(value)
	if n, err := strconv.ParseInt(value, 10, 64); err == nil {
		if n < 0 {
			return 0, false
		}
		return time.Duration(min(n, 366*24*3600)) * time.Second, true
	}
	t, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return min(max(t.Sub(now), 0), 366*24*time.Hour), true
}
