package ui

import (
	"fmt"
	"math"
	"time"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
)

// state is a bar at one moment, in numbers and in words.
type state struct {
	unit     Unit
	n, total int64
	skipped  int64 // beyond the total
	note     string
	elapsed  time.Duration
	ended    bool
	aborted  bool
}

func (b *Bar) state(now time.Time) state {
	s := state{unit: b.unit, total: b.total.Load(), n: b.n.Load(), skipped: b.skip.Load()}
	if end := b.end.Load(); end != nil {
		s.ended, s.aborted, now = true, end.aborted, end.at
	}
	if note := b.note.Load(); note != nil {
		s.note = *note
	}
	s.elapsed = max(now.Sub(b.start), 0)
	return s
}

// share is what is done, 0 to 1. A bar that was ended as done is done, whatever it counted.
func (s state) share() float64 {
	switch {
	case s.ended && !s.aborted:
		return 1
	case s.total+s.skipped <= 0:
		return 0
	}
	return min(max(float64(s.n+s.skipped)/float64(s.total+s.skipped), 0), 1)
}

// count returns n with its unit.
func (s state) count(n int64) string {
	if s.unit.Noun == "" {
		return say.Bytes(n)
	}
	return say.N(n, s.unit.Noun)
}

// verb returns text and what was done to it.
func (s state) verb(text string) string {
	if s.unit.Verb == "" {
		return text
	}
	return text + " " + s.unit.Verb
}

// amount is what is done of how much, for a line without a bar.
func (s state) amount() string {
	text := s.verb(s.count(s.n))
	if (!s.ended || s.aborted) && s.total > 0 {
		n := s.count(s.n)
		if s.unit.Noun != "" {
			n = fmt.Sprint(s.n)
		}
		text = s.verb(n + " of " + s.count(s.total))
	}
	if s.aborted {
		text = "stopped at " + text
	}
	return text
}

// perSecond is the average since the start: steady, and still true of work that goes in bursts.
func (s state) perSecond() float64 {
	if s.elapsed < 100*time.Millisecond {
		return 0 // of a moment, nothing can be said
	}
	return float64(s.n) / s.elapsed.Seconds()
}

func (s state) rate() string {
	switch r := s.perSecond(); {
	case r <= 0:
		return ""
	case s.unit.Noun == "":
		return say.Rate(r)
	case r < 10:
		return fmt.Sprintf("%.1f/s", r)
	default:
		return card.Count(int64(math.Round(r))) + "/s"
	}
}

// left is the time that the rest takes at the same rate; "" where that is not known.
func (s state) left() string {
	r := s.perSecond()
	if s.ended || r <= 0 || s.n >= s.total || s.elapsed < time.Second {
		return ""
	}
	seconds := float64(s.total-s.n) / r
	if seconds >= (100 * time.Hour).Seconds() {
		return "" // no rate holds that long
	}
	return say.Duration(time.Duration(max(math.Round(seconds), 1))*time.Second) + " left"
}
