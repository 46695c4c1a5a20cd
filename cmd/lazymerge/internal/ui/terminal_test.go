package ui

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var read, sent = Unit{Verb: "read"}, Unit{Verb: "sent"}

// Sleep until the rows show what was done before.
func redraw() {
	time.Sleep(2 * refreshEvery)
	synctest.Wait()
}

func TestTerminalShowsAPush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen(t, 110)
		u := New(Options{Err: s, Terminal: true, Width: 110})
		u.Line("plan", "slerp of %d models, %s", 2, "7.24 B parameters")

		start := time.Now()
		at := func(d time.Duration) { time.Sleep(time.Until(start.Add(d))); synctest.Wait() }
		merge := u.Bar("merge", 28_966_928_384, read)
		upload := u.Bar("upload", 14_483_464_192, sent)
		at(198 * time.Second)
		merge.Add(18_900_000_000)
		merge.Note("1 of 3 shards")
		upload.Add(4_940_000_000)
		upload.Note("1 of 3 shards")
		redraw()
		s.check(t, "in the middle", `plan     slerp of 2 models, 7.24 B parameters
merge    ███████████████▌          18.9 GB read, 1 of 3 shards     3m18s   95 MB/s   1m46s left
upload   ████████                  4.94 GB sent, 1 of 3 shards     3m18s   25 MB/s   6m23s left
`)

		u.Warn(faultAt("", 0, 0, "a warning goes above the rows", ""))
		merge.Add(10_066_928_384)
		merge.Note("3 of 3 shards")
		at(304 * time.Second)
		merge.Done()
		u.Line("check", "a line after Done goes below the row that is done")
		upload.Add(9_543_464_192)
		upload.Note("3 of 3 shards")
		at(311 * time.Second)
		upload.Done()
		u.Line("commit", "14 files in one commit, 5m16s")
		u.Close()

		const last = `plan     slerp of 2 models, 7.24 B parameters
warning  a warning goes above the rows
merge    ████████████████████████  28.97 GB read, 3 of 3 shards    5m04s   95 MB/s
check    a line after Done goes below the row that is done
upload   ████████████████████████  14.48 GB sent, 3 of 3 shards    5m11s   47 MB/s
commit   14 files in one commit, 5m16s
`
		s.check(t, "at the end", last)
		if s.color {
			t.Error("color was written, and was not asked for")
		}

		u.Line("late", "nothing is printed after Close")
		u.Error(errors.New("nor a fault"))
		late := u.Bar("late", 1, read)
		late.Add(1)
		late.Done()
		merge.Add(1)
		merge.Note("late")
		upload.Abort()
		u.Close()
		time.Sleep(time.Minute)
		s.check(t, "after Close", last)
	})
}

func TestTerminalAfterCtrlC(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen(t, 110)
		u := New(Options{Err: s, Terminal: true, Width: 110, Color: true})
		merge := u.Bar("merge", 28_966_928_384, read)
		u.Bar("upload", 14_483_464_192, sent)
		time.Sleep(100 * time.Second)
		merge.Add(9_000_000_000)
		redraw()
		merge.Abort()
		merge.Done() // too late to look complete
		u.Fail("stopped", "%s is untouched", "main")
		u.Close() // upload is still open
		s.check(t, "after Close", `merge    ███████                   9.0 GB read                     1m40s   90 MB/s   stopped
stopped  main is untouched
upload                             0 B sent                        1m40s             stopped
`)
		if !s.color {
			t.Error("no color was written")
		}
		if last := s.rows[len(s.rows)-1]; last != "" || s.row != len(s.rows)-1 {
			t.Errorf("the cursor is at row %d of %d, want it below all", s.row, len(s.rows))
		}
	})
}

func TestTerminalBarsOneAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen(t, 100)
		u := New(Options{Err: s, Terminal: true, Width: 100})
		for _, word := range []string{"read", "check"} {
			b := u.Bar(word, 3, Unit{Noun: "tensor", Verb: "seen"})
			b.Add(3)
			time.Sleep(2 * time.Second)
			b.Done() // at once, without waiting for a redraw
			u.Line("", "between")
		}
		u.Close()
		s.check(t, "at the end", `read     ████████████████████████  3 tensors seen                   2.0s     1.5/s
         between
check    ████████████████████████  3 tensors seen                   2.0s     1.5/s
         between
`)
	})
}

