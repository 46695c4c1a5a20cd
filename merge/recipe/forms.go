package recipe

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxLayers is more than any model has, so that arithmetic with layer numbers cannot overflow.
const maxLayers = 1_000_000

// form reads the models or slices of the config, whichever it has. key are the fields of the top level that have a value.
func (p *parser) form(start Pos, key map[string]field, top []field) {
	var forms []field
	for _, name := range []string{"models", "slices", "modules"} {
		f, ok := key[name]
		if !ok {
			continue
		}
		if len(f.value.Content) == 0 && f.value.Kind != yaml.ScalarNode {
			p.fault(f.pos, "empty", "list under it what to merge", "%s is empty", quote(name))
			continue
		}
		forms = append(forms, f)
	}
	slices.SortFunc(forms, func(a, b field) int { return a.pos.compare(b.pos) })
	if len(forms) > 1 {
		p.fault(forms[1].pos, "two-forms", "a config has one of them", "%s stands beside %s", quote(forms[1].name), quote(forms[0].name))
	}
	if len(forms) == 0 {
		_, models := key["models"]
		_, slc := key["slices"]
		_, modules := key["modules"]
		if sources, ok := key["sources"]; ok {
			p.fault(sources.pos, "missing-key", `write "slices:" in its place, and "- sources:" below that`, `"sources" belongs in a slice, and there is neither "models" nor "slices"`)
		} else if i := slices.IndexFunc(top, isForm); i >= 0 && !models && !slc && !modules {
			p.fault(top[i].pos, "empty", "list under it what to merge", "%s is empty", quote(top[i].name))
		} else if !models && !slc && !modules {
			p.fault(start, "missing-key", "list the models to merge under one of them", `there is neither "models" nor "slices"`)
		}
		return
	}
	switch forms[0].name {
	case "models":
		p.recipe.Form = FormModels
		p.models(forms[0])
	case "slices":
		p.recipe.Form = FormSlices
		p.outputSlices(forms[0])
	}
}

func isForm(f field) bool { return f.name == "models" || f.name == "slices" || f.name == "modules" }

// strayForm tells whether f is what form has told to be in the place of the models or slices.
func (p *parser) strayForm(f field) bool {
	return f.name == "sources" && p.recipe.Form == ""
}

// models reads the models form: one slice of whole models. The base is appended where it is not
// listed.
func (p *parser) models(f field) {
	entries, ok := p.sequence(f.value, `"models"`, `start each entry with "- model:"`)
	if !ok {
		return
	}
	s := Slice{Pos: f.pos}
	whole := true
	for _, n := range entries {
		src, ok := p.source(n, p.recipe.Base)
		whole = whole && ok
		if ok {
			s.Sources = append(s.Sources, src)
		}
	}
	base := p.recipe.Base
	if base != nil && whole && !slices.ContainsFunc(s.Sources, func(src Source) bool { return src.Model.Same(*base) }) {
		s.Sources = append(s.Sources, Source{Pos: base.Pos, Model: *base, Implied: true})
	}
	p.add(s, whole)
}

// outputSlices reads the slices form.
func (p *parser) outputSlices(f field) {
	entries, ok := p.sequence(f.value, `"slices"`, `start each entry with "- sources:"`)
	if !ok {
		return
	}
	for _, n := range entries {
		fields, ok := p.mapping(n, "a slice", `start it with "- sources:"`)
		if !ok {
			p.incomplete = true
			continue
		}
		p.outputSlice(n, fields)
	}
}

func (p *parser) outputSlice(n *yaml.Node, fields []field) {
	s := Slice{Pos: nodePos(n)}
	whole := true
	var sources, parameters *yaml.Node
	keys := []string{"sources", "parameters", "base_model"}
	flat := !has(fields, "sources") && has(fields, "model")
	if i := slices.IndexFunc(fields, func(f field) bool { return f.name == "models" }); i >= 0 && !flat && !has(fields, "sources") {
		p.fault(fields[i].pos, "unknown-key", `did you mean "sources"?`, `unknown key "models" in a slice`)
		fields[i].name = "sources"
	}
	if !flat {
		fields = p.respell(fields, keys, "in a slice")
	}
	for _, f := range fields {
		if f.isNull() {
			continue
		}
		switch f.name {
		case "model", "layer_range":
			if !flat {
				p.unknownKey(f, keys, "in a slice", place{inSlice, s.Pos})
			}
		case "sources":
			sources = f.value
		case "parameters":
			parameters = f.value
		case "base_model":
			ref, ok := p.ref(f.value, "base_model")
			if ok {
				s.Base = &ref
			}
			whole = whole && ok
		case "residual_weight":
			p.warn(f.pos, "unknown-key", "take it out", `"residual_weight" has no effect: mergekit reads it and never uses it`)
		default:
			p.unknownKey(f, keys, "in a slice", place{inSlice, s.Pos})
		}
	}
	if parameters != nil {
		s.Parameters = p.params(parameters, place{inSlice, s.Pos})
	}
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
		p.fault(nodePos(sources), "empty", "list the models of the slice under it", `"sources" is empty`)
		ok = false
	}
	whole = whole && ok
	for _, n := range entries {
		src, ok := p.source(n, p.base(s))
		whole = whole && ok
		if ok {
			s.Sources = append(s.Sources, src)
		}
	}
	p.add(s, whole)
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

