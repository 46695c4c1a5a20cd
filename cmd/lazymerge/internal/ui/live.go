package ui

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/vbauerster/cupwriter"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
)

const refreshEvery = 150 * time.Millisecond

// live is the moving rows at the foot of a terminal. It lasts from the first bar until none is
// left; without it, lines go out directly. The rows are ours; mpb keeps them in place, on Windows
// consoles too.
//
// Its methods are called under the UI's lock; the rows are drawn without it.
type live struct {
	progress *mpb.Progress
	refresh  chan any
	gone     chan any // closed by mpb when it ends, also after a failed write
	rows     int
}

func newLive(w io.Writer, width int) *live {
	l := &live{refresh: make(chan any), gone: make(chan any)}
	l.progress = mpb.New(
		mpb.WithConsoleWriter(&resized{ConsoleWriter: cupwriter.New(w, true), out: w}),
		mpb.WithWidth(width),
		mpb.WithManualRefresh(l.refresh),
		mpb.WithShutdownNotifier(l.gone),
		mpb.PopCompletedMode(), // a finished row stays where it is and scrolls
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

// add puts b below the other rows; nil means that the terminal is gone. To mpb the total is
// unknown, so only settle ends a row.
func (l *live) add(b *Bar) *mpb.Bar {
	row, err := l.progress.Add(0, mpb.BarFillerFunc(func(w io.Writer, stat decor.Statistics) error {
		// The last column stays free: some consoles wrap as soon as it is written.
		line := b.state(b.ui.o.Now()).line(b.word, stat.AvailableWidth-1)
		_, err := io.WriteString(w, b.ui.mark(bold, "", b.word, line))
		return err
	}), mpb.BarFillerTrim())
	if err != nil {
		return nil
	}
	l.rows++
	return row
}

// render asks for one drawing of the rows.
func (l *live) render() {
	select {
	case l.refresh <- nil:
	case <-l.gone:
	}
}

// settle leaves row on the screen as it is, and tells whether it was the last one.
func (l *live) settle(row *mpb.Bar) (last bool) {
	row.Abort(false)
	l.rows--
	if l.rows == 0 {
		l.progress.Wait()
		return true
	}
	// A row leaves in two drawings: one shows its end, the next lets go of it. Once the third is
	// accepted, the second has begun, and later writes come after it.
	for range 3 {
		l.render()
	}
	return false
}

// resized keeps moving rows in place when a terminal gets narrower. Rows drawn for more columns then fold into several lines,
// and the cursor must go up past all of them, or their upper part would stay.
type resized struct {
	mpb.ConsoleWriter
	out   io.Writer
	frame bytes.Buffer // written since the last Flush
	rows  []int        // columns of the rows on the screen
}

func (r *resized) Write(p []byte) (int, error) {
	r.frame.Write(p)
	return r.ConsoleWriter.Write(p)
}

func (r *resized) ReadFrom(rows io.Reader) (int64, error) {
	return r.ConsoleWriter.ReadFrom(io.TeeReader(rows, &r.frame))
}

// Flush draws what was written, whose last lines are rows, over the previous rows.
func (r *resized) Flush(lines int) error {
	if more := r.folded(); more > 0 {
		if _, err := fmt.Fprintf(r.out, "\x1b[%dA", more); err != nil {
			return err
		}
	}
	drawn := bytes.Split(bytes.TrimSuffix(r.frame.Bytes(), []byte("\n")), []byte("\n"))
	r.rows = r.rows[:0]
	for _, line := range drawn[max(len(drawn)-lines, 0):] {
		r.rows = append(r.rows, columns(say.Strip(string(line))))
	}
	r.frame.Reset()
	return r.ConsoleWriter.Flush(lines)
}

// folded is how many extra lines the rows take now. A Windows console keeps its place by itself.
func (r *resized) folded() int {
	if runtime.GOOS == "windows" || !r.IsTerminal() {
		return 0
	}
	width, _, err := r.GetTermSize()
	if err != nil || width <= 0 {
		return 0
	}
	more := 0
	for _, n := range r.rows {
		more += max(n-1, 0) / width
	}
	return more
}
