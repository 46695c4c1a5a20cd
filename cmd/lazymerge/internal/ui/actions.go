package ui

import (
	"strconv"
	"strings"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Group folds the lines that follow in a workflow log under title, until end is called, the next
// group begins or a fault is printed. Outside GitHub Actions it prints nothing.
func (u *UI) Group(title string) (end func()) {
	if !u.actions || u.quiet {
		return func() {}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.endGroup() // groups do not nest
	u.write(command("group", nil, Clean(title)))
	u.groups++
	u.group = u.groups
	id := u.group
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		if u.group == id {
			u.endGroup()
		}
	}
}

// unfold ends an open group, for nobody looks for a fault inside a folded one.
func (u *UI) unfold() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.endGroup()
}

func (u *UI) endGroup() {
	if u.group != 0 {
		u.write(command("endgroup", nil, ""))
		u.group = 0
	}
}

// annotation returns the workflow command that shows f at its place in the file, or nothing
// where there is no file or nobody to show it.
func (u *UI) annotation(f *recipe.Fault, warning bool) []string {
	if !u.actions || f.File == "" {
		return nil
	}
	name := "error"
	if warning {
		name = "warning"
	}
	properties := [][2]string{{"file", Clean(f.File)}}
	if f.Pos.Line > 0 {
		properties = append(properties, [2]string{"line", strconv.Itoa(f.Pos.Line)}, [2]string{"col", strconv.Itoa(f.Pos.Col)})
	}
	title := "lazymerge"
	if f.Code != "" {
		title = Clean(f.Code)
	}
	properties = append(properties, [2]string{"title", title})
	data := Clean(f.Message)
	if f.Hint != "" {
		data += "\nhint: " + Clean(f.Hint)
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
