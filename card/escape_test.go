package card

import (
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"a model id stays readable", "EmbeddedLLM/Mistral-7B_Merge-14-v0.1", "EmbeddedLLM/Mistral-7B_Merge-14-v0.1"},
		{"HTML becomes entities", "<b>&amp;</b>", "&lt;b&gt;&amp;amp;&lt;/b&gt;"},
		{"a pipe does not end a table cell", "a|b", "a&#124;b"},
		{"a backtick opens no code", "a`b", "a\\`b"},
		{"a line break becomes a space", "a\r\n\n# b", "a \\# b"},
		{"emphasis is escaped", "*a* _b_ ~~c~~", "\\*a\\* \\_b\\_ \\~\\~c\\~\\~"},
		{"link text is escaped", "[a](b)", "\\[a\\](b)"},
		{"a backslash is escaped", `a\|b`, `a\\&#124;b`},
		{"a list marker at the start is escaped", "- a", "\\- a"},
		{"a number with a dot at the start is escaped", "12. a", "12\\. a"},
		{"a version is not", "0.1.0", "0.1.0"},
		{"a formula is escaped", "$$x$$", "&#36;&#36;x&#36;&#36;"},
		{"control and format characters go", "\x1b[31ma\u202eb\u200b\x00\ufeff", "\\[31mab"},
		{"invalid UTF-8 is replaced", "a\xffb", "a\uFFFDb"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := text(tt.in); got != tt.want {
				t.Errorf("text(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestCode(t *testing.T) {
	tests := []struct{ in, want string }{
		{"4f5d2c19", "`4f5d2c19`"},
		{"a<b>*c*", "`a<b>*c*`"},
		{"a`b|c<d>*", "<code>a&#96;b&#124;c&lt;d&gt;&#42;</code>"},
		{"a\nb", "`a b`"},
		{"", ""},
	}
	for _, tt := range tests {
		if got := code(tt.in); got != tt.want {
			t.Errorf("code(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestLink(t *testing.T) {
	tests := []struct{ name, text, dest, want string }{
		{"a web address", "a/b", "https://huggingface.co/a/b", "[a/b](https://huggingface.co/a/b)"},
		{"a file of the repo", "own", "LICENSE.md", "[own](LICENSE.md)"},
		{"brackets and spaces are escaped", "x", "https://e.org/a (b)|c]`", "[x](https://e.org/a%20%28b%29%7Cc%5D%60)"},
		{"a query keeps its form", "x", "https://e.org/?a=1&b=2", "[x](https://e.org/?a=1&amp;b=2)"},
		{"no address leaves the text", "a|b", "", "a&#124;b"},
		{"a script is no link", "x", "javascript:alert(1)", "x"},
		{"data is no link", "x", "data:text/html,<b>", "x"},
		{"an address with a password is no link", "x", "https://u:hf_secret@e.org/", "x"},
		{"an absolute path is no link", "x", "/etc/passwd", "x"},
		{"an address without a scheme is no link", "x", "//e.org/a", "x"},
		{"what no URL can hold is no link", "x", "https://e.org/%zz", "x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := link(tt.text, tt.dest); got != tt.want {
				t.Errorf("link(%q, %q) = %q, want %q", tt.text, tt.dest, got, tt.want)
			}
		})
	}
}

func TestPython(t *testing.T) {
	for in, want := range map[string]string{
		"a/b-7B":               `"a/b-7B"`,
		"a\"b\\c\n```":         `"a\"b\\c ` + "```\"",
		"caf\u00e9 \U0001F600": `"caf\u00e9 \U0001f600"`,
	} {
		if got := python(in); got != want {
			t.Errorf("python(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestIsRepo(t *testing.T) {
	for _, id := range []string{"gpt2", "a/b", "no", "1e5/0123", "mistralai/Mistral-7B-v0.1", "a_b/c.d-e"} {
		if !isRepo(id) {
			t.Errorf("isRepo(%q) = false", id)
		}
	}
	for _, id := range []string{"", "/", "a/", "/b", "a/b/c", "./a", "../a", "a b", "a--b/c", "a/b..c", "-a/b", "a/b-", "a/.b", "a/b.git", "a/é",
		"C:\\models\\a", "/home/alice/model", "a+b/c", strings.Repeat("a", 97)} {
		if isRepo(id) {
			t.Errorf("isRepo(%q) = true", id)
		}
	}
}
