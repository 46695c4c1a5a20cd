package hub

import (
	"strings"
	"testing"
)

func TestParseContentRange(t *testing.T) {
	for _, tt := range []struct {
		value string
		want  byteRange
		ok    bool
	}{
		{"bytes 0-99/1000", byteRange{0, 99, 1000}, true},
		{"bytes 5-5/6", byteRange{5, 5, 6}, true},
		{"bytes 0-99/*", byteRange{0, 99, -1}, true},
		{"bytes */1000", byteRange{-1, -1, 1000}, true},
		{"bytes 0-0/0", byteRange{0, 0, 0}, true},
		{"bytes */*", byteRange{}, false},
		{"bytes 0-1000/1000", byteRange{}, false},
		{"bytes 9-8/1000", byteRange{}, false},
		{"bytes 00-99/1000", byteRange{}, false},
		{"bytes +0-99/1000", byteRange{}, false},
		{"bytes 0 - 99/1000", byteRange{}, false},
		{"bytes -99/1000", byteRange{}, false},
		{"bytes 0-/1000", byteRange{}, false},
		{"bytes 0-99", byteRange{}, false},
		{"items 0-99/1000", byteRange{}, false},
		{"bytes=0-99/1000", byteRange{}, false},
		{"bytes 0-9223372036854775808/9223372036854775809", byteRange{}, false},
		{"", byteRange{}, false},
	} {
		if got, err := parseContentRange(tt.value); got != tt.want || (err == nil) != tt.ok {
			t.Errorf("parseContentRange(%q) = %+v, %v; want %+v, ok %v", tt.value, got, err, tt.want, tt.ok)
		}
	}
}

// What is accepted is written back the same, and is a range that lies within its total.
func FuzzParseContentRange(f *testing.F) {
	for _, s := range []string{"bytes 0-99/1000", "bytes */10", "bytes 0-0/0", "bytes 7-3/9", "bytes 1-2/*", "bytes 0-9223372036854775807/*"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := parseContentRange(s)
		if err != nil {
			if r != (byteRange{}) || strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("parseContentRange(%q) = %+v, %v", s, r, err)
			}
			return
		}
		if r.String() != s {
			t.Errorf("parseContentRange(%q) writes back as %q", s, r)
		}
		inside := r.First >= 0 && r.First <= r.Last && (r.Total < 0 || r.Last < r.Total)
		if !inside && !(r.First == -1 && r.Last == -1 && r.Total >= 0) && r != (byteRange{}) {
			t.Errorf("parseContentRange(%q) = %+v", s, r)
		}
	})
}
