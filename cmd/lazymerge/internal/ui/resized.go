package ui

import (
	"bytes"
	"fmt"
	"io"
	"runtime"

	"github.com/vbauerster/cupwriter"
	"github.com/vbauerster/mpb/v8"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
)

// resized keeps moving rows in place on a terminal that is made narrower. Rows that were drawn for more columns take several
// lines there then, and the cursor has to go up by as many; else the upper part of them would stay for good.
type resized struct {
	mpb.ConsoleWriter
	out   io.Writer
	frame bytes.Buffer // what was written since the last Flush
	rows  []int        // columns of the rows that are on the screen
}

func newResized(out io.Writer) *resized {
	return &resized{ConsoleWriter: cupwriter.New(out, true), out: out} // true: the options say that rows move
}

func (r *resized) Write(p []byte) (int, error) {
	r.frame.Write(p)
	return r.ConsoleWriter.Write(p)
}

func (r *resized) ReadFrom(rows io.Reader) (int64, error) {
	return r.ConsoleWriter.ReadFrom(io.TeeReader(rows, &r.frame))
}

// Flush draws what was written, of which the last lines are rows, in the place of the rows before.
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

// folded is how many lines more than there are rows the rows take now. A console of Windows keeps its place by itself.
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
