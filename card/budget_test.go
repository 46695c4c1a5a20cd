package card

import (
	"errors"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

// A template that does not end, or makes more than there is room for, is told with its place, and takes little memory.
func TestRenderEnds(t *testing.T) {
	head := "---\n{{frontmatter .}}\n---\n"
	for _, tt := range []struct {
		name, tmpl string
		line       int
		says       string
	}{
		{"a loop without output", "{{range $i := 9000000000000000000}}{{end}}", 4, "the card is not done after 300ms, as with a loop that does not end"},
		{"a loop with output", "\n\n{{range 1000000000}}a line\n{{end}}", 6, "the card has more than 4 MiB, as from a loop that does not end"},
		{"too much text", strings.Repeat("x", 4<<20), 0, "the card has more than 4 MiB, as from a loop that does not end"},
		{"a template that calls itself", "{{define `a`}}\n{{template `a` .}}{{end}}{{template `a` .}}", 4, "templates call each other more than 100 deep, as one that calls itself does"},
		{"two that call each other", "{{define `a`}}{{template `b` .}}{{end}}\n{{define `b`}}{{template `a` .}}{{end}}{{template `b` .}}", 4, "templates call each other more than 100 deep, as one that calls itself does"},
		{"a text that doubles", "{{$x := `ab`}}{{range 1000}}{{$x = printf `%s%s` $x $x}}{{end}}", 4, "it makes more than 64 MiB of text, as from a loop that does not end"},
		{"a text that doubles by its escapes", "{{$x := `\\`}}{{range 1000}}{{$x = text $x}}{{end}}", 4, "it makes more than 64 MiB of text, as from a loop that does not end"},
		{"many texts that are kept", "{{$x := printf `%1000d` 1}}" + strings.Repeat("{{$x = print $x $x}}", 12) + strings.Repeat("{{$y := print $x ``}}", 100), 4, "it makes more than 64 MiB of text, as from a loop that does not end"},
		{"a wide verb", "{{printf `%1000000d` 1}}", 4, "printf: %1000000 is wider than 1000 characters"},
		{"a precise verb", "{{printf `%.999999f` 1.5}}", 4, "printf: %.999999 is wider than 1000 characters"},
		{"a width that is no number of Go", "{{printf `%99999999999999999999d` 1}}", 4, "printf: %99999999999999999999 is wider than 1000 characters"},
		{"a width from elsewhere", "{{printf `%*d` 1000000 1}}", 4, "printf: write the width into the format, in the place of *"},
		{"one text many times", "{{printf `" + strings.Repeat("%[1]s", 100000) + "` .Config}}", 4, "it makes more than 64 MiB of text, as from a loop that does not end"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := slerpFacts()
			f.Config += strings.Repeat("# a comment\n", 1000)
			defer debug.SetGCPercent(debug.SetGCPercent(-1)) // all that is made stays
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			limit := maxTime
			if strings.Contains(tt.says, "300ms") { // a script waits for the five seconds
				limit = 300 * time.Millisecond
			}
			began := time.Now()
			card, err := renderWithin(limit, head+tt.tmpl, f)
			took := time.Since(began)
			runtime.ReadMemStats(&after)
			e, ok := errors.AsType[*TemplateError](err)
			slow := took >= maxTime && ok && strings.HasPrefix(e.Message, "the card is not done after") // on a busy machine the time may end first
			if !ok || e.Line != tt.line || e.Message != tt.says && !slow || card != nil {
				t.Errorf("Render = %d bytes, %v; want line %d, %s", len(card), err, tt.line, tt.says)
			}
			if took < maxTime/2 && limit == maxTime { // a loop makes garbage for as long as it runs
				if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 400 {
					t.Errorf("it took %d MiB", took)
				}
			}
		})
	}
}

// The limits are far from what a card of hundreds of slices takes.
func TestRenderLeavesRoom(t *testing.T) {
	f := slerpFacts()
	f.Config += strings.Repeat("# a comment\n", 20000)
	tmpl := "---\n{{frontmatter .}}\n---\n{{config .}}\n{{define `row`}}{{printf `%-20s|%6.2f` .Name 1.5}}{{end}}{{range $i := 2000}}{{range $.Models}}{{template `row` .}}\n{{end}}{{end}}"
	card, err := Render(tmpl, f)
	if err != nil || len(card) < 300_000 {
		t.Errorf("Render = %d bytes, %v", len(card), err)
	}
}
