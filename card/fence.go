package card

import (
	"errors"
	"fmt"
	"iter"
	"strings"
)

// ErrNoConfig is a card without exactly one yaml block.
var ErrNoConfig = errors.New("the card has not exactly one yaml block")

// noNewline stands on the line after a config block whose config does not end in a newline. It
// is a comment, so that a reader of the page does not see it and a reader of the file does.
const noNewline = "<!-- the config has no newline at its end -->"

// Config returns the exact bytes of the config that is in a card made by [Render].
//
// The card has one yaml block, and its lines are the config, byte for byte: carriage returns,
// a byte order mark, tabs and trailing spaces are left as they are. The fence is longer than
// any run of backticks in the config, so nothing in the config can close it. A block always ends in a
// newline; where the config does not, this comment on the line after the fence says so, and the
// last newline (one byte) is not part of the config:
//
//	<!-- the config has no newline at its end -->
//
// The error is an ErrNoConfig for a card that has no such block or several.
func Config(card []byte) ([]byte, error) {
	_, body, err := FrontMatter(card)
	if err != nil {
		return nil, err
	}
	md := string(body)
	var found []block
	for b := range blocks(md) {
		if b.language() == "yaml" || b.language() == "yml" {
			found = append(found, b)
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%w but %d", ErrNoConfig, len(found))
	}
	config := md[found[0].start:found[0].end]
	if next, _ := cutLine(md[found[0].after:]); next == noNewline {
		config = strings.TrimSuffix(config, "\n")
	}
	return []byte(config), nil
}

// configBlock returns the block that Config reads.
func configBlock(config string) string {
	fence := strings.Repeat("`", max(3, longestRun(config, '`')+1))
	var b strings.Builder
	b.WriteString(fence + "yaml\n" + config)
	if config == "" || strings.HasSuffix(config, "\n") {
		b.WriteString(fence)
	} else {
		b.WriteString("\n" + fence + "\n" + noNewline)
	}
	return b.String()
}

func longestRun(s string, c byte) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != c {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// A block is a fenced code block.
type block struct {
	info       string // what follows the opening fence
	start, end int    // the lines inside
	after      int    // the line after the closing fence
}

func (b block) language() string {
	word, _, _ := strings.Cut(b.info, " ")
	return strings.ToLower(word)
}

// blocks yields the fenced code blocks of md that are not inside a list, a quote or HTML.
//
// Source: CommonMark 0.31.2, sections 2.1 (line endings) and 4.5.
func blocks(md string) iter.Seq[block] {
	return func(yield func(block) bool) {
		var open block
		fence := "" // of the open block
		for pos := 0; pos < len(md); {
			line, size := cutLine(md[pos:])
			next := pos + size
			run, info := fenceOf(line)
			switch {
			case fence == "" && run != "" && !(run[0] == '`' && strings.Contains(info, "`")):
				fence, open = run, block{info: strings.TrimSpace(info), start: next}
			case fence != "" && run != "" && run[0] == fence[0] && len(run) >= len(fence) && strings.Trim(info, " \t") == "":
				open.end, open.after, fence = pos, next, ""
				if !yield(open) {
					return
				}
			}
			pos = next
		}
		if fence != "" { // the end of the document closes it
			open.end, open.after = len(md), len(md)
			yield(open)
		}
	}
}

// fenceOf returns the run of backticks or tildes that a line begins with, after at most three
// spaces, and what follows it; "" if that is no fence.
func fenceOf(line string) (run, info string) {
	s := strings.TrimLeft(line, " ")
	if len(line)-len(s) > 3 || s == "" || s[0] != '`' && s[0] != '~' {
		return "", ""
	}
	info = strings.TrimLeft(s, s[:1])
	if run = s[:len(s)-len(info)]; len(run) < 3 {
		return "", ""
	}
	return run, info
}

// cutLine returns the first line of s and its size with its line ending: a newline, a carriage
// return or both.
func cutLine(s string) (line string, size int) {
	i := strings.IndexAny(s, "\r\n")
	switch {
	case i < 0:
		return s, len(s)
	case strings.HasPrefix(s[i:], "\r\n"):
		return s[:i], i + 2
	}
	return s[:i], i + 1
}
