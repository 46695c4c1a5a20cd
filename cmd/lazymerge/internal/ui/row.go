package ui

import (
	"fmt"
	"strings"

	"github.com/vbauerster/mpb/v8/decor"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
)

// line lays a bar out as a row of at most width columns:
//
//	merge    ███████████████▌          18.9 GB read, 1 of 3 shards    3m18s   95 MB/s   1m46s left
//
// Where that is too long the bar shrinks first, then what matters least goes.
func (s state) line(word string, width int) string {
	var (
		head    = fmt.Sprintf("%-*s ", columnWidth-1, word)
		info    = s.verb(s.count(s.n))
		cells   = 24
		pad     = 28 // so that the numbers of two bars stand below each other
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
		r := []rune(text)
		text = string(r[:len(r)-1])
	}
	return text
}

// blocks draws the bar itself in half cells, which every console font has, and two spaces.
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
