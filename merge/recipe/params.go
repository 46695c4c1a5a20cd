package recipe

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// A level is where parameters stand.
type level int

const (
	atTop   level = iota // the global level
	inSlice              // an output slice
	inModel              // a source, or an entry of models
	inBase               // the same, of the base in a method that knows one
)

// A place is a level and where it stands: the slice or source, and nowhere for the top.
type place struct {
	level level
	pos   Pos
}

// An idle parameter has a name that the method reads and stands where the method does not look.
type idle struct {
	name  string
	at    place
	fault *Fault
}

// params reads the value of a parameters key.
func (p *parser) params(n *yaml.Node, at place) Params {
	fields, ok := p.mapping(n, "parameters", `write "name: value" under it`)
	if !ok {
		p.unread = true
		return nil
	}
	var out Params
	for _, f := range p.respellParams(fields) {
		if p.isTopKey(f) {
			hint := "let it start in column 1"
			if deref(n).Style&yaml.FlowStyle != 0 {
				hint = "write it on a line of its own that starts in column 1"
			}
			p.fault(f.pos, "misplaced-key", hint, "%s belongs at the top level and stands under \"parameters\"", quote(f.name))
			continue
		}
		s := p.setting(f)
		out = append(out, Entry{Name: f.name, Pos: f.pos, Setting: s})
		if p.method == nil {
			p.anyValues(f, s)
			continue
		}
		prm := p.method.Param(f.name)
		switch {
		case prm == nil:
			p.unknownParam(f)
		case prm.Scope == Shared && at.level >= inModel:
			p.idle(f, at, "move it to parameters "+p.sharedPlace(),
				"%s is one value for all models of %s and has no effect under a model", quote(f.name), p.method.Name)
		case at.level == inBase:
			p.warn(f.pos, "misplaced-parameter", "take it out; how much of the base stays follows from the other models", "%s has no effect under the base of %s", quote(f.name), p.method.Name)
		case prm.Inert:
			p.warn(f.pos, "unknown-parameter", "take it out", "%s has no effect on %s%s", quote(f.name), p.method.Name, p.elsewhere(f.name))
			p.values(prm, s)
		default:
			p.values(prm, s)
		}
	}
	return out
}

// isTopKey tells whether f, which stands under parameters, is a key that the top level has not: mergekit would pass over
// it, and nobody writes it for that.
func (p *parser) isTopKey(f field) bool {
	_, above := p.top[f.name]
	return slices.Contains(topKeys, f.name) && f.name != "name" && !above && !f.isNull() && !p.isParam(f.name)
}

// respellParams reports parameters that are misspelt beyond doubt, and returns the fields with the name that was
// meant. Where the method is not known, any method's names count.
func (p *parser) respellParams(fields []field) []field {
	names, of := allParams(p.known), ""
	if p.method != nil {
		names, of = paramNames(p.method), " for "+p.method.Name
	}
	var out []field
	for _, f := range fields {
		meant := ""
		if !p.isParam(f.name) {
			meant = misspelt(f.name, names)
		}
		write := ""
		if f.isNull() {
			write = p.equated(f.name)
		}
		switch {
		case write != "":
			p.fault(f.pos, "syntax", write, "there is no colon in %s", quote(f.name))
			p.unread = true
			continue
		case meant != "":
			p.fault(f.pos, "unknown-parameter", "did you mean "+quote(meant)+"?", "unknown parameter %s%s", quote(f.name), of)
			if slices.ContainsFunc(fields, func(f field) bool { return f.name == meant }) {
				continue
			}
			f.name = meant
		case isDecimals(f) && len(out) > 0 && out[len(out)-1].value.Kind == yaml.ScalarNode:
			whole := *out[len(out)-1].value
			whole.Value += "," + f.name
			out[len(out)-1].value = &whole
			continue
		}
		out = append(out, f)
	}
	return out
}

// isDecimals tells whether f is what YAML makes of the digits behind a decimal comma inside braces.
func isDecimals(f field) bool {
	return strings.Trim(f.name, "0123456789") == "" && f.name != "" && f.isNull()
}

// idle warns about f, which stands at a place where the method does not look for it.
func (p *parser) idle(f field, at place, hint, format string, args ...any) {
	p.warn(f.pos, "misplaced-parameter", hint, format, args...)
	p.idles = append(p.idles, idle{f.name, at, p.faults[len(p.faults)-1]})
}

// sharedPlace is where a shared parameter can act.
func (p *parser) sharedPlace() string {
	if p.recipe.Form == FormSlices {
		return "of the slice or at the top level"
	}
	return "at the top level"
}

// values checks every value of s against prm.
func (p *parser) values(prm *Param, s Setting) {
	for _, c := range s.Cases {
		for _, scalar := range c.Values {
			v, fault := prm.value(scalar)
			switch usual := prm.Usual; {
			case fault != nil:
				p.report(fault)
			case usual != Range{} && (v < usual.From || v > usual.To):
				p.warn(scalar.Pos, "value", usual.Why, "%s %s is outside %v to %v", prm.Name, scalar.show(), usual.From, usual.To)
			}
		}
	}
}

