package recipe

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Rename returns the text with other names for some of its models: names maps what [Ref.String] gives
// to what is written in its place. Only the text of those names changes, where it stands and as it is quoted;
// a revision that a {path: ...} does not have yet is added beside it. Comments stay as they are, see [Recipe.Mention].
//
// The new text is parsed again: it means what the old one does but for those names, or the fault says
// why it cannot. Two models never get one name. r must have no errors.
func (r *Recipe) Rename(names map[string]Ref, methods []Method) ([]byte, *Fault) {
	n := &renamer{recipe: r, names: names, at: map[Pos]Ref{}}
	if fault := n.collisions(); fault != nil {
		return nil, fault
	}
	docs, err := decodeDocuments(bytes.NewReader(withoutDirectives(r.Text)))
	if err != nil || len(docs) == 0 {
		return nil, n.fault(Ref{Pos: Pos{1, 1}}, "", "the config cannot be read again")
	}
	n.walk(docs[0], nil, nil, map[*yaml.Node]bool{})
	if n.problem != nil {
		return nil, n.problem
	}
	text := n.apply()
	again, faults := Parse(r.File, text, methods)
	if again == nil || len(faults.Errors()) > 0 || !reflect.DeepEqual(meaning(again, nil), meaning(r, names)) {
		for _, ref := range r.all() {
			if to, ok := names[ref.String()]; ok {
				return nil, n.fault(ref, fmt.Sprintf("write %s there yourself", to),
					"%s cannot be replaced by %s without a change of something else that the config says", ref, to)
			}
		}
	}
	return text, nil
}

// A renamer makes one text.
type renamer struct {
	recipe  *Recipe
	names   map[string]Ref
	at      map[Pos]Ref // the references to be renamed, by place
	edits   []edit
	problem *Fault
}

// An edit puts text in the place of the bytes from off to end.
type edit struct {
	off, end int
	text     string
}

func (n *renamer) fault(ref Ref, hint, format string, args ...any) *Fault {
	return &Fault{File: n.recipe.File, Pos: ref.Pos, Code: "rename", Message: fmt.Sprintf(format, args...), Hint: hint}
}

// collisions notes where references are to be renamed, and refuses names that would make one model of two.
func (n *renamer) collisions() *Fault {
	had := map[string]Ref{}
	for _, ref := range n.recipe.all() {
		name := ref.String()
		if to, ok := n.names[name]; ok {
			name, n.at[ref.Pos] = to.String(), ref
		}
		if before, ok := had[name]; ok && !before.Same(ref) {
			return n.fault(ref, "name each model in one way", "%s and %s would both be named %s", before, ref, name)
		}
		had[name] = ref
	}
	return nil
}

// walk edits the scalars below node that are references to be renamed. parent is the mapping that
// node is the value of key in, nil elsewhere.
func (n *renamer) walk(node, parent, key *yaml.Node, seen map[*yaml.Node]bool) {
	if seen[node] || node.Kind == yaml.AliasNode { // what an alias stands for is met where it is written
		return
	}
	seen[node] = true
	switch node.Kind {
	case yaml.ScalarNode:
		n.scalar(node, parent, key)
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			n.walk(node.Content[i+1], node, node.Content[i], seen)
		}
	default:
		for _, child := range node.Content {
			n.walk(child, nil, nil, seen)
		}
	}
}

func (n *renamer) scalar(node, parent, key *yaml.Node) {
	ref, ok := n.at[nodePos(node)]
	if !ok {
		return
	}
	to := n.names[ref.String()]
	if key == nil || key.Value != "path" { // not {path: ..., revision: ...}
		n.replace(node, ref, to.String())
		return
	}
	end := n.replace(node, ref, to.Path)
	if n.problem == nil && to.Revision != ref.Revision {
		n.revision(parent, key, ref, to, end)
	}
}

// replace puts text, letters of a Hub id and its revision that need no quotes, in the place of what the
// scalar says, and returns where the scalar ends.
func (n *renamer) replace(node *yaml.Node, ref Ref, text string) (end int) {
	from, end, ok := content(n.recipe.Text, node)
	if !ok {
		n.problem = n.fault(ref, "write the name in one line", "%s is written in a way in which it cannot be replaced", ref)
		return 0
	}
	n.edits = append(n.edits, edit{from, end, text})
	if node.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		end++
	}
	return end
}

// revision makes the revision beside a path that of to. end is where the path ends.
func (n *renamer) revision(parent, key *yaml.Node, ref, to Ref, end int) {
	for i := 0; i+1 < len(parent.Content); i += 2 {
		if parent.Content[i].Value != "revision" {
			continue
		}
		value := parent.Content[i+1]
		if to.Revision == "" || value.Kind != yaml.ScalarNode || value.Value == "" {
			n.problem = n.fault(ref, "write the name in one line, as path@revision", "%s is written in a way in which %s cannot replace it", ref, to)
			return
		}
		n.replace(value, ref, to.Revision)
		return
	}
	quoted := fmt.Sprintf("revision: %q", to.Revision) // a commit of digits alone is a number without quotes
	if parent.Style&yaml.FlowStyle != 0 {
		n.edits = append(n.edits, edit{end, end, ", " + quoted})
		return
	}
	text := n.recipe.Text
	line := bytes.IndexAny(text[end:], "\r\n")
	if line < 0 {
		line = len(text) - end
	}
	brk := "\n"
	if bytes.HasPrefix(text[end+line:], []byte("\r\n")) {
		brk = "\r\n"
	}
	n.edits = append(n.edits, edit{end + line, end + line, brk + strings.Repeat(" ", key.Column-1) + quoted})
}

