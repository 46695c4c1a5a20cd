package recipe

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/lazymerge/lazymerge/merge/recipe/internal/yamltext"
)

// Parse reads the text of a config, which file names in faults, against methods. Those that are not built are
// told from what does not exist, and their parameters from slips of the pen. It never fails silently and reports
// every fault at once, sorted by place.
//
// The recipe is nil only when the text is not readable as a config at all: not YAML, beyond the
// limits that the package comment gives, empty, or no mapping. It keeps text. With errors among the faults it holds what could be read. Without, it has
// at least one slice with a source, and its method is one of methods that is built.
func Parse(file string, text []byte, methods []Method) (*Recipe, Faults) {
	p := &parser{known: methods, recipe: &Recipe{File: file, Text: text}}
	p.methods = slices.DeleteFunc(slices.Clone(methods), func(m Method) bool { return m.Unbuilt })
	raw := yamltext.New(text)
	if fault := textFault(raw.Check()); fault != nil {
		return nil, Faults{p.report(fault)}
	}
	docs, fault := p.documents(raw)
	if fault == nil && len(docs) > 1 {
		fault = textFault(raw.Card())
	}
	switch {
	case fault != nil:
		return nil, Faults{p.report(fault)}
	case len(docs) > 1 && isNothing(docs[1]):
		p.fault(nodePos(docs[1]), "syntax", `take the "---" out`, "a second document starts here, and it is empty")
	case len(docs) > 1:
		p.fault(nodePos(docs[1]), "not-built", "run the stages one by one, each in a file of its own",
			"a second document starts here, and configs of several stages are not supported yet")
	}
	if len(docs) == 0 || isNothing(docs[0]) {
		p.fault(Pos{1, 1}, "empty", `a config starts with "merge_method:"`, "the config is empty")
		return nil, p.sorted()
	}
	root := docs[0].Content[0]
	if root.Kind != yaml.MappingNode {
		hint := `a config has keys such as "merge_method:" and "models:"`
		if root.Kind == yaml.SequenceNode {
			hint = `write "models:" above the list, and "merge_method:" beside it`
		} else if pair := p.pair(root.Value); pair != "" {
			hint = pair
		} else if strings.Contains(root.Value, "merge_method:") {
			hint = "take the quotes around it out"
		}
		p.fault(nodePos(root), "type", hint, "a config must be a mapping, not %s", kindOf(root))
		return nil, p.sorted()
	}
	p.config(nodePos(root), p.fields(root))
	return p.recipe, p.sorted()
}

// A parser reads one config.
type parser struct {
	known   []Method // all that a config may name
	methods []Method // those that are built
	method  *Method  // nil where the config names none that is built
	recipe  *Recipe
	faults  Faults
	idles   []idle // parameters that were told to be without effect where they stand
	unread  bool   // parameters of some level could not be read
	at      place  // where the parameters that are being read stand

	top map[string]field // the keys of the top level that have a value

	whole []bool // for each slice of the recipe: all of it could be read
}

// fault reports an error. It returns false, which is whether what has the error could be read.
func (p *parser) fault(pos Pos, code, hint, format string, args ...any) bool {
	p.report(newFault(pos, code, hint, format, args...))
	return false
}

func (p *parser) warn(pos Pos, code, hint, format string, args ...any) {
	p.report(&Fault{Pos: pos, Code: code, Warning: true, Message: fmt.Sprintf(format, args...), Hint: hint})
}

func (p *parser) report(f *Fault) *Fault {
	f.File = p.recipe.File
	p.faults = append(p.faults, f)
	return f
}

// sorted returns the faults by place, each once: an anchored value is read wherever an alias
// stands for it.
func (p *parser) sorted() Faults {
	p.faults.Sort()
	return once(p.faults, func(f *Fault) Fault { return *f })
}

// topKeys are the keys of a config. name is that of a stage, which only other stages use.
var topKeys = []string{
	"merge_method", "models", "slices", "modules", "base_model", "parameters", "dtype", "out_dtype",
	"tokenizer_source", "tokenizer", "chat_template", "name",
}

// notBuilt are the keys whose meaning is not supported yet, and what there is instead.
var notBuilt = map[string]string{
	"modules":          `for a model of one module write its "models" or "slices" at the top level`,
	"tokenizer":        "without it the tokenizer of the base, else of the first model, is copied",
	"tokenizer_source": "without it the tokenizer of the base, else of the first model, is copied",
	"chat_template":    "without it the chat template of the base, else of the first model, is copied",
}

