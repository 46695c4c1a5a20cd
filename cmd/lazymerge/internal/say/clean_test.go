package say

import (
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say/saytest"
)

func TestClean(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"plain text stays", "alice/Modèle-7B (v2) 模型 é 🤗 100 % a::b ##", "alice/Modèle-7B (v2) 模型 é 🤗 100 % a::b ##"},
		{"color goes as a whole", "a\x1b[1;31mred\x1b[0mb", "aredb"},
		{"a cursor movement goes", "a\x1b[2Kb\x1b[10;5Hc", "abc"},
		{"so does one that is cut off", "a\x1b[12", "a"},
		{"and one that a letter of another script ends", "a\x1b[1é", "aé"},
		{"a title goes to its bell", "a\x1b]0;evil\ab", "ab"},
		{"and to its string terminator", "a\x1b]8;;https://x\x1b\\link\x1b]8;;\x1b\\b", "alinkb"},
		{"a string without an end loses only its start", "a\x1b]0;evil", "a0;evil"},
		{"a device string goes", "a\x1bP1$r0m\x1b\\b", "ab"},
		{"and one whose end is too far off", "a\x1b]" + strings.Repeat("x", maxString) + "\ab", "a" + strings.Repeat("x", maxString) + "b"},
		{"the terminator that comes first counts", "a\x1b]x\ab\x1b\\c", "abc"},
		{"a character set goes", "a\x1b(0b\x1bcc", "abc"},
		{"ESC at the end goes", "a\x1b", "a"},
		{"ESC before ESC goes", "a\x1b\x1b[31mb", "ab"},
		{"C1 in UTF-8 counts as the escape it is", "a\u009b31mb\u009d0;x\u009cc\u0084d", "abcd"},
		{"C1 as a bare byte is no UTF-8", "a\x9b31m", "a\uFFFD31m"},
		{"line ends become spaces", "a\nb\r\nc\rd\te\u0085f\u2028g", "a b c d e f g"},
		{"control characters go", "a\x00b\x08c\x7fd", "abcd"},
		{"bidi overrides go", "a\u202eb\u2066c\u200fd\u061ce", "abcde"},
		{"invisible characters go", "a\u200bb\u00adc\ufeffd\u3164e\ufe0ff", "abcdef"},
		{"bytes that are no UTF-8 are replaced", "a\xffb\xc3", "a\uFFFDb\uFFFD"},
		{"a command is broken", "::error::x", ": :error::x"},
		{"after white space too, as the runner trims it", " \u00a0\u3000::add-mask::x", " \u00a0\u3000: :add-mask::x"},
		{"and behind what is taken out", "\x1b[1m\u200b:\u200d:error::x", ": :error::x"},
		{"a line end cannot start one", "a\n::error::x", "a ::error::x"},
		{"more colons are no way round", ":::error::x", ": ::error::x"},
		{"the older form is broken anywhere", "a ##[error]b ####[x]", "a ## [error]b #### [x]"},
		{"nothing is nothing", "", ""},
	} {
		if got := Clean(tt.in); got != tt.want {
			t.Errorf("%s: Clean(%q) = %q, want %q", tt.name, tt.in, got, tt.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{
		"alice/model-7B", "\x1b[31mred", "\x1b]0;t\a", "a\r\n::error::b", " \u2003::stop-commands::x",
		"\u202e\u009b5n", "\xff\xfe", "##[##[x]", ":\u200b:", "\x1b", "\x1b \x1b", "\x1b]\x1b]\x1b\\::x",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if fault := saytest.UnsafeLine(got); fault != "" {
			t.Errorf("Clean(%q) = %q, which %s", s, got, fault)
		}
		if again := Clean(got); again != got {
			t.Errorf("Clean(%q) = %q, and again %q", s, got, again)
		}
		if harmless(s) && got != s {
			t.Errorf("Clean(%q) = %q, want it unchanged", s, got)
		}
	})
}

// harmless tells that s is printable ASCII and no command.
func harmless(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return !saytest.IsCommand(s)
}
