package recipe

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// A field is one key of a mapping with its value, aliases followed.
type field struct {
	name  string
	pos   Pos // of the key
	value *yaml.Node
	own   bool // written in the mapping itself, not merged into it by "<<"
}

// has tells whether one of fields is called name and has a value.
func has(fields []field, name string) bool {
	return slices.ContainsFunc(fields, func(f field) bool { return f.name == name && !isNull(f.value) })
}

// fields returns the keys of the mapping n in written order, what "<<" merges in first.
// Of a key that is written twice the last counts, which is reported; keys of the
// mapping win over merged ones, and of several mappings under one "<<" the first wins.
//
// Source: PyYAML 6.0, constructor.py, flatten_mapping.
func (p *parser) fields(n *yaml.Node) []field {
	var merged, own []field
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], deref(n.Content[i+1])
		if isMergeKey(key) {
			merged = append(merged, p.merged(value)...)
			continue
		}
		name := deref(key)
		if name.Kind != yaml.ScalarNode {
			p.fault(nodePos(key), "type", "take it out", "a key must be text, not %s", kindOf(name))
			continue
		}
		own = append(own, field{name: name.Value, pos: nodePos(key), value: value, own: true})
	}
	var out []field
	at := map[string]int{}
	for _, f := range slices.Concat(merged, own) {
		i, twice := at[f.name]
		if !twice {
			at[f.name] = len(out)
			out = append(out, f)
			continue
		}
		if f.own && out[i].own {
			hint := "take one of them out"
			if f.name == "model" {
				hint = `put "- " before it if it starts an entry of its own`
			}
			p.warn(f.pos, "duplicate-key", hint, "%s is written twice, first in line %d; this one counts", quote(f.name), out[i].pos.Line)
		}
		out[i] = f
	}
	return out
}

// keys returns those of fields that are one of keys, nulls left out but for a model, and warns about the others. where is
// a place in a sentence.
func (p *parser) keys(fields []field, keys []string, where string, at place) map[string]field {
	out := map[string]field{}
	for _, f := range fields {
		if !slices.Contains(keys, f.name) {
			p.unknownKey(f, keys, where, at)
		} else if !isNull(f.value) || f.name == "model" {
			out[f.name] = f
		}
	}
	return out
}

// merged returns the fields that n, the value of "<<", brings in; later ones win.
func (p *parser) merged(n *yaml.Node) []field {
	mappings := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		mappings = n.Content
	}
	var out []field
	for _, m := range slices.Backward(mappings) {
		m = deref(m)
		if m.Kind != yaml.MappingNode {
			p.fault(nodePos(m), "type", "write <<: *name for what is marked &name above", `"<<" takes a mapping or a list of mappings, not %s`, kindOf(m))
			continue
		}
		for _, f := range p.fields(m) {
			f.own = false
			out = append(out, f)
		}
	}
	return out
}

// isMergeKey tells whether the key n is a plain "<<".
func isMergeKey(n *yaml.Node) bool {
	const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle | yaml.TaggedStyle
	return n.Kind == yaml.ScalarNode && n.Value == "<<" && n.Style&quoted == 0
}

// isNull tells whether n is absent or null. Of the value of a key that means that the key is not there.
func isNull(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode {
		return false
	}
	s, fault := resolve(n)
	return fault == nil && s.Kind == KindNull
}

// kindOf says what n is, for a sentence such as "a list, not a number".
func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch s, _ := resolve(n); s.Kind {
	case KindBool:
		return "true or false"
	case KindInt, KindFloat:
		return fmt.Sprintf("the number %s", clip(s.Text))
	case KindNull:
		return "nothing"
	}
	return "text"
}

// mapping returns n's fields if it is a mapping, else it reports that what must be one.
func (p *parser) mapping(n *yaml.Node, what, hint string) ([]field, bool) {
	if n.Kind != yaml.MappingNode {
		hint = cmp.Or(unquoteHint(n.Value), p.pair(n.Value), hint)
		return nil, p.fault(nodePos(n), "type", hint, "%s must be a mapping, not %s", what, kindOf(n))
	}
	return p.fields(n), true
}

// sequence returns n's entries, aliases followed, if it is a list, else it reports that what must be one.
func (p *parser) sequence(n *yaml.Node, what, hint string) ([]*yaml.Node, bool) {
	if n.Kind != yaml.SequenceNode {
		if n.Kind == yaml.MappingNode && len(n.Content) > 0 && strings.HasPrefix(n.Content[0].Value, "-") {
			hint = `put a space after the "-"`
		}
		hint = cmp.Or(unquoteHint(n.Value), hint)
		return nil, p.fault(nodePos(n), "type", hint, "%s must be a list, not %s", what, kindOf(n))
	}
	out := make([]*yaml.Node, len(n.Content))
	for i, c := range n.Content {
		out[i] = deref(c)
	}
	return out, true
}

// scalar resolves n, and reports it where it does not fit its tag.
func (p *parser) scalar(n *yaml.Node) (Scalar, bool) {
	s, fault := resolve(n)
	if fault != nil {
		p.report(fault)
	}
	return s, fault == nil
}

// text returns n's text if it is text, else it reports that what must be.
func (p *parser) text(n *yaml.Node, what string) (string, bool) {
	if n.Kind == yaml.ScalarNode {
		if s, ok := p.scalar(n); !ok || s.Kind == KindString {
			return s.Text, ok && p.plainQuotes(s)
		}
	}
	hint := ""
	switch {
	case isNull(n):
		hint = "write it after the colon"
	case n.Kind == yaml.ScalarNode:
		hint = "put it in quotes"
	case n.Kind == yaml.SequenceNode:
		hint = "write it without brackets or a dash"
	}
	return "", p.fault(nodePos(n), "type", hint, "%s must be text, not %s", what, kindOf(n))
}

// plainQuotes reports text that stands in the quotes of a word processor, which YAML takes for letters of the text.
func (p *parser) plainQuotes(s Scalar) bool {
	const quotes = "\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb"
	bare := strings.Trim(s.Text, quotes)
	if bare == s.Text {
		return true
	}
	return p.fault(s.Pos, "quotes", "write "+quote(bare), "%s has typographic quotes, which YAML takes as part of the text", quote(s.Text))
}
