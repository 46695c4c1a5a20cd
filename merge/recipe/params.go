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
	names, of := paramNames(p.known...), ""
	if p.method != nil {
		names, of = paramNames(*p.method), " for "+p.method.Name
	}
	for _, f := range p.respell(fields, names, "parameter", of) {
		switch {
		case p.isTopKey(f):
			p.fault(f.pos, "misplaced-key", "write it on a line of its own, starting in column 1", `%s belongs at the top level, not under "parameters"`, quote(f.name))
			continue
		case isNull(f.value) && !isName.MatchString(f.name): // in braces: a comma ends a value, and an equals sign is a part of the name
			p.fault(f.pos, "syntax", cmp.Or(p.pair(f.name), "write decimals with a point, as in 0.6"), "%s is not a parameter", quote(f.name))
			p.unread = true
			continue
		}
		p.at = at
		s := p.setting(f)
		out = append(out, Entry{Name: f.name, Pos: f.pos, Setting: s})
		if p.method == nil {
			if !p.isParam(f.name) {
				p.warn(f.pos, "unknown-parameter", "take it out", "unknown parameter %s: no method has it", quote(f.name))
			}
			continue
		}
		prm := p.method.Param(f.name)
		switch {
		case prm == nil:
			p.unknownParam(f)
		case prm.Scope == Shared && at.level >= inModel:
			p.warn(f.pos, "misplaced-parameter", "move it to parameters at the top level",
				"%s is one value for all models of %s and has no effect under a model", quote(f.name), p.method.Name)
			p.idle(f.name, at)
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
	return slices.Contains(topKeys, f.name) && f.name != "name" && !above && !isNull(f.value) && !p.isParam(f.name)
}

var isName = regexp.MustCompile(`^[A-Za-z_]\w*$`)

// idle notes that the last warning is about the parameter called name, which has no effect where it stands.
func (p *parser) idle(name string, at place) {
	p.idles = append(p.idles, idle{name, at, p.faults[len(p.faults)-1]})
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

// unknownParam warns about a parameter that the method does not read.
func (p *parser) unknownParam(f field) {
	reads := fmt.Sprintf(`"lazymerge methods %s" lists what it reads`, p.method.Name)
	if p.isParam(f.name) {
		p.warn(f.pos, "unknown-parameter", reads, "%s has no effect on %s%s", quote(f.name), p.method.Name, p.elsewhere(f.name))
		return
	}
	p.warn(f.pos, "unknown-parameter", cmp.Or(didYouMean(f.name, paramNames(*p.method)), reads), "unknown parameter %s for %s has no effect", quote(f.name), p.method.Name)
}

// elsewhere says which methods read a parameter called name, "" where none does.
func (p *parser) elsewhere(name string) string {
	reads := slices.DeleteFunc(slices.Clone(p.known), func(m Method) bool {
		prm := m.Param(name)
		return prm == nil || prm.Inert
	})
	if len(reads) == 0 {
		return ""
	}
	return " (it belongs to " + list(methodNames(reads)) + ")"
}

// isParam tells whether name is a parameter of any method.
func (p *parser) isParam(name string) bool {
	return slices.ContainsFunc(p.known, func(m Method) bool { return m.Param(name) != nil })
}

// strayParam warns about a parameter that stands beside parameters instead of under it.
func (p *parser) strayParam(f field, at place) {
	hint := `write it under "parameters:"`
	if p.method != nil {
		prm := p.method.Param(f.name)
		if prm == nil {
			p.unknownParam(f)
			return
		}
		if prm.Scope == Shared && at.level >= inModel {
			hint += " at the top level"
		}
	}
	p.warn(f.pos, "misplaced-parameter", hint, `the parameter %s has no effect outside "parameters:"`, quote(f.name))
	p.idle(f.name, at)
}

// setting reads the value of a parameter: a scalar, a gradient, a case, or a list of cases.
// It has no cases where the value cannot be read.
func (p *parser) setting(f field) Setting {
	s := Setting{Pos: nodePos(f.value)}
	entries := []*yaml.Node{f.value}
	isList := f.value.Kind == yaml.SequenceNode && slices.ContainsFunc(f.value.Content, isMapping)
	if isList {
		entries = f.value.Content
	}
	for _, n := range entries {
		n = deref(n)
		if isList && n.Kind != yaml.MappingNode {
			p.fault(nodePos(n), "type", cmp.Or(unquoteHint(n.Value), `write "value:" before it`), "%s mixes cases with plain values", quote(f.name))
			continue
		}
		if c, ok := p.oneCase(n, f.name); ok {
			s.Cases = append(s.Cases, c)
		}
	}
	if len(s.Cases) < len(entries) {
		return Setting{Pos: s.Pos}
	}
	p.unreachable(f.name, s.Cases)
	return s
}

// unreachable warns about cases that an earlier one leaves no tensor for.
func (p *parser) unreachable(name string, cases []Case) {
	for i, c := range cases {
		for _, before := range cases[:i] {
			if before.matchesAll() || c.Filtered && strings.Contains(c.Filter, before.Filter) {
				p.warn(c.Pos, "unreachable", "move it in front of that one",
					"this case of %s is never used: the one in line %d takes the same tensors", quote(name), before.Pos.Line)
				return
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
	keys := []string{"filter", "value"}
	fields := p.respell(p.fields(n), keys, "key", " in a case of "+quote(name))
	if len(fields) > 0 && !slices.ContainsFunc(fields, func(f field) bool { return slices.Contains(keys, f.name) }) {
		first := fields[0].name
		hint := fmt.Sprintf(`write "- filter: %s" and below it "value: ...", in a list`, clip(first))
		if decimal.MatchString(first) {
			hint = listHint
		}
		return c, p.fault(fields[0].pos, "missing-key", hint, `a case of %s has "value" and "filter", not %s`, quote(name), quote(first))
	}
	key := p.keys(fields, keys, " in a case of "+quote(name), place{level: inModel})
	ok := true
	if f, has := key["filter"]; has {
		c.FilterPos = nodePos(f.value)
		if c.Filter, ok = p.text(f.value, "filter"); ok {
			c.Filtered = true
			p.pattern(c.FilterPos, c.Filter)
		}
	}
	value := key["value"].value
	switch {
	case value == nil:
		return c, p.fault(c.Pos, "missing-key", `write "value: ..." in it, beside the filter if it has one`, `this case of %s has no "value"`, quote(name))
	case value.Kind == yaml.MappingNode:
		return c, p.fault(nodePos(value), "type", listHint, "the value of a case of %s must be a number or a list of numbers, not a mapping", quote(name))
	}
	return c, p.caseValue(&c, value, name) && ok
}

// listHint says how a gradient is written.
const listHint = "write a number, or a list in brackets such as [0, 0.5, 1]"

// caseValue reads n, a scalar or a gradient, into c.
func (p *parser) caseValue(c *Case, n *yaml.Node, name string) bool {
	entries, ok := []*yaml.Node{n}, true
	if n.Kind != yaml.ScalarNode {
		c.Gradient = true
		entries, ok = p.sequence(n, name, "")
	}
	if len(entries) == 0 && ok {
		p.warn(nodePos(n), "no-value", "write a number instead", "the list of %s is empty", quote(name))
		p.idle(name, p.at)
	}
	for _, e := range entries {
		if e.Kind != yaml.ScalarNode {
			ok = p.fault(nodePos(e), "type", "a gradient is a flat list of numbers", "%s has %s inside a list", quote(name), kindOf(e))
			continue
		}
		s, read := p.scalar(e)
		ok = ok && read
		p.oldNumber(s)
		c.Values = append(c.Values, s)
	}
	return ok
}

// layerFilter is a filter that is meant for one layer and lets in those whose number starts alike.
var layerFilter = regexp.MustCompile(`(?:^|\.)(?:layers?|h|blocks?)\.[1-9]$`)

// pattern warns about a filter that looks like a pattern, for no name of a tensor has these characters, and about one
// that matches more layers than it seems to.
func (p *parser) pattern(pos Pos, filter string) {
	if layerFilter.MatchString(filter) {
		digit := filter[len(filter)-1:]
		p.warn(pos, "filter", "write "+quote(filter+"."), "the filter %s matches the layers %s0 to %s9 too", quote(filter), digit, digit)
		return
	}
	const odd = "*^$|\\()[]{}?+ ,"
	if filter == "*" || !strings.ContainsAny(filter, odd) {
		return
	}
	hint := "write a case for each part"
	if bare := strings.Trim(filter, ".*^$ "); bare != "" && !strings.ContainsAny(bare, odd) {
		hint = "write " + quote(bare) + ", which matches anywhere in a name"
	}
	p.warn(pos, "filter", hint, "the filter %s matches no tensor: a filter is a part of a name, not a pattern", quote(filter))
}
