package ui

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// annotation returns the workflow command that shows f on the page of the run, and at its place if it has one; nothing outside
// GitHub Actions.
func (u *UI) annotation(f *recipe.Fault, warning bool) []string {
	if !u.o.Actions {
		return nil
	}
	name := map[bool]string{false: "error", true: "warning"}[warning]
	var properties [][2]string
	if f.File != "" {
		properties = append(properties, [2]string{"file", say.Clean(f.File)})
		if f.Pos.Line > 0 {
			properties = append(properties, [2]string{"line", strconv.Itoa(f.Pos.Line)}, [2]string{"col", strconv.Itoa(f.Pos.Col)})
		}
	}
	properties = append(properties, [2]string{"title", cmp.Or(say.Clean(f.Code), "lazymerge")})
	data := say.Clean(f.Message)
	if f.Hint != "" {
		data += "\nhint: " + say.Clean(f.Hint)
	}
	return []string{command(name, properties, data)}
}

// command makes a workflow command.
//
// Source: docs.github.com, workflow commands; the escapes are those the runner undoes.
func command(name string, properties [][2]string, data string) string {
	var b strings.Builder
	b.WriteString("::" + name)
	for i, p := range properties {
		b.WriteByte(" ,"[min(i, 1)])
		b.WriteString(p[0] + "=" + escapeProperty.Replace(p[1]))
	}
	b.WriteString("::" + escapeData.Replace(data))
	return b.String()
}

var (
	escapeData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	escapeProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// Mask keeps a secret out of the workflow log from here on, even when quiet; the runner drops the line itself.
// Outside GitHub Actions it prints nothing.
func (u *UI) Mask(secret string) {
	if u.o.Actions && secret != "" {
		u.print(command("add-mask", nil, secret))
	}
}
