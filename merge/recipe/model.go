package recipe

import (
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// refHint is how a model is named, with its branch, tag or commit.
const refHint = `write it as in "alice/model" or "alice/model@main"`

// webAddress is where a browser shows a model.
var webAddress = regexp.MustCompile(`^https?://(?:huggingface\.co|hf\.co)/([^/?#]+/[^/?#]+)(?:/tree/([^/?#]+))?`)

// addressed tells whether text is a web address, and the name of the model that it shows.
func addressed(text string) (name string, ok bool) {
	if m := webAddress.FindStringSubmatch(text); m != nil {
		if name = m[1]; m[2] != "" && m[2] != "main" {
			name += "@" + m[2]
		}
		return name, true
	}
	return "", strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://")
}

const noAdapters = "adapters are not built yet"

// ref reads a model reference: "path", "path@revision", or the mapping {model: ...}. what is the
// key that it stands under.
func (p *parser) ref(n *yaml.Node, what string) (Ref, bool) {
	if n.Kind != yaml.MappingNode {
		text, ok := p.text(n, what)
		if !ok {
			return Ref{}, false
		}
		switch strings.Count(text, "+") {
		case 0:
			return p.path(n, text, what)
		case 1:
			p.fault(nodePos(n), "not-built", `merge the adapter into its model first, or write {model: {path: ...}} for a folder with a "+" in its name`,
				"%s names an adapter after the \"+\", and %s", quote(text), noAdapters)
		default:
			p.fault(nodePos(n), "model", "a model takes one adapter", "%s %s has more than one \"+\"", what, quote(text))
		}
		return Ref{}, false
	}
	var model *yaml.Node
	ok := true
	for _, f := range p.fields(n) {
		switch {
		case f.name == "model":
			model = f.value
		case f.name == "lora" && !f.isNull():
			p.fault(f.pos, "not-built", "merge the adapter into its model first", "lora: %s", noAdapters)
			ok = false
		case f.name == "override_architecture" && !f.isNull():
			p.fault(f.pos, "not-built", "take it out: tensors are matched by name and shape", "override_architecture is not built yet")
			ok = false
		case f.name == "lora", f.name == "override_architecture":
		case f.name == "revision":
			p.warn(f.pos, "unknown-key", `write it after the path, as in "alice/model@revision"`, `"revision" has no effect here`)
		default:
			p.strangeKey(f, []string{"model", "lora", "override_architecture"}, "in a model reference")
		}
	}
	if model == nil {
		p.fault(nodePos(n), "missing-key", "write {model: {path: ...}}", `%s has no "model"`, what)
		return Ref{}, false
	}
	ref, read := p.modelPath(model, what)
	return ref, ok && read
}

// modelPath reads the value of model in the mapping form of a reference: text, or {path, revision}.
func (p *parser) modelPath(n *yaml.Node, what string) (Ref, bool) {
	if n.Kind != yaml.MappingNode {
		text, ok := p.text(n, what)
		if !ok {
			return Ref{}, false
		}
		return p.path(n, text, what)
	}
	var ref Ref
	found, ok := false, true
	for _, f := range p.fields(n) {
		switch f.name {
		case "path":
			var text string
			text, found = p.text(f.value, "path")
			if !found {
				ok = false
				continue
			}
			if strings.Contains(text, "@") {
				p.fault(f.valuePos(), "model", `write the revision under "revision"`, `a path with "@" cannot be read`)
				ok = false
				continue
			}
			read, good := p.path(f.value, text, "path")
			ref.Path, ref.Pos, ok = read.Path, read.Pos, ok && good
		case "revision":
			if f.isNull() {
				continue
			}
			text, good := p.text(f.value, "revision")
			ref.Revision, ok = text, ok && good
		default:
			p.strangeKey(f, []string{"path", "revision"}, "in a model reference")
		}
	}
	if !found && ok {
		p.fault(nodePos(n), "missing-key", refHint, `%s has no "path"`, what)
		ok = false
	}
	if ok && ref.Revision != "" {
		if _, problem := splitRef(ref.String()); problem != "" {
			p.fault(nodePos(n), "model", refHint, "%s %s %s", what, quote(ref.String()), problem)
			ok = false
		}
	}
	return ref, ok
}

// path reads text, the value of n, as path and revision.
func (p *parser) path(n *yaml.Node, text, what string) (Ref, bool) {
	if name, address := addressed(text); address {
		hint := "write its name, such as alice/model, or the path of a folder"
		if name != "" {
			hint = "write " + clip(name)
		}
		p.fault(nodePos(n), "model", hint, "%s %s is an address, not the name of a model", what, quote(text))
		return Ref{}, false
	}
	ref, problem := splitRef(text)
	if problem != "" {
		p.fault(nodePos(n), "model", refHint, "%s %s %s", what, quote(text), problem)
		return Ref{}, false
	}
	if strings.HasSuffix(text, "@") {
		p.warn(nodePos(n), "model", `take the "@" out or name a branch, tag or commit`, "%s %s has no revision after the \"@\": the default branch is taken", what, quote(text))
	}
	ref.Pos = nodePos(n)
	return ref, true
}
