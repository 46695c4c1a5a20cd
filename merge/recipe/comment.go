package recipe

import "strings"

// Comment finds where a comment of the text has name, not as a part of a longer name.
func (r *Recipe) Comment(name string) (Pos, bool) {
	at := 0
	for line := range strings.Lines(string(r.Text)) {
		if from := commentAt(line); from >= 0 && name != "" {
			if off := mention(line[from:], name); off >= 0 {
				return placeAt(r.Text, at+from+off), true
			}
		}
		at += len(line)
	}
	return Pos{}, false
}

// commentAt is where a line's comment may begin, -1 where it has none: a "#" at its start or behind a space. It may stand in
// a quoted text, too.
func commentAt(line string) int {
	for i := range len(line) {
		if line[i] == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			return i
		}
	}
	return -1
}
