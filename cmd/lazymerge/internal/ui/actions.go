package ui

import (
	"strconv"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// annotation returns the workflow command that shows f on the page of the run, and at its place where it has one; nothing
// outside GitHub Actions.
func (u *UI) annotation(f *recipe.Fault, warning bool) []string {
	if !u.actions {
		return nil
	}
	name := "error"
	if warning {
		name = "warning"
	}
	var properties [][2]string
	if f.File != "" {
		properties = append(properties, [2]string{"file", say.Clean(f.File)})
	}
	if f.File != "" && f.Pos.Line > 0 {
		properties = append(properties, [2]string{"line", strconv.Itoa(f.Pos.Line)}, [2]string{"col", strconv.Itoa(f.Pos.Col)})
	}
	title := "lazymerge"
	if f.Code != "" {
		title = say.Clean(f.Code)
	}
	properties = append(properties, [2]string{"title", title})
	data := say.Clean(f.Message)
	if f.Hint != "" {
		data += "\nhint: " + say.Clean(f.Hint)
	}
	return []string{command(name, properties, data)}
}

// command is the one place that makes a workflow command.
//
// Source: docs.github.com, workflow commands; the escapes are those that the runner undoes.
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

// Mask keeps a secret out of the workflow log from here on, also when quiet; the runner takes the line itself
// out. Outside GitHub Actions it prints nothing.
func (u *UI) Mask(secret string) {
	if u.actions && secret != "" {
		u.print(command("add-mask", nil, secret))
	}
}
