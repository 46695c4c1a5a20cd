package recipe

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/dustin/go-humanize/english"
	"gopkg.in/yaml.v3"
)

// maxLayers is more than any model has, so that arithmetic with layer numbers cannot overflow.
const maxLayers = 1_000_000

// form reads the models or slices of the config, whichever it has.
func (p *parser) form(start Pos, top []field) {
	var forms, empty []field
	for _, f := range top {
		switch {
		case !slices.Contains([]string{"models", "slices", "modules"}, f.name):
		case isNull(f.value), f.value.Kind != yaml.ScalarNode && len(f.value.Content) == 0:
			empty = append(empty, f)
		default:
			forms = append(forms, f)
		}
	}
	for _, f := range empty {
		if len(forms) == 0 || !isNull(f.value) {
			p.fault(f.pos, "empty", "list what to merge under it", "%s is empty", quote(f.name))
		}
	}
	sources, stray := p.top["sources"]
	switch {
	case len(forms) == 0 && stray:
		p.fault(sources.pos, "missing-key", `write "slices:" in its place, and "- sources:" below that`, `"sources" belongs in a slice, and there is neither "models" nor "slices"`)
	case len(forms) == 0 && len(empty) == 0:
		p.fault(start, "missing-key", "list the models to merge under one of them", `there is neither "models" nor "slices"`)
	case len(forms) > 1:
		p.fault(forms[1].pos, "two-forms", "a config has one of them", "%s stands beside %s", quote(forms[1].name), quote(forms[0].name))
	}
	switch {
	case len(forms) == 0:
	case forms[0].name == "models":
		p.recipe.Form = FormModels
		p.models(forms[0])
	case forms[0].name == "slices":
		p.recipe.Form = FormSlices
		entries, _ := p.sequence(forms[0].value, `"slices"`, `start each entry with "- sources:"`)
		for _, n := range entries {
			p.outputSlice(n)
		}
	}
}

// models reads the models form: one slice of whole models. The base is appended where it is not
// listed.
func (p *parser) models(f field) {
	entries, ok := p.sequence(f.value, `"models"`, `start each entry with "- model:"`)
	if !ok {
		return
	}
	s := Slice{Pos: f.pos}
	whole := p.sources(&s, entries)
	if base := p.recipe.Base; base != nil && whole && !listed(s, *base) {
		s.Sources = append(s.Sources, Source{Pos: base.Pos, Model: *base, Implied: true})
	}
	p.add(s, whole)
}

// outputSlice reads an entry of the slices form.
func (p *parser) outputSlice(n *yaml.Node) {
	fields, ok := p.mapping(n, "a slice", `start it with "- sources:"`)
	if !ok {
		return
	}
	s := Slice{Pos: nodePos(n)}
	whole := true
	keys := []string{"sources", "parameters", "base_model"}
	flat := !has(fields, "sources") && has(fields, "model")
	if flat {
		keys = append(keys, "model", "layer_range")
	}
	key := p.keys(p.respell(fields, keys, "key", " in a slice"), keys, " in a slice", place{inSlice, s.Pos})
	if f, ok := key["base_model"]; ok {
		var ref Ref
		if ref, whole = p.ref(f.value, "base_model"); whole {
			s.Base = &ref
		}
	}
	if f, ok := key["parameters"]; ok {
		s.Parameters = p.params(f.value, place{inSlice, s.Pos})
	}
	sources := key["sources"].value
	if sources == nil {
		hint := `list its models under "sources:"`
		if flat {
			hint = `write "- sources:" here, and below it "- model:" with its layer_range`
		}
		p.fault(s.Pos, "missing-key", hint, `this slice has no "sources"`)
		p.add(s, false)
		return
	}
	entries, ok := p.sequence(sources, `"sources"`, `start each entry with "- model:"`)
	if ok && len(entries) == 0 {
		ok = p.fault(nodePos(sources), "empty", "list the models of the slice under it", `"sources" is empty`)
	}
	p.add(s, p.sources(&s, entries) && ok && whole)
}

// sources appends entries, or what of them can be read, to s, and tells whether that is all.
func (p *parser) sources(s *Slice, entries []*yaml.Node) bool {
	whole := true
	for _, n := range entries {
		src, ok := p.source(n, *s)
		whole = whole && ok
		if ok {
			s.Sources = append(s.Sources, src)
		}
	}
	return whole
}

// add appends s, or what of it could be read, to the recipe. Only whole slices are checked further, lest
// one fault make others.
func (p *parser) add(s Slice, whole bool) {
	p.recipe.Slices = append(p.recipe.Slices, s)
	p.whole = append(p.whole, whole)
}

