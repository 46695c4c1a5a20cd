package ui

import (
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
)

// A Unit is what a bar counts.
type Unit struct {
	Noun string // singular, for example "tensor"; "" counts bytes
	Verb string // what was done to them, for example "read"
}

// A Bar counts towards a total. On a terminal it is a moving row that stays once done. Elsewhere it
// is a line at the start and the end, and in between one per tenth of the total or five minutes,
// but never two within 30 seconds. Its methods may be called from any goroutine, and do nothing after
// Done, Abort or the UI's Close.
type Bar struct {
	ui    *UI
	word  string
	unit  Unit
	total atomic.Int64
	start time.Time

	n    atomic.Int64
	skip atomic.Int64 // taken off the total
	note atomic.Pointer[string]
	end  atomic.Pointer[ending]

	row *mpb.Bar // nil without a moving row

	due  atomic.Int64 // plain lines: none before this, unix nanoseconds
	last time.Time    // plain lines: time of the last one; guarded by ui.mu
	step int          // plain lines: tenths reached by then
}

type ending struct {
	at      time.Time
	aborted bool
}

const (
	lineEvery  = 30 * time.Second // at most
	lineWithin = 5 * time.Minute  // at least, while work goes on
)

// Bar starts a bar with word in the left column. A total of 0 or less is unknown.
func (u *UI) Bar(word string, total int64, unit Unit) *Bar {
	b := &Bar{ui: u, word: say.Strip(word), unit: unit, start: u.o.Now()}
	b.total.Store(total)
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		b.end.Store(&ending{at: b.start})
		return b
	}
	u.bars = append(u.bars, b)
	switch {
	case u.o.Quiet:
	case u.o.Terminal:
		if u.live == nil {
			u.live = newLive(u.o.Err, u.o.Width)
		}
		b.row = u.live.add(b)
	default:
		u.write(b.plain(b.state(b.start)))
		b.last = b.start
		b.due.Store(b.start.Add(lineEvery).UnixNano())
	}
	return b
}

// Add counts n more bytes or nouns of the bar's unit. It is cheap enough for every block.
func (b *Bar) Add(n int64) {
	if b.end.Load() != nil {
		return
	}
	b.n.Add(n)
	b.moved()
}

// Skip takes n off the total, for what turns out to need no work. The bar moves on; the amount counts only real work.
func (b *Bar) Skip(n int64) {
	if b.end.Load() == nil {
		b.skip.Add(n)
		b.total.Add(-n)
		b.moved()
	}
}

// Note sets the words beside the amount, for example "2 of 3 shards".
func (b *Bar) Note(note string) {
	if b.end.Load() == nil {
		note = say.Strip(note)
		b.note.Store(&note)
	}
}

// Done ends the bar as complete. Its row or line is out when Done returns.
func (b *Bar) Done() { b.stop(false) }

// Abort ends the bar as stopped. It may be deferred: it does nothing after Done.
func (b *Bar) Abort() { b.stop(true) }

func (b *Bar) stop(aborted bool) {
	b.ui.mu.Lock()
	defer b.ui.mu.Unlock()
	b.ui.finish(b, aborted)
}

// finish ends b once. The caller holds u.mu.
func (u *UI) finish(b *Bar, aborted bool) {
	now := u.o.Now()
	if !b.end.CompareAndSwap(nil, &ending{at: now, aborted: aborted}) {
		return
	}
	u.bars = slices.DeleteFunc(u.bars, func(o *Bar) bool { return o == b })
	switch {
	case u.o.Quiet:
	case b.row != nil:
		if u.live.settle(b.row) {
			u.live = nil
		}
	default:
		u.write(b.plain(b.state(now)))
	}
}

// moved prints a plain line if one is due. A row moves by itself.
func (b *Bar) moved() {
	if b.row != nil || b.ui.o.Quiet {
		return
	}
	if now := b.ui.o.Now(); now.UnixNano() >= b.due.Load() {
		b.progress(now)
	}
}

func (b *Bar) progress(now time.Time) {
	b.ui.mu.Lock()
	defer b.ui.mu.Unlock()
	if b.end.Load() != nil || now.UnixNano() < b.due.Load() {
		return // another goroutine was first
	}
	s := b.state(now)
	step := min(int(10*s.share()), 9) // the end has a line of its own
	if step <= b.step && now.Sub(b.last) < lineWithin {
		return
	}
	b.step, b.last = step, now
	b.due.Store(now.Add(lineEvery).UnixNano())
	b.ui.write(b.plain(s))
}

// plain returns the bar as a line without a bar.
func (b *Bar) plain(s state) string {
	parts := []string{s.amount(), s.note, say.Duration(s.elapsed), s.rate(), s.left()}
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" || part == "0s" })
	return strings.Join(b.ui.column(bold, b.word, strings.Join(parts, ", ")), "\n")
}