// source reads an entry of models or of sources. base is the base that counts there.
func (p *parser) source(n *yaml.Node, base *Ref) (Source, bool) {
	what, keys := "a models entry", []string{"model", "parameters"}
	if p.recipe.Form == FormSlices {
		what, keys = "a source", []string{"model", "layer_range", "parameters"}
	}
	hint := `write "- model: ..."`
	if n.Kind == yaml.ScalarNode {
		if s, _ := resolve(n); s.Kind == KindString {
			hint = `write "- model: ` + clip(s.Text) + `"`
		}
	}
	if n.Kind == yaml.SequenceNode {
		hint = `take one "-" out`
	}
	fields, ok := p.mapping(n, what, hint)
	if !ok {
		return Source{}, false
	}
	p.baseForModel(fields, what)
	src := Source{Pos: nodePos(n)}
	if len(fields) > 0 && !has(fields, "model") && strings.Contains(fields[0].name, "/") && hubName.MatchString(fields[0].name) {
		p.fault(src.Pos, "missing-key", "write "+quote("- model: "+fields[0].name), `%s starts with its model behind "model:"`, what)
		return Source{}, false
	}
	var model, layers, parameters *yaml.Node
	for _, f := range p.respell(fields, keys, "in "+what) {
		switch {
		case f.name == "model":
			model = f.value
		case f.isNull():
		case f.name == "parameters":
			parameters = f.value
		case f.name != "layer_range":
			p.unknownKey(f, keys, "in "+what, place{inModel, src.Pos})
		case p.recipe.Form == FormSlices:
			layers = f.value
		default:
			p.warn(f.pos, "unknown-key", `for a part of the layers write "slices:" instead of "models:"`, `"layer_range" has no effect in a models entry`)
		}
	}
	if model == nil {
		p.fault(src.Pos, "missing-key", `write "model: ..." in it`, `%s has no "model"`, what)
		ok = false
	} else {
		src.Model, ok = p.ref(model, "model")
	}
	if parameters != nil {
		l := inModel
		if base != nil && src.Model.Same(*base) && p.method != nil && p.method.Base != BaseIgnored {
			l = inBase
		}
		src.Parameters = p.params(parameters, place{l, src.Pos})
	}
	if p.recipe.Form != FormSlices {
		return src, ok
	}
	if layers == nil {
		p.fault(src.Pos, "missing-key", `for example "layer_range: [0, 32]"`, `this source has no "layer_range"`)
		return src, false
	}
	var read bool
	src.Layers, read = p.layerRange(layers)
	return src, ok && read
}

const rangeHint = "write the first layer and the one after the last, such as [0, 32]"

// bareRange is a range of layers as people write one.
var bareRange = regexp.MustCompile(`^\s*\(?([0-9]+)\s*(?:[-,:; ]|to|\.\.)\s*([0-9]+)\)?\s*$`)

// baseForModel reports a base_model that stands where an entry names its model, and takes it for that.
func (p *parser) baseForModel(fields []field, what string) {
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == "base_model" })
	if i >= 0 && !has(fields, "model") {
		p.fault(fields[i].pos, "unknown-key", `write "model:" here, and "base_model:" at the top level`, `%s names its model under "model", not "base_model"`, what)
		fields[i].name = "model"
	}
}

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
		p.fault(nodePos(n), "layer-range", rangeHint, "layer_range has %s and takes 2", count(len(entries), "value"))
		return nil, false
	}
	var bounds [2]int
	for i, e := range entries {
		layer, good := p.layer(e)
		bounds[i], ok = layer, ok && good
	}
	if !ok {
		return nil, false
	}
	l := &LayerRange{First: bounds[0], End: bounds[1], Pos: nodePos(n)}
	switch {
	case l.End < l.First:
		p.fault(l.Pos, "layer-range", fmt.Sprintf("write [%d, %d]", l.End, l.First), "layer_range [%d, %d] runs backwards", l.First, l.End)
		return nil, false
	case l.End == l.First:
		p.fault(l.Pos, "layer-range", "the second number is the layer after the last", "layer_range [%d, %d] holds no layer", l.First, l.End)
		return nil, false
	}
	return l, true
}

// layer reads a bound of a layer range.
func (p *parser) layer(n *yaml.Node) (int, bool) {
	if n.Kind == yaml.ScalarNode {
		s, fault := resolve(n)
		if fault != nil {
			p.report(fault)
			return 0, false
		}
		v, isNumber := s.number()
		switch {
		case s.Kind == KindBool, s.Kind == KindNull:
		case !isNumber, v != math.Trunc(v): // NaN is not its own whole part
			p.fault(s.Pos, "layer-range", rangeHint, "layer %s is not a whole number", s.show())
			return 0, false
		case v < 0:
			p.fault(s.Pos, "layer-range", "layers count from 0", "layer %s is below 0", s.show())
			return 0, false
		case v > maxLayers:
			p.fault(s.Pos, "layer-range", rangeHint, "layer %s is beyond every model", s.show())
			return 0, false
		default:
			p.oldNumber(s)
			return int(v), true
		}
	}
	p.fault(nodePos(n), "layer-range", rangeHint, "layer_range takes two whole numbers, not %s", kindOf(n))
	return 0, false
}

// count says how many things n is.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