// base is the base that counts in s.
func (p *parser) base(s Slice) *Ref {
	if s.Base != nil {
		return s.Base
	}
	return p.recipe.Base
}

// isBase tells whether src is a base that the method knows, so that parameters for one model do not count for it.
func (p *parser) isBase(s Slice, src Source) bool {
	base := p.base(s)
	return p.method != nil && p.method.Base != BaseIgnored && base != nil && src.Model.Same(*base)
}

// source reads an entry of models or of the sources of s.
func (p *parser) source(n *yaml.Node, s Slice) (Source, bool) {
	what, keys := "a models entry", []string{"model", "parameters"}
	if p.recipe.Form == FormSlices {
		what, keys = "a source", []string{"model", "layer_range", "parameters"}
	}
	hint := `take one "-" out`
	if n.Kind == yaml.ScalarNode {
		hint = `write "- model: ` + clip(cmp.Or(n.Value, "...")) + `"`
	}
	fields, ok := p.mapping(n, what, hint)
	if !ok {
		return Source{}, false
	}
	src := Source{Pos: nodePos(n)}
	if len(fields) > 0 && !has(fields, "model") && strings.Contains(fields[0].name, "/") && hubName.MatchString(fields[0].name) {
		return Source{}, p.fault(src.Pos, "missing-key", "write "+quote("- model: "+fields[0].name), `%s starts with its model behind "model:"`, what)
	}
	where := " in " + what
	key := p.keys(p.respell(fields, keys, "key", where), keys, where, place{inModel, src.Pos})
	if f, has := key["model"]; has {
		src.Model, ok = p.ref(f.value, "model")
	} else {
		ok = p.fault(src.Pos, "missing-key", `write "model: ..." in it`, `%s has no "model"`, what)
	}
	if f, has := key["parameters"]; has {
		l := inModel
		if p.isBase(s, src) {
			l = inBase
		}
		src.Parameters = p.params(f.value, place{l, src.Pos})
	}
	if p.recipe.Form != FormSlices {
		return src, ok
	}
	f, read := key["layer_range"]
	if !read {
		return src, p.fault(src.Pos, "missing-key", `for example "layer_range: [0, 32]"`, `this source has no "layer_range"`)
	}
	src.Layers, read = p.layerRange(f.value)
	return src, ok && read
}

const rangeHint = "write the first layer and the one after the last, such as [0, 32]"

// bareRange is a range of layers as people write one.
var bareRange = regexp.MustCompile(`^\s*\(?([0-9]+)\s*(?:[-,:; ]|to|\.\.)\s*([0-9]+)\)?\s*$`)

// layerRange reads [first, end], two whole numbers.
func (p *parser) layerRange(n *yaml.Node) (*LayerRange, bool) {
	hint := `for example "layer_range: [0, 32]"`
	if m := bareRange.FindStringSubmatch(n.Value); m != nil {
		hint = fmt.Sprintf("write [%s, %s]", m[1], m[2])
	}
	entries, ok := p.sequence(n, "layer_range", hint)
	if !ok {
		return nil, false
	}
	if len(entries) != 2 {
		return nil, p.fault(nodePos(n), "layer-range", rangeHint, "layer_range has %s and takes 2", english.Plural(len(entries), "value", ""))
	}
	first, ok := p.layer(entries[0])
	end, good := p.layer(entries[1])
	if !ok || !good {
		return nil, false
	}
	l := &LayerRange{First: first, End: end, Pos: nodePos(n)}
	if l.End <= l.First {
		hint = "the second number is the layer after the last"
		if l.End < l.First {
			hint = fmt.Sprintf("write [%d, %d]", l.End, l.First)
		}
		return nil, p.fault(l.Pos, "layer-range", hint, "layer_range [%d, %d] contains no layer", l.First, l.End)
	}
	return l, true
}

// layer reads a bound of a layer range.
func (p *parser) layer(n *yaml.Node) (int, bool) {
	if n.Kind != yaml.ScalarNode || isNull(n) {
		return 0, p.fault(nodePos(n), "layer-range", rangeHint, "layer_range takes two whole numbers, not %s", kindOf(n))
	}
	s, ok := p.scalar(n)
	if !ok {
		return 0, false
	}
	v, isNumber := s.number()
	switch {
	case !isNumber, s.Kind == KindBool, v != math.Trunc(v): // NaN is not its own whole part
		p.fault(s.Pos, "layer-range", rangeHint, "layer %s is not a whole number", s.show())
	case v < 0, v > maxLayers:
		p.fault(s.Pos, "layer-range", "layers count from 0, as in [0, 32]", "no model has a layer %s", s.show())
	default:
		p.oldNumber(s)
		return int(v), true
	}
	return 0, false
}
