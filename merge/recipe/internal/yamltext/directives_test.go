package yamltext

import (
	"bytes"
	"testing"
)

// FuzzWithoutDirectives holds what is made of directives to what it may change: no length, and only the sign that starts a directive.
func FuzzWithoutDirectives(f *testing.F) {
	for _, text := range []string{"%YAML 1.2\n---\na: b\n", "\ufeff# x\r\n%FOO\r\n%YAML 1.1 # y\r\n--- a\n%b\n", "%TAG ! x\n---", "%%x\n---\n", "a: |\n  %x\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		before := bytes.Clone(text)
		out := withoutDirectives(text)
		if !bytes.Equal(text, before) {
			t.Fatalf("%q was changed to %q", before, text)
		}
		if len(out) != len(text) {
			t.Fatalf("%q became %q", text, out)
		}
		for i := range out {
			start := i == 0 || bytes.HasSuffix(text[:i], []byte("\n")) || bytes.HasSuffix(text[:i], []byte("\r")) ||
				bytes.HasSuffix(text[:i], []byte("\u0085")) || bytes.HasSuffix(text[:i], []byte("\u2028")) || bytes.HasSuffix(text[:i], []byte("\u2029")) ||
				bytes.Equal(text[:i], byteOrderMark)
			if out[i] != text[i] && !(start && text[i] == '%' && out[i] == '#') {
				t.Fatalf("%q became %q: byte %d", text, out, i)
			}
		}
		if again := withoutDirectives(out); !bytes.Equal(again, out) {
			t.Fatalf("%q became %q and then %q", text, out, again)
		}
	})
}
