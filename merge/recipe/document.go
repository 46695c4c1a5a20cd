package recipe

import (
	"cmp"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/lazymerge/lazymerge/merge/recipe/internal/yamltext"
)

const (
	maxDepth  = 64      // a config needs about ten
	maxValues = 200_000 // with aliases unfolded; the largest published config has some thousand
)

// documents returns the first two YAML documents of text. The fault says why text is not YAML, or that the first
// unfolds to too much.
func (p *parser) documents(text *yamltext.Text) ([]*yaml.Node, *Fault) {
	docs, err := yamltext.Documents(p.recipe.Text)
	switch {
	case err != nil:
		isTop := func(name string) bool { return slices.Contains(topKeys, name) }
		return nil, textFault(text.Explain(err, p.isKey, isTop))
	case len(docs) == 0 || isNothing(docs[0]):
		return docs, nil
	}
	m := meter{open: map[*yaml.Node]bool{}}
	return docs, m.measure(docs[0].Content[0], 1, nil)
}

// textFault is the fault that a problem of the text is.
func textFault(p *yamltext.Problem) *Fault {
	if p == nil {
		return nil
	}
	return &Fault{Pos: Pos{p.Line, p.Col}, Code: p.Code, Message: p.Message, Hint: p.Hint}
}

// isNothing tells whether the document doc holds no value.
func isNothing(doc *yaml.Node) bool { return len(doc.Content) == 0 || isNull(doc.Content[0]) }

// A meter counts values with aliases unfolded.
type meter struct {
	values int
	open   map[*yaml.Node]bool // the nodes on the way from the root
}

// measure returns a fault where n, which lies depth levels deep, is too large, contains itself or has a tag that a
// config may not have. alias is the outermost alias on the way to n, nil where there is none.
func (m *meter) measure(n *yaml.Node, depth int, alias *yaml.Node) *Fault {
	if n.Kind == yaml.AliasNode {
		if m.open[n.Alias] {
			return newFault(nodePos(n), "alias", "write out what is meant there",
				"*%s is used inside the value that it stands for", clip(n.Value))
		}
		return m.measure(n.Alias, depth, cmp.Or(alias, n))
	}
	m.values++
	switch {
	case m.values > maxValues:
		return newFault(nodePos(cmp.Or(alias, n)), "too-large", "use fewer aliases: *a stands for everything that &a marks",
			"the config has more than %d values, with aliases unfolded", maxValues)
	case depth > maxDepth:
		return newFault(nodePos(cmp.Or(alias, n)), "too-deep", "", "the config is nested more than %d levels deep", maxDepth)
	}
	if fault := checkTag(n); fault != nil {
		return fault
	}
	m.open[n] = true
	defer delete(m.open, n)
	for _, child := range n.Content {
		if fault := m.measure(child, depth+1, alias); fault != nil {
			return fault
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
	kinds := map[string]yaml.Kind{
		"!!map": yaml.MappingNode, "!!seq": yaml.SequenceNode, "!!str": yaml.ScalarNode, "!!bool": yaml.ScalarNode,
		"!!int": yaml.ScalarNode, "!!float": yaml.ScalarNode, "!!null": yaml.ScalarNode,
	}
	if kinds[n.Tag] == n.Kind {
		return nil
	}
	return newFault(nodePos(n), "tag", "take it out, or put the value in quotes", "the tag %s cannot be read here", clip(n.Tag))
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