// anyValues checks f, a parameter with the values s, where the method is not known: that some method has it, and what
// all that are built say of its values.
func (p *parser) anyValues(f field, s Setting) {
	if !p.isParam(f.name) {
		p.warn(f.pos, "unknown-parameter", "take it out", "unknown parameter %s: no method has it", quote(f.name))
		return
	}
	var common *Param
	for i := range p.methods {
		prm := p.methods[i].Param(f.name)
		switch {
		case prm == nil:
		case common == nil:
			common = prm
		case prm.Type != common.Type || prm.Min != common.Min || prm.Max != common.Max || prm.Above != common.Above || prm.Usual != common.Usual:
			return
		}
	}
	if common != nil {
		p.values(common, s)
	}
}

// unknownParam warns about a parameter that the method does not read.
func (p *parser) unknownParam(f field) {
	reads := fmt.Sprintf(`"lazymerge methods %s" lists what it reads`, p.method.Name)
	if p.isParam(f.name) {
		p.warn(f.pos, "unknown-parameter", reads, "%s has no effect on %s%s", quote(f.name), p.method.Name, p.elsewhere(f.name))
		return
	}
	p.warn(f.pos, "unknown-parameter", cmp.Or(didYouMean(f.name, paramNames(p.method)), reads), "unknown parameter %s for %s has no effect", quote(f.name), p.method.Name)
}

