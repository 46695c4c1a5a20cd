package ui

import (
	"strings"
	"testing"
)

func TestWrapped(t *testing.T) {
	for _, tt := range []struct {
		name, line, want string
		width            int
	}{
		{"a line that fits stays", "plan     of 2 models", "plan     of 2 models", 20},
		{"a longer one is broken at the last space that fits", "plan     of 2 models, 3 layers", "plan     of 2 models,\n           3 layers", 22},
		{"one that needs three lines", "plan     aaaa bbbb cccc", "plan     aaaa\n           bbbb\n           cccc", 15},
		{"a word that is too long is left in one piece", "plan     aaaaaaaaaaaa b", "plan     aaaaaaaaaaaa\n           b", 12},
		{"a single one as well", "plan     aaaaaaaaaaaa", "plan     aaaaaaaaaaaa", 12},
		{"the word in the left column stays with its text", "plan     aaaa bbbb", "plan     aaaa\n           bbbb", 5},
		{"letters that take two columns count as two", "plan     模模模 模模模", "plan     模模模\n           模模模", 18},
		{"gaps of a table stay where the line is not broken", "         a     b     c", "         a     b\n           c", 20},
	} {
		if got := strings.Join(wrapped(tt.line, tt.width, columnWidth, columnWidth+2), "\n"); got != tt.want {
			t.Errorf("%s: wrapped(%q, %d) =\n%s\nwant\n%s", tt.name, tt.line, tt.width, got, tt.want)
		}
	}
}

func TestHelpFits(t *testing.T) {
	const text = `Plan reads the config, and the headers
of weight files.

Second.

Usage:
  lazymerge plan CONFIG [flags]

Examples:
  lazymerge plan a-config-with-a-long-name.yaml --repo you/name

Flags:
  -o, --output FILE   write the plan into this FILE as well
      --very-long-flag-name STRING   says something
`
	const want = `Plan reads the config, and the headers of
weight files.

Second.

Usage:
  lazymerge plan CONFIG [flags]

Examples:
  lazymerge plan a-config-with-a-long-name.yaml --repo you/name

Flags:
  -o, --output FILE   write the plan into this
                      FILE as well
      --very-long-flag-name STRING
          says something
`
	if got := Help(text, 46); got != want {
		t.Errorf("Help =\n%s\nwant\n%s", got, want)
	}
	if Help(text, 0) != text {
		t.Error("a text for a pipe was changed")
	}
}
