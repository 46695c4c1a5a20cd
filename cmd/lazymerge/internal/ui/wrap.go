package ui

import "strings"

// wrapped breaks line, which begins with the left column, at spaces so that no part is wider than width columns, as
// far as its words allow. What is carried over stands a little further in than the text.
func wrapped(line string, width int) []string {
	const indent = columnWidth + 2
	var lines []string
	for columns(line) > width {
		cut := 0
		for i, r := range line {
			if cut > 0 && columns(line[:i]) > width {
				break
			}
			if r == ' ' && i > indent && strings.TrimSpace(line[columnWidth:i]) != "" {
				cut = i
			}
		}
		if cut == 0 {
			break
		}
		lines = append(lines, strings.TrimRight(line[:cut], " "))
		line = strings.Repeat(" ", indent) + strings.TrimLeft(line[cut:], " ")
	}
	return append(lines, line)
}