func (n *renamer) apply() []byte {
	slices.SortStableFunc(n.edits, func(a, b edit) int { return a.off - b.off })
	var out []byte
	at := 0
	for _, e := range n.edits {
		out = append(append(out, n.recipe.Text[at:e.off]...), e.text...)
		at = e.end
	}
	return append(out, n.recipe.Text[at:]...)
}

// content returns where the characters of a scalar begin and end in text, without quotes. It is not
// ok for block scalars and for plain ones of several lines.
func content(text []byte, node *yaml.Node) (from, end int, ok bool) {
	from, ok = offsetAt(text, nodePos(node))
	if !ok {
		return 0, 0, false
	}
	from += len(text[from:]) - len(behindProperties(text[from:]))
	rest := text[from:]
	switch {
	case node.Style&yaml.SingleQuotedStyle != 0 && bytes.HasPrefix(rest, []byte("'")):
		for i := 1; i < len(rest); i++ {
			switch {
			case rest[i] == '\'' && i+1 < len(rest) && rest[i+1] == '\'':
				i++
			case rest[i] == '\'':
				return from + 1, from + i, true
			}
		}
	case node.Style&yaml.DoubleQuotedStyle != 0 && bytes.HasPrefix(rest, []byte(`"`)):
		for i := 1; i < len(rest); i++ {
			switch rest[i] {
			case '\\':
				i++
			case '"':
				return from + 1, from + i, true
			}
		}
	case node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 && node.Value != "" && bytes.HasPrefix(rest, []byte(node.Value)):
		return from, from + len(node.Value), true
	}
	return 0, 0, false
}

// behindProperties cuts off the anchor and the tag that stand before a scalar, with the space
// and comments behind them.
func behindProperties(rest []byte) []byte {
	for len(rest) > 0 && (rest[0] == '&' || rest[0] == '!') {
		end := bytes.IndexAny(rest, " \t\r\n")
		if end < 0 {
			return nil
		}
		for rest = bytes.TrimLeft(rest[end:], " \t\r\n"); bytes.HasPrefix(rest, []byte("#")); rest = bytes.TrimLeft(rest, " \t\r\n") {
			if end = bytes.IndexAny(rest, "\r\n"); end < 0 {
				return nil
			}
			rest = rest[end:]
		}
	}
	return rest
}

// meaning is a copy of r without its text and places, in which models have the names that names
// gives them.
func meaning(r *Recipe, names map[string]Ref) Recipe {
	c := *r
	c.Text = nil
	forget(reflect.ValueOf(&c).Elem(), names)
	return c
}

// forget is meaning for one value, which is addressable. Pointers and slices below it are copied.
func forget(v reflect.Value, names map[string]Ref) {
	switch at := v.Addr().Interface().(type) {
	case *Pos:
		*at = Pos{}
		return
	case *Ref:
		if to, ok := names[at.String()]; ok {
			*at = to
		}
		at.Pos = Pos{}
		return
	case *float64:
		if math.IsNaN(*at) {
			*at = 0 // equal to itself; the scalar's text says what it was
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			forget(v.Field(i), names)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			c := reflect.New(v.Type().Elem())
			c.Elem().Set(v.Elem())
			forget(c.Elem(), names)
			v.Set(c)
		}
	case reflect.Slice:
		if !v.IsNil() {
			c := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
			reflect.Copy(c, v)
			for i := range c.Len() {
				forget(c.Index(i), names)
			}
			v.Set(c)
		}
	}
}

// Mention finds where the text speaks of a path beside the references themselves: in a comment or in
// another value, also where it is only the beginning of a longer path. A leading "./" does not count, and another
// name that begins or ends with this one is another name. A name of one part is no path: for it Mention finds
// nothing.
func (r *Recipe) Mention(path string) (Pos, bool) {
	for strings.HasPrefix(path, "./") || strings.HasPrefix(path, `.\`) {
		path = strings.TrimLeft(path[2:], `/\`)
	}
	path = strings.TrimRight(path, `/\`)
	if !strings.ContainsAny(path, `/\`) {
		return Pos{}, false
	}
	named := map[Pos]bool{}
	for _, ref := range r.all() {
		named[ref.Pos] = true
	}
	docs, _ := decodeDocuments(bytes.NewReader(withoutDirectives(r.Text)))
	text := bytes.Clone(r.Text)
	var at Pos
	var look func(n *yaml.Node) bool // blanks the references in text, and finds values that escapes hide
	look = func(n *yaml.Node) bool {
		if n.Kind == yaml.ScalarNode && named[nodePos(n)] {
			if from, end, ok := content(text, n); ok {
				copy(text[from:end], bytes.Repeat([]byte(" "), end-from))
			}
		} else if n.Kind == yaml.ScalarNode && mention(n.Value, path) >= 0 {
			at = nodePos(n)
		}
		for _, child := range n.Content {
			look(child)
		}
		return at != Pos{}
	}
	for _, doc := range docs {
		look(doc)
	}
	if off := mention(string(text), path); off >= 0 {
		return placeAt(r.Text, off), true
	}
	return at, at != Pos{}
}

func mention(text, path string) int {
	part := func(s string) bool { // whether s begins with something that a name goes on with
		s = strings.TrimLeft(s, ".")
		return s != "" && (s[0] == '_' || s[0] == '-' || s[0] >= 0x80 ||
			s[0] >= '0' && s[0] <= '9' || s[0] >= 'a' && s[0] <= 'z' || s[0] >= 'A' && s[0] <= 'Z')
	}
	for from := 0; ; {
		i := strings.Index(text[from:], path)
		if i < 0 {
			return -1
		}
		i += from
		before := i > 0 && text[i-1] != '.' && part(text[i-1:i])
		if !before && !part(text[i+len(path):]) {
			return i
		}
		from = i + 1
	}
}
