package recipe

import "unicode/utf8"

// clip shortens s to what fits into a message.
func clip(s string) string {
	const most = 60 // characters
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	runes := []rune(s)
	return string(runes[:most]) + "..."
}
