package hub

import (
	"net/url"
	"strconv"
	"time"
)

// renewBefore is how long before its end a signed URL is renewed; sooner where it lives
// for less than twenty minutes.
const renewBefore = 5 * time.Minute

// renewAt tells when a signed URL that we got at now should be renewed. The zero time means that
// it does not say when it ends, or that its end has passed already, which is a clock that differs:
// then only the storage's refusal tells.
func renewAt(u *url.URL, now time.Time) time.Time {
	end, ok := signedUntil(u.Query())
	if !ok || !end.After(now) {
		return time.Time{}
	}
	return end.Add(-min(renewBefore, end.Sub(now)/4))
}

// signedUntil reads the end of a signed URL from its query: X-Amz-Date and X-Amz-Expires (seconds),
// or an absolute time in unix seconds in Expires or exp.
func signedUntil(q url.Values) (time.Time, bool) {
	if life, err := strconv.ParseInt(q.Get("X-Amz-Expires"), 10, 64); err == nil && life >= 0 && life <= 366*24*3600 {
		if from, err := time.Parse("20060102T150405Z", q.Get("X-Amz-Date")); err == nil {
			return from.Add(time.Duration(life) * time.Second), true
		}
	}
	for _, key := range []string{"Expires", "exp"} {
		if end, err := strconv.ParseInt(q.Get(key), 10, 64); err == nil && end > 0 && end < 1<<40 {
			return time.Unix(end, 0), true
		}
	}
	return time.Time{}, false
}
