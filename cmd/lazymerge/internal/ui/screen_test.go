package ui

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// screen is a terminal: it knows the few escape sequences that are used here, and a test
// fails that uses others or writes a line that would wrap.
type screen struct {
	t     *testing.T
	width int

	mu     sync.Mutex
	rows   []string
	row    int // the cursor is at the start of this row, or at the end of a row being written
	color  bool
	writes int
}

func newScreen(t *testing.T, width int) *screen {
	return &screen{t: t, width: width, rows: []string{""}}
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	for text := string(p); text != ""; {
		var n int
		var final byte
		switch {
		case text[0] == '\n':
			s.row++
			if s.row == len(s.rows) {
				s.rows = append(s.rows, "")
			}
			text = text[1:]
			continue
		case strings.HasPrefix(text, "\x1b[J"):
			s.rows = append(s.rows[:s.row], "")
			text = text[3:]
			continue
		case text[0] == '\x1b':
			if _, err := fmt.Sscanf(text, "\x1b[%d%c", &n, &final); err != nil {
				s.t.Errorf("unknown escape sequence in %q", text)
				return len(p), nil
			}
			switch final {
			case 'A':
				if s.row -= n; s.row < 0 || s.rows[s.row+n] != "" {
					s.t.Errorf("the cursor went up %d rows from %q", n, s.rows[s.row+n])
				}
			case 'm':
				s.color = true
			default:
				s.t.Errorf("unknown escape sequence in %q", text)
			}
			_, text, _ = strings.Cut(text, string(final))
			continue
		}
		end := strings.IndexAny(text, "\n\x1b")
		if end < 0 {
			end = len(text)
		}
		s.rows[s.row] += text[:end]
		if utf8.RuneCountInString(s.rows[s.row]) >= s.width {
			s.t.Errorf("a line reaches the last of %d columns: %q", s.width, s.rows[s.row])
		}
		text = text[end:]
	}
	return len(p), nil
}

// String returns what is on the screen, the scrolled part included. Spaces at line ends count
// for nothing.
func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for i, row := range s.rows {
		if i == len(s.rows)-1 && row == "" {
			break // the cursor's own line
		}
		b.WriteString(strings.TrimRight(row, " ") + "\n")
	}
	return b.String()
}

// check compares the screen with want, which is indented and starts with a newline.
func (s *screen) check(t *testing.T, when, want string) {
	t.Helper()
	if got := s.String(); got != want {
		t.Errorf("%s the screen shows\n%swant\n%s", when, got, want)
	}
}
