package ui

import (
	"regexp"
	"strings"
)

// wrapped breaks line at spaces into parts of at most width columns, as far as its words allow. The first break comes after
// column from; continuation lines are indented.
func wrapped(line string, width, from, indent int) []string {
	var lines []string
	for columns(line) > width {
		cut := 0
		for i, r := range line {
			if cut > 0 && columns(line[:i]) > width {
				break
			}
			if r == ' ' && i > from && strings.TrimSpace(line[from:i]) != "" {
				cut = i
			}
		}
		if cut == 0 {
			break
		}
		lines = append(lines, strings.TrimRight(line[:cut], " "))
		line = strings.Repeat(" ", indent) + strings.TrimLeft(line[cut:], " ")
		from = indent
	}
	return append(lines, line)
}

// described matches a line of help up to the description of a flag or command.
var described = regexp.MustCompile(`^ +\S.*?(?:   +| {2,})`)

// Help fits a help text into width columns: paragraphs are filled, and descriptions of flags and commands stay in their
// column. Examples stay whole, to be pasted. A width of 0 changes nothing.
func Help(text string, width int) string {
	if width <= 0 {
		return text
	}
	const least, below = 24, 10 // columns beside a name, and the indent of a description below it
	var out []string
	example, paragraph := false, ""
	end := func() {
		if paragraph != "" {
			out = append(out, wrapped(paragraph, width, 0, 0)...)
			paragraph = ""
		}
	}
	for line := range strings.SplitSeq(text, "\n") {
		switch {
		case strings.HasPrefix(line, "\t"): // a command of cobra's own texts
			end()
			out = append(out, line)
		case line == "" || line[0] == ' ' || strings.HasSuffix(line, ":"):
			end()
			if line != "" && line[0] != ' ' {
				example = line == "Examples:"
			}
			at := len(described.FindString(line))
			lead := len(line) - len(strings.TrimLeft(line, " "))
			switch {
			case example:
				out = append(out, line)
			case at > 0 && width-at >= least:
				out = append(out, wrapped(line, width, at, at)...)
			case at > 0: // beside a long name there is no room, so it goes below
				out = append(out, strings.TrimRight(line[:at], " "))
				out = append(out, wrapped(strings.Repeat(" ", below)+line[at:], width, below, below)...)
			default:
				out = append(out, wrapped(line, width, lead, lead+4)...)
			}
		case paragraph == "":
			paragraph = line
		default:
			paragraph += " " + line
		}
	}
	end()
	return strings.Join(out, "\n")
}