// innerKeys are the keys below the top level that are not parameters.
var innerKeys = []string{"model", "sources", "layer_range", "value", "filter"}

// isKey tells whether a config may have name as a key at any level.
func (p *parser) isKey(name string) bool {
	return slices.Contains(topKeys, name) || slices.Contains(innerKeys, name) || p.isParam(name)
}

// pair is the hint for text that has something else than ": " between a key and its value, else "".
func (p *parser) pair(text string) string {
	if joined := yamltext.Joined(text, p.isKey); joined != "" {
		return "write " + quote(joined)
	}
	return ""
}

// config reads the top level. start is where it begins.
func (p *parser) config(start Pos, top []field) {
	if p.isForeign(top) {
		return
	}
	top = p.respell(top, topKeys, "key", " at the top level")
	p.top = map[string]field{}
	for _, f := range top {
		if !isNull(f.value) {
			p.top[f.name] = f
		}
	}
	if _, ok := p.top["merge_method"]; !ok && p.isIndented() {
		return
	}
	p.mergeMethod(start)
	if f, ok := p.top["base_model"]; ok {
		if ref, ok := p.ref(f.value, "base_model"); ok {
			p.recipe.Base = &ref
		}
	}
	p.recipe.DType = p.dtype(p.top["dtype"])
	p.recipe.OutDType = p.dtype(p.top["out_dtype"])
	p.form(start, top)
	if f, ok := p.top["parameters"]; ok {
		p.recipe.Parameters = p.params(f.value, place{level: atTop})
	}
	for _, f := range top {
		if hint, ok := notBuilt[f.name]; ok && !isNull(f.value) {
			p.fault(f.pos, "not-built", hint, "%s is not supported yet", quote(f.name))
		} else if !slices.Contains(topKeys, f.name) && !(f.name == "sources" && p.recipe.Form == "") { // of which form has told
			p.unknownKey(f, topKeys, " at the top level", place{level: atTop})
		}
	}
	if _, ok := p.top["base_model"]; !ok || p.recipe.Base != nil {
		p.check()
	}
}

// isForeign refuses a file of another kind, in one fault: nothing else that could be said about it would help.
func (p *parser) isForeign(top []field) bool {
	isForm := func(f field) bool {
		return misspelled(f.name, []string{"merge_method", "models", "slices", "modules", "sources"}) != ""
	}
	const experts = "a mixture-of-experts config, which is not supported yet"
	for _, kind := range []struct{ key, code, what, hint string }{
		{"numeric", "not-a-merge", "a plan file or a lock, not a merge config", "run it with: lazymerge push --plan " + p.recipe.File},
		{"experts", "not-built", experts, "use mergekit-moe"},
		{"gate_mode", "not-built", experts, "use mergekit-moe"},
	} {
		if i := slices.IndexFunc(top, func(f field) bool { return f.name == kind.key }); i >= 0 {
			p.fault(top[i].pos, kind.code, kind.hint, "this is %s (it has %s)", kind.what, quote(kind.key))
			return true
		}
	}
	other := slices.IndexFunc(top, func(f field) bool { return !p.isKey(f.name) })
	if other < 0 || slices.ContainsFunc(top, isForm) {
		return false
	}
	p.fault(top[other].pos, "not-a-merge", "give a config with merge_method and models",
		"this is not a merge config: it has %s, but neither merge_method nor models", quote(top[other].name))
	return true
}

// isIndented reports a merge_method that stands in an entry of models or slices, where everything after that entry was
// indented too far.
func (p *parser) isIndented() bool {
	var look func(n *yaml.Node) bool
	look = func(n *yaml.Node) bool {
		if n.Kind == yaml.MappingNode {
			fields := p.fields(n)
			for _, f := range fields {
				_, above := p.top[f.name]
				stays := above || f.name == "parameters" || f.name == "base_model" && has(fields, "sources")
				if has(fields, "merge_method") && slices.Contains(topKeys, f.name) && !stays {
					p.fault(f.pos, "misplaced-key", "start it in column 1, and move what follows left with it",
						"%s is indented into a list entry, and the top level has no merge_method", quote(f.name))
					return true
				}
			}
		}
		return slices.ContainsFunc(n.Content, look)
	}
	return slices.ContainsFunc([]string{"models", "slices"}, func(name string) bool {
		f, ok := p.top[name]
		return ok && look(f.value)
	})
}

