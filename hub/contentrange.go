package hub

import (
	"fmt"
	"strconv"
	"strings"
)

// byteRange is the value of a Content-Range header: bytes First to Last, both included, of Total.
// Total is -1 where the server does not say. First is -1 where there is no range, as with a 416.
type byteRange struct{ First, Last, Total int64 }

// parseContentRange reads "bytes 0-99/1000", "bytes 0-99/*" and "bytes */1000" (RFC 9110, 14.4).
// It accepts nothing else: no other unit, signs, blanks or leading zeros beyond a single 0, and no range
// that is empty or ends beyond the total. The one exception is "bytes 0-0/0", which servers give
// for an empty file.
func parseContentRange(s string) (byteRange, error) {
	bad := fmt.Errorf("Content-Range %.60q is not valid", s)
	rest, ok := strings.CutPrefix(s, "bytes ")
	if !ok {
		return byteRange{}, bad
	}
	span, size, ok := strings.Cut(rest, "/")
	if !ok {
		return byteRange{}, bad
	}
	r := byteRange{First: -1, Last: -1, Total: -1}
	if size != "*" {
		if r.Total, ok = decimal(size); !ok {
			return byteRange{}, bad
		}
	}
	if span == "*" {
		if r.Total < 0 {
			return byteRange{}, bad
		}
		return r, nil
	}
	first, last, ok := strings.Cut(span, "-")
	if !ok {
		return byteRange{}, bad
	}
	var ok1, ok2 bool
	r.First, ok1 = decimal(first)
	r.Last, ok2 = decimal(last)
	if !ok1 || !ok2 || r.Last < r.First {
		return byteRange{}, bad
	}
	if r.Total >= 0 && r.Last >= r.Total && r != (byteRange{0, 0, 0}) {
		return byteRange{}, bad
	}
	return r, nil
}

// String writes the header's value.
func (r byteRange) String() string {
	span, size := "*", "*"
	if r.First >= 0 {
		span = fmt.Sprintf("%d-%d", r.First, r.Last)
	}
	if r.Total >= 0 {
		size = strconv.FormatInt(r.Total, 10)
	}
	return "bytes " + span + "/" + size
}

// decimal reads digits only, without leading zeros.
func decimal(s string) (int64, bool) {
	if s == "" || s[0] < '0' || s[0] > '9' || len(s) > 1 && s[0] == '0' {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}
