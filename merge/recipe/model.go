package recipe

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// refHint is how a model is named, with its branch, tag or commit.
const refHint = `write it as in "alice/model" or "alice/model@main"`

// ref reads a model reference: "path", "path@revision", or the mapping {model: ...}. what is the
// key that it stands under.
func (p *parser) ref(n *yaml.Node, what string) (Ref, bool) {
	if n.Kind != yaml.MappingNode {
		text, ok := p.text(n, what)
		switch adapters := strings.Count(text, "+"); {
		case !ok:
		case adapters == 0:
			return p.path(n, text, what)
		case adapters == 1:
			p.fault(nodePos(n), "not-built", `merge the adapter into its model first, or write {model: {path: ...}} for a folder with a "+" in its name`,
				"%s names an adapter after the \"+\", and adapters are not supported yet", quote(text))
		default:
			p.fault(nodePos(n), "model", "a model takes one adapter", "%s %s has more than one \"+\"", what, quote(text))
		}
		return Ref{}, false
	}
	key := p.keys(p.fields(n), []string{"model", "lora", "override_architecture"}, " in a model reference", place{level: inModel})
	ok := true
	for name, hint := range map[string]string{
		"lora": "merge the adapter into its model first", "override_architecture": "take it out: tensors are matched by name and shape",
	} {
		if f, has := key[name]; has {
			ok = p.fault(f.pos, "not-built", hint, "%s is not supported yet", quote(name))
		}
	}
	f, has := key["model"]
	if !has {
		return Ref{}, p.fault(nodePos(n), "missing-key", "write {model: {path: ...}}", `%s has no "model"`, what)
	}
	ref, read := p.modelPath(f.value, what)
	return ref, ok && read
}

// modelPath reads the value of model in the mapping form of a reference: text, or {path, revision}.
func (p *parser) modelPath(n *yaml.Node, what string) (Ref, bool) {
	if n.Kind != yaml.MappingNode {
		text, ok := p.text(n, what)
		if ok {
			return p.path(n, text, what)
		}
		return Ref{}, false
	}
	key := p.keys(p.fields(n), []string{"path", "revision"}, " in a model reference", place{level: inModel})
	path, has := key["path"]
	if !has {
		return Ref{}, p.fault(nodePos(n), "missing-key", refHint, `%s has no "path"`, what)
	}
	text, ok := p.text(path.value, "path")
	if ok && strings.Contains(text, "@") {
		ok = p.fault(nodePos(path.value), "model", `write the revision under "revision"`, `a path with "@" cannot be read`)
	}
	var ref Ref
	if ok {
		ref, ok = p.path(path.value, text, "path")
	}
	if f, has := key["revision"]; has {
		var read bool
		ref.Revision, read = p.text(f.value, "revision")
		ok = ok && read
	}
	if _, problem := splitRef(ref.String()); ok && ref.Revision != "" && problem != "" {
		ok = p.fault(nodePos(n), "model", refHint, "%s %s %s", what, quote(ref.String()), problem)
	}
	return ref, ok
}

// path reads text, the value of n, as path and revision.
func (p *parser) path(n *yaml.Node, text, what string) (Ref, bool) {
	if strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://") {
		p.report(misnamed(Ref{Path: text, Pos: nodePos(n)}))
		return Ref{}, false
	}
	ref, problem := splitRef(text)
	if problem != "" {
		return Ref{}, p.fault(nodePos(n), "model", refHint, "%s %s %s", what, quote(text), problem)
	}
	if strings.HasSuffix(text, "@") {
		p.warn(nodePos(n), "model", `take the "@" out or name a branch, tag or commit`, "%s %s has no revision after the \"@\": the default branch is taken", what, quote(text))
	}
	ref.Pos = nodePos(n)
	return ref, true
}