// elsewhere says which methods read a parameter called name, "" where none does. A few stand in the order of names, built or
// not; of many those are named that are built.
func (p *parser) elsewhere(name string) string {
	var names []string
	for i := range p.known {
		if prm := p.known[i].Param(name); prm != nil && !prm.Inert {
			names = append(names, p.known[i].Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	if len(names) <= mostListed {
		slices.Sort(names)
	}
	return " (it belongs to " + list(names) + ")"
}

// isParam tells whether name is a parameter of any method.
func (p *parser) isParam(name string) bool {
	return slices.ContainsFunc(p.known, func(m Method) bool { return m.Param(name) != nil })
}

// strayParam warns about a parameter that stands beside parameters instead of under it.
func (p *parser) strayParam(f field, at place) {
	hint := `write it under "parameters:"`
	if silent(p.known, f.name) {
		hint = "take it out: it saves memory in mergekit, and is not needed here"
	} else if p.method != nil {
		prm := p.method.Param(f.name)
		switch {
		case prm == nil:
			p.unknownParam(f)
			return
		case prm.Scope == Shared && at.level >= inModel:
			hint = `write it under "parameters:" ` + p.sharedPlace()
		case prm.Scope == PerModel && at.level == atTop:
			hint = `write it under "parameters:" of a model, or at the top level for all of them`
		}
	}
	p.idle(f, at, hint, `the parameter %s has no effect outside "parameters:"`, quote(f.name))
}

// setting reads the value of a parameter: a scalar, a gradient, a case, or a list of cases.
// It has no cases where the value cannot be read.
func (p *parser) setting(f field) Setting {
	s := Setting{Pos: f.valuePos()}
	if f.value.Kind != yaml.SequenceNode || !slices.ContainsFunc(f.value.Content, isMapping) {
		if c, ok := p.oneCase(f.value, f.name); ok {
			s.Cases = []Case{c}
		}
		return s
	}
	entries, _ := p.sequence(f.value, f.name, "")
	ok := true
	for _, n := range entries {
		if n.Kind != yaml.MappingNode {
			p.fault(nodePos(n), "type", cmp.Or(unquoteHint(n.Value), `write "value:" before it`), "%s mixes cases with plain values", quote(f.name))
			ok = false
			continue
		}
		c, good := p.oneCase(n, f.name)
		ok = ok && good
		s.Cases = append(s.Cases, c)
	}
	if !ok {
		s.Cases = nil
		return s
	}
	p.unreachable(f.name, s.Cases)
	return s
}

// unreachable warns about cases that an earlier one leaves no tensor for.
func (p *parser) unreachable(name string, cases []Case) {
	for i, c := range cases {
		for _, before := range cases[:i] {
			switch {
			case before.matchesAll():
				p.warn(c.Pos, "unreachable", "move the case without filter to the end",
					"this case of %s is never reached: the one in line %d takes every tensor", quote(name), before.Pos.Line)
				return
			case c.Filtered && strings.Contains(c.Filter, before.Filter):
				p.warn(c.Pos, "unreachable", "move it in front of that one",
					"this case of %s is never reached: the filter %s in line %d takes the same tensors and more", quote(name), quote(before.Filter), before.Pos.Line)
			}
		}
	}
}

func isMapping(n *yaml.Node) bool { return deref(n).Kind == yaml.MappingNode }

// oneCase reads a scalar, a gradient, or a mapping of value and filter.
func (p *parser) oneCase(n *yaml.Node, name string) (Case, bool) {
	c := Case{Pos: nodePos(n)}
	if n.Kind != yaml.MappingNode {
		return c, p.caseValue(&c, n, name)
	}
	var value *yaml.Node
	ok := true
	fields := p.fields(n)
	if p.numbersInBraces(n, name) {
		return c, false
	}
	fields = p.respell(fields, []string{"filter", "value"}, "in a case of "+quote(name))
	if len(fields) > 0 && !slices.ContainsFunc(fields, func(f field) bool { return f.name == "value" || f.name == "filter" }) {
		first := fields[0].name
		p.fault(fields[0].pos, "missing-key", fmt.Sprintf(`write "- filter: %s" and below it "value: ...", in a list`, clip(first)),
			`a case of %s has "value" and "filter", not %s`, quote(name), quote(first))
		return c, false
	}
	for _, f := range fields {
		switch f.name {
		case "value":
			value = f.value
		case "filter":
			if f.isNull() {
				continue
			}
			text, good := p.text(f.value, "filter")
			c.Filter, c.Filtered, c.FilterPos, ok = text, good, f.valuePos(), ok && good
			p.pattern(c.FilterPos, text)
		default:
			p.warn(f.pos, "unknown-key", didYouMean(f.name, []string{"filter", "value"}), "unknown key %s in a case of %s has no effect", quote(f.name), quote(name))
		}
	}
	switch {
	case value == nil:
		p.fault(c.Pos, "missing-key", `write "value: ..." in it, beside the filter if it has one`, `this case of %s has no "value"`, quote(name))
		return c, false
	case p.numbersInBraces(value, name):
		return c, false
	case value.Kind == yaml.MappingNode:
		p.fault(nodePos(value), "type", "write cases side by side in a list", "the value of a case of %s must be a number or a list of numbers, not a mapping", quote(name))
		return c, false
	}
	return c, p.caseValue(&c, value, name) && ok
}

// caseValue reads n, a scalar or a gradient, into c.
func (p *parser) caseValue(c *Case, n *yaml.Node, name string) bool {
	if n.Kind == yaml.ScalarNode {
		s, fault := resolve(n)
		if fault != nil {
			p.report(fault)
			return false
		}
		p.oldNumber(s)
		c.Values = []Scalar{s}
		return true
	}
	c.Gradient = true
	entries, ok := p.sequence(n, name, "")
	if ok && len(entries) == 0 {
		p.warn(nodePos(n), "no-value", "write a number, or take it out", "the list of %s is empty, so it gives no value here", quote(name))
	}
	for _, e := range entries {
		if e.Kind != yaml.ScalarNode {
			p.fault(nodePos(e), "type", "a gradient is a flat list of numbers", "%s has %s inside a list", quote(name), kindOf(e))
			ok = false
			continue
		}
		s, fault := resolve(e)
		if fault != nil {
			p.report(fault)
			ok = false
			continue
		}
		p.oldNumber(s)
		c.Values = append(c.Values, s)
	}
	return ok
}

// given tells whether levels hold a value for name for at least some tensor, or one that could
// not be read, which has been reported.
func given(name string, levels ...Params) bool {
	return slices.ContainsFunc(levels, func(l Params) bool {
		s, ok := l.Get(name)
		return ok && (len(s.Cases) == 0 || slices.ContainsFunc(s.Cases, func(c Case) bool { return len(c.Values) > 0 }))
	})
}

// numbersInBraces reports n where it is what YAML makes of a list in braces: numbers for keys, without values.
func (p *parser) numbersInBraces(n *yaml.Node, name string) bool {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		return false
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !decimal.MatchString(n.Content[i].Value) || !isNull(n.Content[i+1]) {
			return false
		}
	}
	p.fault(nodePos(n), "type", "write a list in brackets, as in [0, 0.5, 1]", "%s has numbers in braces", quote(name))
	return true
}

// layerFilter is a filter that is meant for one layer and lets in those whose number starts alike.
var layerFilter = regexp.MustCompile(`(?:^|\.)(?:layers?|h|blocks?)\.[1-9]$`)

// pattern warns about a filter that looks like a pattern, for no name of a tensor has these characters, and about one
// that matches more layers than it seems to.
func (p *parser) pattern(pos Pos, filter string) {
	if layerFilter.MatchString(filter) {
		p.warn(pos, "filter", "write "+quote(filter+"."), "the filter %s matches the layers %s0 to %s9 too", quote(filter), filter[len(filter)-1:], filter[len(filter)-1:])
		return
	}
	if filter == "*" || !strings.ContainsAny(filter, "*^$|\\()[]{}?+ ,") {
		return
	}
	hint := "write a case for each part"
	if bare := strings.Trim(filter, ".*^$ "); bare != "" && !strings.ContainsAny(bare, "*^$|\\()[]{}?+ ,") {
		hint = "write " + quote(bare) + ", which matches wherever it stands in a name"
	}
	p.warn(pos, "filter", hint, "the filter %s matches no tensor: a filter is a part of a name, and no pattern", quote(filter))
}
