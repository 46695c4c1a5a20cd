package recipe

import (
	"bytes"
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/lazymerge/lazymerge/merge/recipe/internal/yamltext"
)

// Rename returns the text with other names for some of its models: names maps what [Ref.String] gives
// to what is written in its place. Only the text of those names changes, where it stands and as it is quoted;
// a revision that a {path: ...} does not have yet is added beside it. Comments stay as they are, see [Recipe.Mention].
//
// The new text is parsed again: it means what the old one does but for those names, or the fault says
// why it cannot. Two models never get one name. r must have no errors.
func (r *Recipe) Rename(names map[string]Ref, methods []Method) ([]byte, *Fault) {
	n := &renamer{recipe: r, text: yamltext.New(r.Text), names: names, at: map[Pos]Ref{}}
	if fault := n.collisions(); fault != nil {
		return nil, fault
	}
	docs, err := yamltext.Documents(r.Text)
	if err != nil || len(docs) == 0 {
		return nil, n.fault(Ref{Pos: Pos{1, 1}}, "", "the config cannot be read again")
	}
	scalars(docs[0], nil, nil, n.scalar)
	if n.problem != nil {
		return nil, n.problem
	}
	text := n.apply()
	again, faults := Parse(r.File, text, methods)
	if again == nil || len(faults.Errors()) > 0 || !same(reflect.ValueOf(*r), reflect.ValueOf(*again), names) {
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
	text    *yamltext.Text
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
	f := newFault(ref.Pos, "rename", hint, format, args...)
	f.File = n.recipe.File
	return f
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

// scalars calls do with every scalar below node, and with the mapping and the key that it is the value of, nil elsewhere.
// What an alias stands for is met where it is written.
func scalars(node, parent, key *yaml.Node, do func(node, parent, key *yaml.Node)) {
	if node.Kind == yaml.ScalarNode {
		do(node, parent, key)
	}
	for i, child := range node.Content {
		if node.Kind == yaml.MappingNode && i%2 > 0 {
			scalars(child, node, node.Content[i-1], do)
		} else {
			scalars(child, nil, nil, do)
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
	from, end, ok := n.text.Content(node)
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
	at := restOfLine.FindSubmatchIndex(n.recipe.Text[end:])
	brk := cmp.Or(string(n.recipe.Text[end+at[2]:end+at[3]]), "\n")
	n.edits = append(n.edits, edit{end + at[2], end + at[2], brk + strings.Repeat(" ", key.Column-1) + quoted})
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

var restOfLine = regexp.MustCompile(`^[^\r\n]*(\r\n|\n|)`)

// same tells whether a and b, values of recipes, mean the same but for their text and places, with the models of a named as
// names says.
func same(a, b reflect.Value, names map[string]Ref) bool {
	switch x := a.Interface().(type) {
	case Pos, []byte, float64: // of a scalar; its text says what it is
		return true
	case Ref:
		if to, ok := names[x.String()]; ok {
			x = to
		}
		return x.Same(b.Interface().(Ref))
	}
	n := 0 // parts
	var part func(v reflect.Value, i int) reflect.Value
	switch a.Kind() {
	case reflect.Struct:
		n, part = a.NumField(), reflect.Value.Field
	case reflect.Slice:
		n, part = a.Len(), reflect.Value.Index
		if n != b.Len() {
			return false
		}
	case reflect.Pointer:
		return a.IsNil() == b.IsNil() && (a.IsNil() || same(a.Elem(), b.Elem(), names))
	default:
		return a.Interface() == b.Interface()
	}
	for i := range n {
		if !same(part(a, i), part(b, i), names) {
			return false
		}
	}
	return true
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
	docs, _ := yamltext.Documents(r.Text)
	places := yamltext.New(r.Text)
	text := bytes.Clone(r.Text)
	var at Pos
	for _, doc := range docs {
		scalars(doc, nil, nil, func(n, _, _ *yaml.Node) { // blanks the references in text, and finds values that escapes hide
			if named[nodePos(n)] {
				if from, end, ok := places.Content(n); ok {
					copy(text[from:end], bytes.Repeat([]byte(" "), end-from))
				}
			} else if at == (Pos{}) && mention(n.Value, path) >= 0 {
				at = nodePos(n)
			}
		})
	}
	if off := mention(string(text), path); off >= 0 {
		line, col := places.Place(off)
		return Pos{line, col}, true
	}
	return at, at != Pos{}
}

// goesOn is how a longer name goes on behind a name; a dot before it does not count.
var goesOn = regexp.MustCompile(`^\.*[\w\x80-\x{10ffff}-]`)

// mention is where text has path, not as a part of another name; -1 where it has not.
func mention(text, path string) int {
	for from := 0; ; from++ {
		i := strings.Index(text[from:], path)
		if i < 0 {
			return -1
		}
		from += i
		before := text[max(0, from-1):from]
		if (before == "." || !goesOn.MatchString(before)) && !goesOn.MatchString(text[from+len(path):]) {
			return from
		}
	}
}