// A terminal that goes away must not keep a merge from going on, nor Close from returning.
func TestTerminalThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := New(Options{Err: broken{}, Terminal: true})
		a, b := u.Bar("merge", 10, read), u.Bar("upload", 10, sent)
		redraw()
		a.Add(5)
		u.Line("check", "no one sees this")
		late := u.Bar("late", 10, read)
		late.Add(10)
		a.Done()
		b.Abort()
		late.Done()
		again := u.Bar("again", 10, read)
		redraw()
		again.Done()
		u.Close()
	})
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("input/output error") }

func TestTerminalUnderLoad(t *testing.T) {
	s := newScreen(t, 120)
	u := New(Options{Err: s, Terminal: true, Width: 120, Color: true})
	load(u)
	shown := s.String()
	for i := range 4 {
		if n := strings.Count(shown, "bar"+string(rune('0'+i))); n != 1 {
			t.Errorf("bar%d is on the screen %d times, want once:\n%s", i, n, shown)
		}
	}
	if n := strings.Count(shown, "line     of "); n != 80 {
		t.Errorf("%d lines are on the screen, want 80:\n%s", n, shown)
	}
	if strings.Count(shown, "100 B read, 99 of 100") != 4 {
		t.Errorf("not every bar shows all it counted:\n%s", shown)
	}
}

func TestPlainUnderLoad(t *testing.T) {
	var out buffer
	load(New(Options{Err: &out, Actions: true}))
	if n := strings.Count(out.String(), "line     of "); n != 80 {
		t.Errorf("%d lines were printed, want 80:\n%s", n, out.String())
	}
	if n := strings.Count(out.String(), "100 B read, 99 of 100"); n != 4 {
		t.Errorf("%d bars were completed, want 4:\n%s", n, out.String())
	}
}

// load uses u from many goroutines and closes it.
func load(u *UI) {
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			b := u.Bar("bar"+string(rune('0'+i)), 100, read)
			defer b.Abort()
			var adders sync.WaitGroup
			for range 10 {
				adders.Go(func() {
					for range 10 {
						b.Add(1)
					}
				})
			}
			for k := range 20 {
				u.Line("line", "of %d: %d", i, k)
			}
			adders.Wait()
			b.Note("99 of 100")
			b.Done()
		})
	}
	all.Wait()
	u.Close()
}

func TestRowFitsItsTerminal(t *testing.T) {
	s := state{unit: read, n: 18_900_000_000, total: 28_966_928_384, note: "1 of 3 shards", elapsed: 198 * time.Second}
	for _, tt := range []struct {
		width int
		want  string
	}{
		{120, "merge    ███████████████▌          18.9 GB read, 1 of 3 shards     3m18s   95 MB/s   1m45s left"},
		{80, "merge    █████▌     18.9 GB read, 1 of 3 shards     3m18s   95 MB/s   1m45s left"},
		{79, "merge    █████     18.9 GB read, 1 of 3 shards     3m18s   95 MB/s   1m45s left"},
		{70, "merge    █████     18.9 GB read, 1 of 3 shards    3m18s   1m45s left"},
		{60, "merge    18.9 GB read, 1 of 3 shards    3m18s   1m45s left"},
		{50, "merge    18.9 GB read, 1 of 3 shards   1m45s left"},
		{40, "merge    18.9 GB read, 1 of 3 shards"},
		{20, "merge    18.9 GB rea"},
		{3, "mer"},
		{0, ""},
		{-1, ""},
	} {
		got := s.line("merge", tt.width)
		if got != tt.want {
			t.Errorf("a row of %d columns is\n%q, want\n%q", tt.width, got, tt.want)
		}
	}
	wide := s
	wide.note = "模型一"
	for width := range 120 {
		if got := wide.line("merge", width); columns(got) > width {
			t.Errorf("a row of %d columns is %d wide: %q", width, columns(got), got)
		}
	}
}
