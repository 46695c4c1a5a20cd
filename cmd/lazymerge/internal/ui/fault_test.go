package ui

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say/saytest"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// gated is an error with a hint, as hub has them.
type gated struct{}

func (gated) Error() string { return "access to a gated repo is needed" }
func (gated) Hint() string  { return "accept the terms on the page of alice/gated" }

// several is an error with text of its own over two others.
type several struct{ parts []error }

func (several) Error() string     { return "several things" }
func (s several) Unwrap() []error { return s.parts }

func TestError(t *testing.T) {
	weight := &recipe.Fault{File: "ties.yaml", Pos: recipe.Pos{Line: 7, Col: 7}, Message: `unknown parameter "wieght" for ties`, Hint: `did you mean "weight"?`}
	effect := &recipe.Fault{File: "ties.yaml", Pos: recipe.Pos{Line: 15, Col: 3}, Warning: true, Message: `"select_topk" has no effect on ties`}
	empty := &recipe.Fault{File: "ties.yaml", Message: "no models"}
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"none", nil, ""},
		{"plain", fs.ErrNotExist, "file does not exist\n"},
		{"one fault with its hint", weight, "ties.yaml:7:7: unknown parameter \"wieght\" for ties\n  hint: did you mean \"weight\"?\n"},
		{"a list of faults", recipe.Faults{weight, effect, empty}, `ties.yaml:7:7: unknown parameter "wieght" for ties
  hint: did you mean "weight"?
ties.yaml:15:3: warning: "select_topk" has no effect on ties
ties.yaml: no models
`},
		{"all kinds joined, with the text that wraps each", errors.Join(recipe.Faults{effect, empty}, nil, fmt.Errorf("source alice/gated: %w", gated{})),
			`ties.yaml:15:3: warning: "select_topk" has no effect on ties
ties.yaml: no models
source alice/gated: access to a gated repo is needed
  hint: accept the terms on the page of alice/gated
`},
		{"a wrapped list names the wrapper on each line", fmt.Errorf("stage 2: %w", recipe.Faults{effect, empty}), `ties.yaml:15:3: warning: stage 2: "select_topk" has no effect on ties
ties.yaml: stage 2: no models
`},
		{"a wrapped join too", fmt.Errorf("sources: %w", errors.Join(gated{}, fs.ErrClosed)), `sources: access to a gated repo is needed
  hint: accept the terms on the page of alice/gated
sources: file already closed
`},
		{"text around the cause is kept", fmt.Errorf("read (%w) twice", gated{}), "read (access to a gated repo is needed) twice\n  hint: accept the terms on the page of alice/gated\n"},
		{"an error over several that is no join stays whole", several{[]error{fs.ErrClosed, gated{}}}, "several things\n  hint: accept the terms on the page of alice/gated\n"},
		{"an error over none", several{}, "several things\n"},
		{"a wrapped empty list is still an error", fmt.Errorf("check: %w", recipe.Faults{}), "check:\n"},
		{"lines of an error become one", errors.New("yaml: line 3\n::error::x\x1b[2J"), "yaml: line 3 ::error::x\n"},
	} {
		var out buffer
		u := New(Options{Err: &out})
		u.Error(tt.err)
		u.Close()
		if out.String() != tt.want {
			t.Errorf("%s: Error(%v) prints\n%swant\n%s", tt.name, tt.err, out.String(), tt.want)
		}
	}
	if effect.Message != `"select_topk" has no effect on ties` {
		t.Errorf("Error changed a fault: %q", effect.Message)
	}
}

