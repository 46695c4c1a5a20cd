package recipe

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Parse reads the text of a config, which file names in faults, against methods. Those that are not built are
// told from what does not exist, and their parameters from slips of the pen. It never fails silently and reports
// every fault at once, sorted by place.
//
// The recipe is nil only when the text is not readable as a config at all: not YAML, beyond the
// limits that the package comment gives, empty, or no mapping. It keeps text. With errors among the faults it holds what could be read. Without, it has
// at least one slice with a source, and its method is one of methods that is built.
func Parse(file string, text []byte, methods []Method) (*Recipe, Faults) {
	p := &parser{file: file, known: methods, methods: built(methods)}
	p.recipe = &Recipe{File: file, Text: text}
	if fault := checkText(text); fault != nil {
		return nil, Faults{p.report(fault)}
	}
	if fault := prefixFault(text); fault != nil {
		return nil, Faults{p.report(fault)}
	}
	root, second, fault := p.readDocument(text)
	switch {
	case fault != nil:
		return nil, Faults{p.report(fault)}
	case second != nil && notYAML(text) != nil:
		return nil, Faults{p.report(notYAML(text))}
	case second != nil && isNothing(second):
		p.fault(nodePos(second), "syntax", `take the "---" out`, "a second document starts here, and it is empty")
	case second != nil:
		p.fault(nodePos(second), "not-built", "run the stages one by one, each in a file of its own",
			"a second document starts here, and configs of several stages are not built yet")
	}
	switch {
	case root == nil:
		p.fault(Pos{1, 1}, "empty", `a config starts with "merge_method:"`, "there is no config here")
		return nil, p.sorted()
	case root.Kind != yaml.MappingNode:
		hint := `a config has keys such as "merge_method:" and "models:"`
		if root.Kind == yaml.SequenceNode {
			hint = `write "models:" above the list, and "merge_method:" beside it`
		} else if key := unspaced(root.Value); key != "" {
			hint = spaceAfter(key)
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
	file    string
	known   []Method // all that a config may name
	methods []Method // those that are built
	method  *Method  // nil where the config names none that is built
	recipe  *Recipe
	faults  Faults
	idles   []idle // parameters that were told to be without effect where they stand
	unread  bool   // parameters of some level could not be read

	top map[string]field // the keys of the top level that have a value

	whole      []bool // for each slice of the recipe: all of it could be read
	incomplete bool   // some slice could not be read at all
}

func (p *parser) fault(pos Pos, code, hint, format string, args ...any) {
	p.report(&Fault{Pos: pos, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint})
}

func (p *parser) warn(pos Pos, code, hint, format string, args ...any) {
	p.report(&Fault{Pos: pos, Code: code, Warning: true, Message: fmt.Sprintf(format, args...), Hint: hint})
}

func (p *parser) report(f *Fault) *Fault {
	f.File = p.file
	p.faults = append(p.faults, f)
	return f
}

// sorted returns the faults by place, each once: an anchored value is read wherever an alias
// stands for it.
func (p *parser) sorted() Faults {
	p.faults.Sort()
	seen := map[Fault]bool{}
	return slices.DeleteFunc(p.faults, func(f *Fault) bool {
		was := seen[*f]
		seen[*f] = true
		return was
	})
}

// topKeys are the keys of a config. name is that of a stage, which only other stages use.
var topKeys = []string{
	"merge_method", "models", "slices", "modules", "base_model", "parameters", "dtype", "out_dtype",
	"tokenizer_source", "tokenizer", "chat_template", "name",
}

// notBuilt are the keys whose meaning is not built yet, and what there is instead.
var notBuilt = map[string]string{
	"modules":          `for a model of one module write its "models" or "slices" at the top level`,
	"tokenizer":        "without it the tokenizer of the base, else of the first model, is copied",
	"tokenizer_source": "without it the tokenizer of the base, else of the first model, is copied",
	"chat_template":    "without it the chat template of the base, else of the first model, is copied",
}

// config reads the top level. start is where it begins.
func (p *parser) config(start Pos, top []field) {
	key := map[string]field{} // those that have a value
	for _, f := range top {
		if !f.isNull() {
			key[f.name] = f
		}
	}
	if p.isForeign(key) {
		return
	}
	top = p.respell(top, topKeys, "at the top level")
	for _, f := range top {
		if !f.isNull() {
			key[f.name] = f
		}
	}
	if _, ok := key["merge_method"]; !ok {
		for _, f := range p.hoist(key) {
			top = append(top, f)
			if !f.isNull() {
				key[f.name] = f
			}
		}
	}
	p.top = key
	p.mergeMethod(start, key)
	if f, ok := key["base_model"]; ok {
		if ref, ok := p.ref(f.value, "base_model"); ok {
			p.recipe.Base = &ref
		}
	}
	p.recipe.DType = p.dtype(key["dtype"])
	p.recipe.OutDType = p.dtype(key["out_dtype"])
	p.form(start, key, top)
	if f, ok := key["parameters"]; ok {
		p.recipe.Parameters = p.params(f.value, place{level: atTop})
	}
	for _, f := range top {
		if hint, ok := notBuilt[f.name]; ok && !f.isNull() {
			p.fault(f.pos, "not-built", hint, "%s is not built yet", quote(f.name))
		} else if !slices.Contains(topKeys, f.name) && !p.strayForm(f) {
			p.unknownKey(f, topKeys, "at the top level", place{level: atTop})
		}
	}
	if _, ok := key["base_model"]; !ok || p.recipe.Base != nil {
		p.check()
	}
}

// mergeMethod finds the method that the config names.
func (p *parser) mergeMethod(start Pos, key map[string]field) {
	p.recipe.MethodPos = start
	f, ok := key["merge_method"]
	if !ok {
		hint := `"lazymerge methods" lists what there is`
		if m := Making(p.methods, Mean); m != nil {
			hint = fmt.Sprintf(`for example "merge_method: %s"`, m.Name)
		}
		p.fault(start, "missing-key", hint, "merge_method is missing")
		return
	}
	p.recipe.MethodPos = f.valuePos()
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
		p.fault(f.valuePos(), "not-built", lists, "merge method %s is not built yet", name)
		return
	}
	names, alias := methodNames(p.known), aliased(p.known, name)
	near := cmp.Or(alias, Nearest(name, names))
	// What else is wrong is said as if the method were the one that was meant.
	p.method = Find(p.methods, cmp.Or(alias, misspelt(name, names)))
	hint := "did you mean " + quote(near) + "?"
	switch {
	case near == "":
		hint = `"lazymerge methods" lists what there is`
	case strings.ToLower(name) == near:
		hint = "names are lower case: " + quote(near)
	}
	if near != "" && Find(p.methods, near) == nil {
		hint += " (not built yet)"
	}
	p.fault(f.valuePos(), "unknown-method", hint, "unknown merge method %s", quote(name))
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
	if f.value.Kind == yaml.ScalarNode {
		if s, fault := resolve(f.value); fault == nil && s.Kind != KindString {
			p.fault(f.valuePos(), "dtype", "write bfloat16, float16, float32 or float64", "%s is the name of a type, not %s", f.name, kindOf(f.value))
			return DType{}
		}
	}
	text, ok := p.text(f.value, f.name)
	if !ok {
		return DType{}
	}
	name := strings.TrimPrefix(text, "torch.")
	meant := dtypes[strings.ToLower(name)]
	switch {
	case meant == name && name != "":
		return DType{Name: name, Pos: f.valuePos()}
	case meant != "":
		p.fault(f.valuePos(), "dtype", "write "+quote(meant), "unknown %s %s", f.name, quote(text))
	case name == "int64":
		p.fault(f.valuePos(), "dtype", "write bfloat16, float16 or float32", "%s int64 would cut all weights to whole numbers", f.name)
	case name == "auto":
		p.fault(f.valuePos(), "dtype", "leave the key out: the result has the dtype of the models then", "unknown %s %s", f.name, quote(text))
	default:
		hint := cmp.Or(didYouMean(name, []string{"bfloat16", "float16", "float32", "float64"}), "write bfloat16, float16, float32 or float64")
		p.fault(f.valuePos(), "dtype", hint, "unknown %s %s", f.name, quote(text))
	}
	return DType{}
}

// unknownKey warns about a key that mergekit passes over. where is a place in a sentence.
func (p *parser) unknownKey(f field, keys []string, where string, at place) {
	switch {
	case p.isParam(f.name):
		p.strayParam(f, at)
	case f.name == "revision" && at.level >= inModel:
		p.warn(f.pos, "unknown-key", `write it behind the model, as in "alice/model@revision"`, "%s has no effect %s", quote(f.name), where)
	case f.name == "pad_to_multiple_of":
		p.warn(f.pos, "unknown-key", `it belongs under "tokenizer:"`, "%s has no effect %s", quote(f.name), where)
	case plain(f.name) == "random_seed" || plain(f.name) == "seed":
		p.warn(f.pos, "unknown-key", "the seed is no part of a config: give it with --seed", "%s has no effect %s", quote(f.name), where)
	case at.level != atTop && slices.Contains(topKeys, f.name):
		p.warn(f.pos, "unknown-key", "it belongs at the top level", "%s has no effect %s", quote(f.name), where)
	default:
		p.strangeKey(f, keys, where)
	}
}

// strangeKey warns about a key that is none of keys.
func (p *parser) strangeKey(f field, keys []string, where string) {
	hint := cmp.Or(didYouMean(f.name, keys), `take it out, or make it a comment with "#"`)
	p.warn(f.pos, "unknown-key", hint, "unknown key %s %s has no effect", quote(f.name), where)
}
