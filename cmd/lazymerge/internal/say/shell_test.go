package say

import "testing"

func TestShellWord(t *testing.T) {
	for text, want := range map[string]string{
		"./mine=alice/mine@v1": "./mine=alice/mine@v1",
		"./my model=a/b":       "'./my model=a/b'",
		"it's=a/b":             `'it'\''s=a/b'`,
		"$HOME=a/b":            "'$HOME=a/b'",
	} {
		if got := ShellWord(text); got != want {
			t.Errorf("shellWord(%q) = %s, want %s", text, got, want)
		}
	}
}