func TestColor(t *testing.T) {
	var out buffer
	u := New(Options{Err: &out, Color: true})
	u.Line("plan", "slerp\nmore")
	u.Warn(faultAt("a.yaml", 1, 2, "w", "h"))
	u.Error(faultAt("a.yaml", 1, 2, "w", "h"))
	u.Error(faultAt("::a", 1, 2, "w", "")) // the place is changed on its way
	u.Fail("stopped", "here")
	u.Hint("go on")
	u.Close()
	const want = "\x1b[1mplan\x1b[0m     slerp\n         more\n" +
		"\x1b[33mwarning\x1b[0m  a.yaml:1:2: w\n         hint: h\n" +
		"a.yaml:1:2: \x1b[33mwarning:\x1b[0m w\n  \x1b[36mhint:\x1b[0m h\n" +
		": :a:1:2: warning: w\n" +
		"\x1b[31mstopped\x1b[0m  here\n\x1b[36mhint\x1b[0m     go on\n"
	if out.String() != want {
		t.Errorf("colored output is\n%q, want\n%q", out.String(), want)
	}
}

// elsewhere is an error that a config is to blame for.
type elsewhere struct{ gated }

func (elsewhere) Place() (string, recipe.Pos) { return "merge.yaml", recipe.Pos{Line: 3, Col: 5} }

// The place of such an error is in its annotation alone, also behind a wrapper.
func TestAnnotationOfAPlace(t *testing.T) {
	var out buffer
	u := New(Options{Err: &out, Actions: true})
	u.Error(fmt.Errorf("source alice/gated: %w", elsewhere{}))
	u.Close()
	const want = `source alice/gated: access to a gated repo is needed
  hint: accept the terms on the page of alice/gated
::error file=merge.yaml,line=3,col=5,title=lazymerge::access to a gated repo is needed%0Ahint: accept the terms on the page of alice/gated
`
	if out.String() != want {
		t.Errorf("Error prints\n%swant\n%s", out.String(), want)
	}
}

func TestAnnotations(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault recipe.Fault
		want  string // the command
	}{
		{"a fault with its place", recipe.Fault{File: "merge.yaml", Pos: recipe.Pos{Line: 12, Col: 3}, Code: "unknown-key", Message: "unknown key"},
			"::error file=merge.yaml,line=12,col=3,title=unknown-key::unknown key"},
		{"a warning with a hint", recipe.Fault{File: "merge.yaml", Pos: recipe.Pos{Line: 1, Col: 1}, Warning: true, Message: "no effect", Hint: "leave it out"},
			"::warning file=merge.yaml,line=1,col=1,title=lazymerge::no effect%0Ahint: leave it out"},
		{"a whole file", recipe.Fault{File: "merge.yaml", Message: "empty"},
			"::error file=merge.yaml,title=lazymerge::empty"},
		{"no file", recipe.Fault{Message: "source alice/a: not found", Pos: recipe.Pos{Line: 1, Col: 2}}, "::error title=lazymerge::source alice/a: not found"},
		{"what would end a property is escaped", recipe.Fault{File: "a,line=9::b%2C.yaml", Code: "x::y,z", Message: "50 % ::"},
			"::error file=a%2Cline=9%3A%3Ab%252C.yaml,title=x%3A%3Ay%2Cz::50 %25 ::"},
		{"lines of the text are joined before", recipe.Fault{File: "a\n::error::b", Message: "c\r\n::error::d\x1b[31m"},
			"::error file=a %3A%3Aerror%3A%3Ab,title=lazymerge::c ::error::d"},
	} {
		var out buffer
		u := New(Options{Err: &out, Actions: true})
		u.Error(&tt.fault)
		u.Close()
		var got string
		for line := range strings.Lines(out.String()) {
			if saytest.IsCommand(line) {
				got += strings.TrimSuffix(line, "\n")
			}
		}
		if got != tt.want {
			t.Errorf("%s: Error(%+v) has the command\n%s, want\n%s", tt.name, tt.fault, got, tt.want)
		}

		out = buffer{}
		u = New(Options{Err: &out})
		u.Error(&tt.fault)
		u.Warn(&tt.fault)
		u.Close()
		for line := range strings.Lines(out.String()) {
			if saytest.IsCommand(line) {
				t.Errorf("%s: outside Actions there is the command %s", tt.name, line)
			}
		}
	}
}

