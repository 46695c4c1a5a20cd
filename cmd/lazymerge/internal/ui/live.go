package ui

import (
	"io"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

const refreshEvery = 150 * time.Millisecond

// live is the rows that move at the foot of a terminal. It lives from the first bar until
// no bar is left, so that between them lines go out directly. The rows are ours; mpb
// keeps them in place, above on Windows consoles too.
//
// Its methods are called under the UI's lock, and the rows are drawn without it.
type live struct {
	progress *mpb.Progress
	refresh  chan any
	gone     chan any // closed by mpb when it ends, also after a write that failed
	rows     int
}

func newLive(w io.Writer, width int) *live {
	l := &live{refresh: make(chan any), gone: make(chan any)}
	l.progress = mpb.New(
		mpb.WithConsoleWriter(newResized(w)),
		mpb.WithWidth(width),
		mpb.WithManualRefresh(l.refresh),
		mpb.WithShutdownNotifier(l.gone),
		mpb.PopCompletedMode(), // a row that is done stays where it is and scrolls
	)
	go func() {
		tick := time.NewTicker(refreshEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				l.render()
			case <-l.gone:
				return
			}
		}
	}()
	return l
}

// add puts b below the other rows; nil means that the terminal is gone. The total that mpb
// sees is unknown, so only settle ends a row.
func (l *live) add(b *Bar) *mpb.Bar {
	row, err := l.progress.Add(0, mpb.BarFillerFunc(func(w io.Writer, stat decor.Statistics) error {
		// The last column stays free, for some consoles wrap as soon as it is written.
		line := b.state(b.ui.now()).line(b.word, stat.AvailableWidth-1)
		_, err := io.WriteString(w, b.ui.mark(bold, "", b.word, line))
		return err
	}), mpb.BarFillerTrim())
	if err != nil {
		return nil
	}
	l.rows++
	return row
}

// render draws the rows once. It returns when the drawing has been asked for.
func (l *live) render() {
	select {
	case l.refresh <- nil:
	case <-l.gone:
	}
}

// settle leaves row on the screen as it is now, and tells whether it was the last one.
func (l *live) settle(row *mpb.Bar) (last bool) {
	row.Abort(false)
	l.rows--
	if l.rows == 0 {
		l.progress.Wait()
		return true
	}
	// A row leaves in two drawings: one shows its end, the next lets go of it. That the third
	// is taken says that the second has begun, and what is written now comes after it.
	for range 3 {
		l.render()
	}
	return false
}

// write puts p above the rows, and tells whether there was still a terminal to do so.
func (l *live) write(p []byte) bool {
	_, err := l.progress.Write(p)
	return err == nil
}
