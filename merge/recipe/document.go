package recipe

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"

	"gopkg.in/yaml.v3"
)

const (
	maxDepth  = 64      // a config needs about ten
	maxValues = 200_000 // with aliases unfolded; the largest published config has some thousand
)

// readDocument returns the root of the first YAML document of text, nil if it is empty, and
// the second document, nil if there is none. The fault says why text is not YAML, or that it
// unfolds to too much.
func (p *parser) readDocument(text []byte) (root, second *yaml.Node, fault *Fault) {
	text = withoutDirectives(text)
	docs, err := decodeDocuments(bytes.NewReader(text))
	if err != nil {
		return nil, nil, p.syntaxFault(text, err)
	}
	if len(docs) > 1 {
		second = docs[1]
	}
	if len(docs) == 0 || len(docs[0].Content) == 0 {
		return nil, second, nil
	}
	root = docs[0].Content[0]
	m := meter{known: map[*yaml.Node]extent{}, open: map[*yaml.Node]bool{}}
	if _, fault := m.measure(root, 0); fault != nil {
		return nil, second, fault
	}
	if isNull(root) {
		return nil, second, nil
	}
	return root, second, nil
}

// isNothing tells whether the document doc holds no value.
func isNothing(doc *yaml.Node) bool { return len(doc.Content) == 0 || isNull(doc.Content[0]) }

// decodeDocuments parses the first two documents that r reads.
func decodeDocuments(r io.Reader) ([]*yaml.Node, error) {
	var docs []*yaml.Node
	dec := yaml.NewDecoder(r)
	for len(docs) < 2 {
		var doc yaml.Node
		if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		docs = append(docs, &doc)
	}
	return docs, nil
}

// A sipReader gives out one byte at a time, so that a parser, which asks for more only when it
// must, stops near the fault. off is how far it came.
type sipReader struct {
	text []byte
	off  int
}

func (r *sipReader) Read(p []byte) (int, error) {
	if r.off == len(r.text) {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), 1)], r.text[r.off:])
	r.off += n
	return n, nil
}

// An extent is the size of what a node unfolds to.
type extent struct{ values, depth int }

// A meter measures nodes with aliases unfolded, each node once.
type meter struct {
	known map[*yaml.Node]extent
	open  map[*yaml.Node]bool // the nodes on the way from the root
}

// measure returns the extent of n, which lies depth levels below the root, or a fault where it
// is too large, contains itself or has a tag that a config may not have.
func (m *meter) measure(n *yaml.Node, depth int) (extent, *Fault) {
	if n.Kind == yaml.AliasNode {
		if m.open[n.Alias] {
			return extent{}, &Fault{
				Pos: nodePos(n), Code: "alias",
				Message: fmt.Sprintf("*%s stands inside the value that it names", clip(n.Value)),
				Hint:    "write out what is meant there",
			}
		}
		return m.measure(n.Alias, depth)
	}
	if e, ok := m.known[n]; ok {
		return e, nil
	}
	e := extent{values: 1, depth: 1}
	if fault := e.check(n, depth); fault != nil {
		return e, fault
	}
	if fault := checkTag(n); fault != nil {
		return e, fault
	}
	m.open[n] = true
	for _, child := range n.Content {
		c, fault := m.measure(child, depth+1)
		if fault != nil {
			return c, fault
		}
		e.values = min(e.values+c.values, math.MaxInt32)
		e.depth = max(e.depth, 1+c.depth)
		if fault := (extent{e.values, c.depth}).check(child, depth+1); fault != nil {
			return e, fault
		}
	}
	delete(m.open, n)
	m.known[n] = e
	return e, nil
}

// check reports e at n, which lies depth levels below the root, where it is too large.
func (e extent) check(n *yaml.Node, depth int) *Fault {
	switch {
	case e.values > maxValues:
		return &Fault{
			Pos: nodePos(n), Code: "too-large",
			Message: fmt.Sprintf("the config has more than %d values, with aliases unfolded", maxValues),
			Hint:    "use fewer aliases: *a stands for all that &a marks",
		}
	case depth+e.depth > maxDepth:
		return &Fault{
			Pos: nodePos(n), Code: "too-deep",
			Message: fmt.Sprintf("the config is nested more than %d levels deep", maxDepth),
		}
	}
	return nil
}

// checkTag refuses tags beyond the plain types: mergekit's loader refuses them too, or makes of them
// what no key of a config takes.
func checkTag(n *yaml.Node) *Fault {
	if n.Style&yaml.TaggedStyle == 0 {
		return nil
	}
	switch n.Tag {
	case "!!map":
		if n.Kind == yaml.MappingNode {
			return nil
		}
	case "!!seq":
		if n.Kind == yaml.SequenceNode {
			return nil
		}
	case "!!str", "!!bool", "!!int", "!!float", "!!null":
		if n.Kind == yaml.ScalarNode {
			return nil
		}
	}
	return &Fault{
		Pos: nodePos(n), Code: "tag",
		Message: fmt.Sprintf("the tag %s cannot be read here", clip(n.Tag)),
		Hint:    "take it out, or put the value in quotes",
	}
}

// nodePos is where n starts, its anchor and tag included.
func nodePos(n *yaml.Node) Pos { return Pos{n.Line, n.Column} }

// deref returns the node that n stands for.
func deref(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}
