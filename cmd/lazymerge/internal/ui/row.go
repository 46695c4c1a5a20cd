package ui

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vbauerster/mpb/v8/decor"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
)

// line lays out a bar as a row of at most width columns:
//
//	merge    ███████████████▌          18.9 GB read, 1 of 3 shards    3m18s   95 MB/s   1m46s left
//
// If that is too long, the bar shrinks first, then what matters least goes.
func (s state) line(word string, width int) string {
	var (
		head    = fmt.Sprintf("%-*s ", columnWidth-1, word)
		info    = s.verb(s.count(s.n))
		cells   = 24
		pad     = 28 // aligns the numbers of two bars
		elapsed = fmt.Sprintf("%9s", say.Duration(s.elapsed))
		rate    = fmt.Sprintf("%10s", s.rate())
		left    string
	)
	if s.note != "" {
		info += ", " + s.note
	}
	if text := s.left(); text != "" {
		left = "   " + text
	}
	if s.aborted {
		left = "   stopped"
	}
	draw := func() string {
		info := info + strings.Repeat(" ", max(pad-columns(info), 0))
		return strings.TrimRight(head+s.blocks(cells)+info+elapsed+rate+left, " ")
	}
	shorter := []func(over int){
		func(over int) { cells = max(cells-over, 8) },
		func(over int) { pad -= over },
		func(int) { rate = "" },
		func(int) { cells = 0 },
		func(int) { elapsed = "  " + strings.TrimLeft(elapsed, " ") },
		func(int) { elapsed = "" },
		func(int) { left = "" },
	}
	text := draw()
	for _, shorten := range shorter {
		if over := columns(text) - width; over > 0 {
			shorten(over)
			text = draw()
		}
	}
	for columns(text) > width && text != "" { // a terminal hardly wider than the word
		_, last := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-last]
	}
	return text
}

// blocks draws the bar itself in half blocks, which every console font has, and two spaces.
func (s state) blocks(cells int) string {
	if cells == 0 {
		return ""
	}
	halves := int(s.share() * float64(2*cells))
	bar := strings.Repeat("█", halves/2) + strings.Repeat("▌", halves%2)
	return bar + strings.Repeat(" ", cells-(halves+1)/2+2)
}

// columns returns the width of s on a terminal.
func columns(s string) int {
	var wc decor.WC
	wc.Init()
	_, width := wc.Format(s)
	return width
}

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

// share is the part done, 0 to 1. A bar that ended as done is complete whatever it counted.
func (s state) share() float64 {
	switch {
	case s.ended && !s.aborted:
		return 1
	case s.total+s.skipped <= 0:
		return 0
	}
	return min(max(float64(s.n+s.skipped)/float64(s.total+s.skipped), 0), 1)
}

func (s state) count(n int64) string {
	if s.unit.Noun == "" {
		return say.Bytes(n)
	}
	return say.N(n, s.unit.Noun)
}

// verb returns text and what was done to it.
func (s state) verb(text string) string { return strings.TrimRight(text+" "+s.unit.Verb, " ") }

// amount is what is done out of how much, for a line without a bar.
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

// perSecond is the average since the start: steady, and right for work in bursts.
func (s state) perSecond() float64 {
	if s.elapsed < 100*time.Millisecond {
		return 0 // too short to say
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

// left is the time the rest takes at the same rate; "" if unknown.
func (s state) left() string {
	r := s.perSecond()
	if s.ended || r <= 0 || s.n >= s.total || s.elapsed < time.Second {
		return ""
	}
	seconds := float64(s.total-s.n) / r
	if seconds >= 100*3600 {
		return "" // no rate holds that long
	}
	return say.Duration(time.Duration(max(math.Round(seconds), 1))*time.Second) + " left"
}
