package page

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// What a text may cost. A card of the public Hub has some ten thousand bytes; the limits are for
// those that were made to keep a server busy. goldmark takes time that grows with the square of a
// paragraph, and makes as many cells of each row as a table's head has.
const (
	maxMarkdown  = 256 << 10 // bytes
	maxRendered  = 4 << 20   // bytes of HTML
	maxScans     = 1e9       // bytes that may be looked at again; about a second
	maxCells     = 200_000   // of one table
	maxReference = 2 << 10   // bytes of what "[name]: address" stands for
	maxDepth     = 100       // elements, or quotes and lists, that are open at once
	maxNotes     = 1000      // footnotes and signs of them; each sign looks through all footnotes
)

// A text that is not shown. The message is for who reads the page.
var (
	ErrLong   = fmt.Errorf("the text has more than %d KiB", maxMarkdown>>10)
	ErrDeep   = errors.New("the text is nested too deeply")
	ErrCostly = errors.New("the text would take too long to render")
)

// affordable refuses what would take goldmark more than seconds or megabytes. It looks at runs of
// lines without an empty one between them, of which paragraphs and tables are made.
func affordable(source []byte) error {
	if len(source) > maxMarkdown {
		return ErrLong
	}
	if bytes.Count(source, []byte("[^")) > maxNotes {
		return ErrCostly
	}
	var run struct{ bytes, signs, lines, pipes int }
	scans := 0
	for line := range bytes.Lines(source) {
		text := bytes.TrimSpace(line)
		if len(text) == 0 {
			run = struct{ bytes, signs, lines, pipes int }{}
			continue
		}
		if len(text)-len(bytes.TrimLeft(text, ">-*+ \t")) > 2*maxDepth && !rule(text) {
			return ErrDeep
		}
		scans -= run.signs * run.bytes
		run.bytes += len(line)
		run.lines++
		run.pipes = max(run.pipes, bytes.Count(text, []byte("|")))
		for _, c := range text {
			if strings.IndexByte("*_~[](!<&`\\:@", c) >= 0 {
				run.signs++
			}
		}
		scans += run.signs * run.bytes
		if scans > maxScans || run.lines*run.pipes > maxCells {
			return ErrCostly
		}
	}
	return nil
}

// rule tells whether a line has one sign alone, as one below a heading does.
func rule(line []byte) bool { return len(bytes.Trim(line, string(line[:1]))) == 0 && line[0] != '>' }

// limited keeps what is written, up to a number of bytes.
type limited struct {
	text bytes.Buffer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if len(p) > l.left {
		return 0, ErrCostly
	}
	l.left -= len(p)
	return l.text.Write(p)
}
