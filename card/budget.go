package card

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"text/template"
	"text/template/parse"
	"time"
)

// What one card may take. A long one has 20 kB and is made in some milliseconds.
const (
	maxCard    = 4 << 20  // bytes of output
	maxMade    = 64 << 20 // bytes that its functions take and return
	maxTime    = 5 * time.Second
	maxNested  = 100  // templates that call each other
	maxPadding = 1000 // characters that a verb of printf is padded to, or shows
)

// A budget bounds what a template of somebody else's may take. text/template cannot be stopped from outside, so it is
// stopped from inside: each turn of a range, each template that is called and each function asks the budget first.
type budget struct {
	limit  time.Duration
	until  time.Time // the limit, on the clock
	made   int       // bytes that functions have taken and returned
	nested int
	out    bytes.Buffer
	full   bool // out has not taken all
}

// A spent budget ends the rendering. It is the message for who wrote the template.
type spent struct{ message string }

func (e *spent) Error() string { return e.message }

func (b *budget) check() error {
	switch {
	case b.full:
		return &spent{fmt.Sprintf("the card has more than %d MiB, as from a loop that does not end", maxCard>>20)}
	case b.made > maxMade:
		return &spent{fmt.Sprintf("it makes more than %d MiB of text, as from a loop that does not end", maxMade>>20)}
	case b.nested > maxNested:
		return &spent{fmt.Sprintf("templates call each other more than %d deep, as one that calls itself does", maxNested)}
	case time.Now().After(b.until):
		return &spent{fmt.Sprintf("the card is not done after %s, as with a loop that does not end", b.limit)}
	}
	return nil
}

// Write takes the card. What is too much it drops; the next check ends the rendering at its place in the template.
func (b *budget) Write(p []byte) (int, error) {
	if b.full = b.full || b.out.Len()+len(p) > maxCard; b.full {
		return len(p), nil
	}
	return b.out.Write(p)
}

// Functions that render puts into a template.
const (
	turn  = "_turn"
	enter = "_enter"
	leave = "_leave"
)

// render is t.Execute within b, of a template with the functions of b.
func (b *budget) render(t *template.Template, data any) ([]byte, error) {
	for _, defined := range t.Templates() {
		if defined.Tree == nil || defined.Root == nil {
			continue
		}
		addTurns(defined.Root)
		defined.Root.Nodes = append(append([]parse.Node{call(enter, defined.Root.Pos)}, defined.Root.Nodes...), call(leave, defined.Root.Pos))
	}
	if err := t.Execute(b, data); err != nil {
		return nil, err
	}
	return b.out.Bytes(), b.check()
}

// addTurns puts a check into the body of every range below n.
func addTurns(n parse.Node) {
	branch := func(b *parse.BranchNode) {
		addTurns(b.List)
		if b.ElseList != nil {
			addTurns(b.ElseList)
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		for _, child := range n.Nodes {
			addTurns(child)
		}
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
		n.List.Nodes = append([]parse.Node{call(turn, n.Pos)}, n.List.Nodes...)
	}
}

// call is an action that prints what function returns, at pos of the template.
func call(function string, pos parse.Pos) parse.Node {
	command := &parse.CommandNode{NodeType: parse.NodeCommand, Pos: pos, Args: []parse.Node{parse.NewIdentifier(function).SetPos(pos)}}
	return &parse.ActionNode{NodeType: parse.NodeAction, Pos: pos, Pipe: &parse.PipeNode{NodeType: parse.NodePipe, Pos: pos, Cmds: []*parse.CommandNode{command}}}
}

// functions are ours and those of text/template that make texts, each within b.
func (b *budget) functions() template.FuncMap {
	fs := template.FuncMap{
		"print": fmt.Sprint, "println": fmt.Sprintln, "printf": fmt.Sprintf,
		"html": template.HTMLEscaper, "js": template.JSEscaper, "urlquery": template.URLQueryEscaper,
	}
	maps.Copy(fs, functions())
	for name, f := range fs {
		fs[name] = b.bounded(name, reflect.ValueOf(f))
	}
	fs[turn] = func() (string, error) { return "", b.check() }
	fs[enter] = func() (string, error) {
		b.nested++
		return "", b.check()
	}
	fs[leave] = func() string {
		b.nested--
		return ""
	}
	return fs
}

// bounded is f, which returns one value, as a function that counts the text it takes and gives, and that returns an error
// where that is too much.
func (b *budget) bounded(name string, f reflect.Value) any {
	t := f.Type()
	in := make([]reflect.Type, t.NumIn())
	for i := range in {
		in[i] = t.In(i)
	}
	out := []reflect.Type{t.Out(0), reflect.TypeFor[error]()}
	return reflect.MakeFunc(reflect.FuncOf(in, out, t.IsVariadic()), func(args []reflect.Value) []reflect.Value {
		fail := func(err error) []reflect.Value {
			return []reflect.Value{reflect.Zero(out[0]), reflect.ValueOf(err)}
		}
		for _, arg := range args {
			b.made += size(arg)
		}
		if name == "printf" {
			more, err := formatted(args[0].String(), args[1])
			if err != nil {
				return fail(err)
			}
			b.made += more
		}
		if err := b.check(); err != nil {
			return fail(err)
		}
		var results []reflect.Value
		if t.IsVariadic() {
			results = f.CallSlice(args)
		} else {
			results = f.Call(args)
		}
		if len(results) == 2 && !results[1].IsNil() {
			return results
		}
		b.made += size(results[0])
		if err := b.check(); err != nil {
			return fail(err)
		}
		return []reflect.Value{results[0], reflect.Zero(out[1])}
	}).Interface()
}

// size is how many bytes of text v has; of what is neither a text nor a list of them it is none.
func size(v reflect.Value) int {
	for v.Kind() == reflect.Interface && !v.IsNil() {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.String:
		return v.Len()
	case reflect.Slice:
		n := 0
		if kind := v.Type().Elem().Kind(); kind == reflect.String || kind == reflect.Interface {
			for i := range v.Len() {
				n += size(v.Index(i))
			}
		}
		return n
	}
	return 0
}

// formatVerb is a verb of printf with its width and precision.
var formatVerb = regexp.MustCompile(`%[-+# 0]*(?:\[\d*\])?(\d+|\*)?(?:\.(?:\[\d*\])?(\d+|\*)?)?`)

// formatted is about how many bytes printf would make of args, which verbs can show more than once, where those are too many.
func formatted(format string, args reflect.Value) (int, error) {
	verbs := formatVerb.FindAllStringSubmatch(format, -1)
	most := maxPadding
	for i := range args.Len() {
		arg := args.Index(i)
		for arg.Kind() == reflect.Interface && !arg.IsNil() {
			arg = arg.Elem()
		}
		switch arg.Kind() {
		case reflect.String:
			most = max(most, arg.Len())
		case reflect.Struct, reflect.Map, reflect.Slice, reflect.Pointer:
			most = max(most, len(fmt.Sprintf("%+v", arg)))
		}
	}
	for _, m := range verbs {
		for _, n := range m[1:] {
			if n == "*" {
				return 0, &spent{"printf: write the width into the format, in the place of *"}
			}
			if digits, _ := strconv.Atoi(n); digits > maxPadding || len(n) > 9 {
				return 0, &spent{fmt.Sprintf("printf: %s is wider than %d characters", strings.TrimSpace(m[0]), maxPadding)}
			}
		}
	}
	if all := len(verbs) * most; all > maxMade {
		return all, nil
	}
	return 0, nil // the result is counted when it is there
}
