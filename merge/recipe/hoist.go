package recipe

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// hoist looks for a merge_method that stands in an entry of models, slices or sources, where everything after that entry
// was indented too far. It reports it, takes it and the keys beside it that belong to the top level out of the entry, and returns them.
// key are the fields of the top level, where it is missing.
func (p *parser) hoist(key map[string]field) []field {
	for _, name := range []string{"models", "slices"} {
		f, ok := key[name]
		if !ok || f.value.Kind != yaml.SequenceNode {
			continue
		}
		for _, entry := range f.value.Content {
			entry = deref(entry)
			if out := p.hoistFrom(entry, key, name == "slices"); out != nil {
				return out
			}
			if entry.Kind != yaml.MappingNode {
				continue
			}
			for i := 0; i+1 < len(entry.Content); i += 2 {
				sources := deref(entry.Content[i+1])
				if entry.Content[i].Value != "sources" || sources.Kind != yaml.SequenceNode {
					continue
				}
				for _, source := range sources.Content {
					if out := p.hoistFrom(deref(source), key, false); out != nil {
						return out
					}
				}
			}
		}
	}
	return nil
}

// hoistFrom is hoist for one entry, which may be a slice; that has a base_model of its own.
func (p *parser) hoistFrom(entry *yaml.Node, key map[string]field, slice bool) []field {
	if entry.Kind != yaml.MappingNode {
		return nil
	}
	var out []field
	var kept []*yaml.Node
	found := false
	for i := 0; i+1 < len(entry.Content); i += 2 {
		name, value := entry.Content[i], deref(entry.Content[i+1])
		_, above := key[name.Value]
		stays := name.Value == "parameters" || slice && name.Value == "base_model"
		if !slices.Contains(topKeys, name.Value) || above || stays {
			kept = append(kept, name, entry.Content[i+1])
			continue
		}
		found = found || name.Value == "merge_method"
		out = append(out, field{name: name.Value, pos: nodePos(name), value: value, own: true})
	}
	if !found || len(kept) == 0 {
		return nil
	}
	entry.Content = kept
	where := "this entry of a list"
	if slice {
		where = "this slice"
	}
	p.fault(out[0].pos, "misplaced-key", "let it start in column 1, and what follows as much further left",
		"%s is indented so far that it belongs to %s, and the top level has no merge_method", quote(out[0].name), where)
	return out
}