// mergeMethod finds the method that the config names.
func (p *parser) mergeMethod(start Pos) {
	p.recipe.MethodPos = start
	f, ok := p.top["merge_method"]
	if !ok {
		hint := `"lazymerge methods" lists what there is`
		if m := Making(p.methods, Mean); m != nil {
			hint = fmt.Sprintf(`for example "merge_method: %s"`, m.Name)
		}
		p.fault(start, "missing-key", hint, "merge_method is missing")
		return
	}
	p.recipe.MethodPos = nodePos(f.value)
	name, ok := p.text(f.value, "merge_method")
	if !ok {
		return
	}
	p.recipe.Method = name
	p.method = Find(p.methods, name)
	if p.method != nil {
		return
	}
	const lists = `"lazymerge methods" lists those that are`
	if Find(p.known, name) != nil {
		p.fault(nodePos(f.value), "not-built", lists, "merge method %s is not supported yet", name)
		return
	}
	near, sure := Nearest(name, methodNames(p.known)), misspelled(name, methodNames(p.known))
	if m := first(p.known, func(m Method) bool { return slices.Contains(m.Aliases, plain(name)) }); m != nil {
		near, sure = m.Name, m.Name
	}
	// What else is wrong is said as if the method were the one that was meant.
	p.method = Find(p.methods, sure)
	hint := "did you mean " + quote(near) + "?"
	switch {
	case near == "":
		hint = `"lazymerge methods" lists what there is`
	case strings.ToLower(name) == near:
		hint = "names are lower case: " + quote(near)
	}
	if near != "" && Find(p.methods, near) == nil {
		hint += " (not supported yet)"
	}
	p.fault(nodePos(f.value), "unknown-method", hint, "unknown merge method %s", quote(name))
}

// dtypes are the names that dtype and out_dtype take, and what people write for them.
var dtypes = map[string]string{
	"float16": "float16", "fp16": "float16", "f16": "float16", "half": "float16",
	"bfloat16": "bfloat16", "bf16": "bfloat16",
	"float32": "float32", "fp32": "float32", "f32": "float32", "float": "float32",
	"float64": "float64", "fp64": "float64", "f64": "float64", "double": "float64",
}

// dtype reads the value of f, the zero field where the key is absent.
func (p *parser) dtype(f field) DType {
	if f.value == nil {
		return DType{}
	}
	text := f.value.Value
	if f.value.Kind != yaml.ScalarNode {
		p.text(f.value, f.name) // which reports it
		return DType{}
	}
	name := strings.TrimPrefix(text, "torch.")
	meant := dtypes[strings.ToLower(name)]
	if meant == name && name != "" {
		return DType{Name: name, Pos: nodePos(f.value)}
	}
	hint := "write bfloat16, float16, float32 or float64, or leave the key out to keep the dtype of the models"
	if meant = cmp.Or(meant, Nearest(name, slices.Sorted(maps.Values(dtypes)))); meant != "" {
		hint = "did you mean " + quote(meant) + "?"
	}
	p.fault(nodePos(f.value), "dtype", hint, "unknown %s %s", f.name, quote(text))
	return DType{}
}

// unknownKey warns about a key that mergekit ignores. where is a place in a sentence.
func (p *parser) unknownKey(f field, keys []string, where string, at place) {
	hint := ""
	switch name := plain(f.name); {
	case p.isParam(f.name):
		p.strayParam(f, at)
		return
	case name == "revision" && at.level >= inModel:
		hint = `write it after the model, as in "alice/model@revision"`
	case name == "layer_range":
		hint = `layers belong to the sources of "slices:"`
	case name == "random_seed" || name == "seed":
		hint = "the seed is not part of a config: give it with --seed"
	case at.level != atTop && slices.Contains(topKeys, f.name):
		hint = "it belongs at the top level"
	default:
		hint = cmp.Or(didYouMean(f.name, keys), `take it out, or make it a comment with "#"`)
		p.warn(f.pos, "unknown-key", hint, "unknown key %s%s has no effect", quote(f.name), where)
		return
	}
	p.warn(f.pos, "unknown-key", hint, "%s has no effect%s", quote(f.name), where)
}