// FuzzNoCommand prints text through every way in and parses what comes out as the runner does:
// the only commands are those of ui, and their file is the one that was given.
func FuzzNoCommand(f *testing.F) {
	for _, s := range []string{"model", "::error::x", "a\n::add-mask::b", "##[error]x", "a,line=1::b", "%0A::x", "\u200b::x", "\x1b[1m::x", " ::x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var out buffer
		u := New(Options{Err: &out, Actions: true})
		u.Line(s, "%s\n%s", s, errors.New(s))
		u.Line("", "%v", []string{s})
		u.Line("", "%*s %q %x", 3, s, s, s)
		u.Text("%s", s)
		u.Hint("%s", s)
		u.Fail(s, "%s", s)
		b := u.Bar(s, 1, Unit{Noun: s, Verb: s})
		b.Note(s)
		b.Done()
		at := recipe.Fault{File: "f" + s, Pos: recipe.Pos{Line: 1, Col: 2}, Code: s, Message: s, Hint: s}
		u.Error(fmt.Errorf("%s: %w", s, errors.Join(&at, errors.New(s))))
		u.Warn(&at)
		u.Close()

		var names []string
		for line := range strings.SplitSeq(strings.TrimSuffix(out.String(), "\n"), "\n") {
			if !saytest.IsCommand(line) {
				if fault := saytest.UnsafeLine(line); fault != "" {
					t.Errorf("%q prints %q, which %s", s, line, fault)
				}
				continue
			}
			info, data, ok := strings.Cut(strings.TrimPrefix(line, "::"), "::")
			if !ok || strings.Contains(line, "##[") {
				t.Errorf("%q prints %q, want a whole command", s, line)
			}
			name, properties, _ := strings.Cut(info, " ")
			names = append(names, name)
			if name != "error" && name != "warning" {
				continue
			}
			if properties == "title=lazymerge" { // of the error that is nowhere
				continue
			}
			all := strings.Split(properties, ",")
			if want := "file=" + say.Clean("f"+s); unescape(all[0]) != want || len(all) > 4 || all[1] != "line=1" || all[2] != "col=2" {
				t.Errorf("%q gives properties %q, want %q, a line, a column and a title", s, all, want)
			}
			if name == "warning" && unescape(data) != say.Clean(s)+hint(s) {
				t.Errorf("%q gives the text %q", s, unescape(data))
			}
		}
		if got := strings.Join(names, " "); got != "error error warning" {
			t.Errorf("%q gives the commands %s in\n%s", s, got, out.String())
		}
	})
}

func hint(s string) string {
	if s == "" {
		return ""
	}
	return "\nhint: " + say.Clean(s)
}

func unescape(s string) string {
	for _, pair := range [][2]string{{"%0D", "\r"}, {"%0A", "\n"}, {"%3A", ":"}, {"%2C", ","}, {"%25", "%"}} {
		s = strings.ReplaceAll(s, pair[0], pair[1])
	}
	return s
}

// hinted is an error of a folder that has a hint of its own.
type hinted struct{ error }

func (h hinted) Unwrap() error { return h.error }
func (hinted) Hint() string    { return "name another folder" }

// Where too many files are open that is what is told, and not what it looks like.
func TestErrorOfTooManyOpenFiles(t *testing.T) {
	cause := &fs.PathError{Op: "open", Path: "spool", Err: syscall.EMFILE}
	for _, err := range []error{cause, hinted{cause}, fmt.Errorf("work folder: %w", cause), fmt.Errorf("work folder: %w", hinted{cause}), errors.Join(hinted{cause})} {
		faults := fault.Faults(err)
		if len(faults) != 1 || !strings.Contains(faults[0].Hint, "files open") || !strings.HasSuffix(faults[0].Message, cause.Error()) {
			t.Errorf("Faults(%v) = %v", err, faults)
		}
	}
}
