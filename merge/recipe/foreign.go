package recipe

import (
	"regexp"
	"strings"
)

// moeKeys are keys that only a config of a mixture of experts has.
var moeKeys = []string{"experts", "shared_experts", "gate_mode", "experts_per_token"}

// foreign are other files that are taken for the config of a merge, each with the keys that it is known by. In a hint
// FILE stands for the file, and STACK for the method that stacks layers.
var foreign = []struct {
	keys       []string
	what, hint string
}{
	{[]string{"genome"}, "a config of mergekit-evolve", "give the config that it found"},
	{[]string{"layer_slices", "embedding_source", "lm_head_source"}, "a config of bakllama", `write its layers as "slices:" with merge_method: STACK`},
	{[]string{"finetuned_model", "max_rank", "distribute_scale"}, "a config of mergekit-extract-lora", "lazymerge merges models and extracts no adapters"},
	{[]string{"peft_type"}, "the config of an adapter", "give a config with merge_method and models"},
	{[]string{"architectures", "model_type"}, "the config.json of a model", "give a config with merge_method and models"},
	{[]string{"weight_map"}, "the index of a model's weight files", "give a config with merge_method and models"},
	{[]string{"numeric"}, "a plan file or a lock", "carry a plan out with: lazymerge push --plan FILE"},
	{[]string{"jobs"}, "a workflow of GitHub Actions", "give the config that it names"},
	{[]string{"library_name", "pipeline_tag", "license"}, "the front matter of a model card", "the config is in a yaml block of the card: save that as a file"},
}

// isForeign refuses a file of another kind, in one fault: nothing else that could be said about it would help.
func (p *parser) isForeign(key map[string]field) bool {
	for _, name := range moeKeys {
		if f, ok := key[name]; ok {
			p.fault(f.pos, "not-built", "mergekit-moe merges it", "this is a mixture-of-experts config (it has %s), which is not built yet", quote(name))
			return true
		}
	}
	for _, name := range []string{"merge_method", "models", "slices", "modules"} {
		if _, ok := key[name]; ok {
			return false
		}
	}
	for _, kind := range foreign {
		for _, name := range kind.keys {
			if f, ok := key[name]; ok {
				p.fault(f.pos, "not-a-merge", strings.NewReplacer("FILE", p.file, "STACK", p.stacks()).Replace(kind.hint), "this is %s (it has %s), not the config of a merge", kind.what, quote(name))
				return true
			}
		}
	}
	return false
}

// stacks is the name of the method that stacks layers, "" where none is built.
func (p *parser) stacks() string {
	for _, m := range p.methods {
		if m.Result == Stack {
			return m.Name
		}
	}
	return ""
}

// Text around a config that somebody copied with it.
var (
	cardFront = regexp.MustCompile(`^(?:\x{feff})?---\r?\n(?s:.*?\n)?(?:library_name|license|pipeline_tag|tags|language):(?s:.*?)\n---\r?\n`)
	codeFence = regexp.MustCompile("(?m)^```")
)

// notYAML returns the fault of a text that holds a config and more, where that is why it is no YAML; else nil.
func notYAML(text []byte) *Fault {
	if cardFront.Match(text) {
		return &Fault{Pos: Pos{1, 1}, Code: "not-a-merge", Message: "this is a model card, not the config of a merge", Hint: "the config is in a yaml block of the card: save that as a file"}
	}
	if at := codeFence.FindIndex(text); at != nil {
		return &Fault{Pos: placeAt(text, at[1]-3), Code: "syntax", Message: "``` is Markdown and does not belong to the config", Hint: "save only what stands between the lines with ```"}
	}
	return nil
}
