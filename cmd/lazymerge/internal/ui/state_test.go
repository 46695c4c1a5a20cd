package ui

import (
	"strings"
	"testing"
	"time"
)

func TestTimeLeft(t *testing.T) {
	for _, tt := range []struct {
		name string
		s    state
		want string
	}{
		{"half is done", state{n: 50, total: 100, elapsed: 10 * time.Second}, "10s left"},
		{"less than a second", state{n: 99, total: 100, elapsed: 10 * time.Second}, "1.0s left"},
		{"all is counted, but not done", state{n: 100, total: 100, elapsed: 10 * time.Second}, ""},
		{"more than all", state{n: 101, total: 100, elapsed: 10 * time.Second}, ""},
		{"no total", state{n: 50, elapsed: 10 * time.Second}, ""},
		{"nothing yet", state{total: 100, elapsed: 10 * time.Second}, ""},
		{"too early to say", state{n: 50, total: 100, elapsed: 900 * time.Millisecond}, ""},
		{"over before it was done", state{n: 50, total: 100, elapsed: 10 * time.Second, ended: true, aborted: true}, ""},
		{"a day", state{n: 1, total: 25, elapsed: time.Hour}, "24h00m left"},
		{"longer than one can say", state{n: 1, total: 1 << 62, elapsed: time.Hour}, ""},
	} {
		if got := tt.s.left(); got != tt.want {
			t.Errorf("%s: left of %+v = %q, want %q", tt.name, tt.s, got, tt.want)
		}
	}
}

func TestShare(t *testing.T) {
	for _, tt := range []struct {
		name string
		s    state
		want float64
	}{
		{"half", state{n: 50, total: 100}, 0.5},
		{"more than all", state{n: 150, total: 100}, 1},
		{"less than nothing", state{n: -1, total: 100}, 0},
		{"no total", state{n: 50}, 0},
		{"no total and stopped", state{n: 50, ended: true, aborted: true}, 0},
		{"half of it was there already", state{total: 50, skipped: 50}, 0.5},
		{"all of it was there already", state{skipped: 100}, 1},
		{"some was there and some has gone out", state{n: 25, total: 50, skipped: 50}, 0.75},
		{"done with less, as what is there already is not sent", state{n: 50, total: 100, ended: true}, 1},
	} {
		if got := tt.s.share(); got != tt.want {
			t.Errorf("%s: share of %+v = %v, want %v", tt.name, tt.s, got, tt.want)
		}
	}
}

// Two goroutines can find the same line due, and one of them be late for its bar's end.
func TestProgressThatComesTooLate(t *testing.T) {
	var out buffer
	now := time.Unix(0, 0)
	u := New(Options{Err: &out, Now: func() time.Time { return now }})
	b := u.Bar("merge", 100, read)
	now = now.Add(6 * time.Minute)
	b.Add(50)
	b.n.Add(30)
	b.progress(now)
	b.Done()
	b.progress(now.Add(time.Hour))
	if got := strings.Count(out.String(), "\n"); got != 3 {
		t.Errorf("the bar printed %d lines, want start, middle and end:\n%s", got, out.String())
	}
}
