package plan

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// carried are the donor's files that a result takes over as they are, beside config.json. The
// list is mergekit's with what it forgets: vocab.json, other tokenizer formats and their code, processors.
var carried = []string{
	"tokenizer_config.json", "special_tokens_map.json", "tokenizer.json", "added_tokens.json",
	"merges.txt", "vocab.json", "vocab.txt", "*.model", "*.tiktoken", "tekken.json",
	"chat_template.jinja", "chat_template.json", "additional_chat_templates/*",
	"tokenization_*.py", "processing_*.py", "image_processing_*.py", "feature_extraction_*.py",
	"generation_config.json",
	"preprocessor_config.json", "processor_config.json", "video_preprocessor_config.json", "normalizer.json",
	modulesFile, "config_sentence_transformers.json", "sentence_*_config.json",
}

// terms are matched without regard to case.
var terms = []string{"license*", "licence*", "notice*", "use_policy*", "copying*"}

// IsTerms tells whether a model's file of this name says on what terms it may be used. Every source's go with a result, but
// under which names depends on what is in them, so they are not part of a plan.
func IsTerms(name string) bool {
	name = strings.ToLower(name)
	return matches(terms, name) && !strings.HasSuffix(name, ".py") && !HoldsWeights(name)
}

// Needs tells whether a merge may read a file of this name: config, index, weights, and what a
// result takes over. An offline source must hold all of them that its repo has.
func Needs(name string) bool {
	shard, _ := path.Match("model-*-of-*.safetensors", name)
	return shard || name == singleFile || name == indexFile || name == configFile || name == modulesFile || isCarried(name)
}

// Carries tells whether a result takes a file of this name over, where the source that config and tokenizer come from has it.
func Carries(name string) bool { return isCarried(name) }

func isCarried(name string) bool { return matches(carried, name) || IsTerms(name) }

func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		ok, _ := path.Match(pattern, name) // the patterns are ours and well formed
		return ok
	})
}

// inFolders tells whether name lies in one of the folders. A sentence-transformers model's further modules, such as
// "1_Pooling", are carried whole: their weights are not part of the language model.
func inFolders(name string, dirs []string) bool {
	return slices.ContainsFunc(dirs, func(dir string) bool { return strings.HasPrefix(name, dir+"/") })
}

// isCode tells whether name is Python code that a config's auto_map may name.
func isCode(name string) bool { return strings.HasSuffix(name, ".py") && !strings.Contains(name, "/") }

// files lists the small files of the result in order of name.
func (b *builder) files() []File {
	m := b.models[b.donor]
	code := m.Config.get("auto_map").Exists()
	var out []File
	for _, name := range m.Files.Names() {
		if name == configFile || IsTerms(name) || !isCarried(name) && !inFolders(name, m.Modules) && !(code && isCode(name)) {
			continue
		}
		// Opening reads nothing, so it needs no context of the caller's.
		ctx, done := context.WithCancel(context.Background())
		_, size, err := m.Files.Open(ctx, name)
		done()
		var edited Text
		if err == nil && m.Digest != "" && strings.HasSuffix(name, ".json") && size <= maxPathFile {
			var raw []byte
			if raw, err = m.ReadSmall(context.Background(), name); err == nil { // of this machine, or some kB
				edited = withoutPaths(raw)
			}
		}
		if f, ok := errors.AsType[*FileError](err); ok {
			b.fault(b.recipe.Donor().Pos, "file", "", "%s of %s is %s", f.Name, b.recipe.Donor(), f.Err)
			continue
		}
		if err != nil {
			b.fault(b.recipe.Donor().Pos, "file", "", "%s of %s: %v", name, b.recipe.Donor(), err)
			continue
		}
		out = append(out, File{Name: name, Source: b.donor, Size: size, Edited: edited})
	}
	out = append(out, File{Name: configFile, Source: b.donor, Size: int64(len(m.Config.Raw)), Edited: b.config()})
	slices.SortFunc(out, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// config returns the donor's config.json with what the merge changes. Key order, unknown keys
// and numbers stay as they are written.
func (b *builder) config() Text {
	c := b.models[b.donor].Config
	e := configEditor{c.text}
	if b.plan.DType != "" {
		e.dtype(b.plan.DType)
	}
	if b.recipe.Form == recipe.FormSlices {
		b.layerConfig(&e)
	}
	if b.rows > 0 && b.models[b.donor].Config.Vocabulary != b.rows && c.vocabularyKey != "" {
		e.set(c.vocabularyKey, b.rows)
	}
	if b.untied {
		for i, key := range tieKeys {
			if i == 0 || c.get(key).Exists() {
				e.set(key, false)
			}
		}
	}
	if isPath(c.get("_name_or_path").String()) {
		e.remove("_name_or_path") // where somebody had the model when it was saved
	}
	if method, said := c.quantization(); said {
		for _, key := range []string{"quantization_config", "compression_config", "quantization"} {
			e.remove(key)
		}
		b.warn(b.recipe.Donor().Pos, "quantization", "", "config.json of %s says its weights are quantized (%s), but they are not; the result does not say so", b.recipe.Donor(), method)
	}
	return e.text.raw
}

// isPath tells a path of some machine from the id of a repo.
func isPath(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~") || strings.ContainsAny(name, `\:`) || strings.HasPrefix(name, "/") ||
		strings.HasSuffix(name, "/") || strings.Count(name, "/") > 1
}

// Text is UTF-8 that JSON shows as a string.
type Text []byte

// MarshalText returns the text itself.
func (t Text) MarshalText() ([]byte, error) { return t, nil }

// UnmarshalText sets it.
func (t *Text) UnmarshalText(text []byte) error {
	*t = slices.Clone(text)
	return nil
}

func shape(dims []int64) string {
	return "[" + strings.Join(strings.Fields(strings.Trim(fmt.Sprint(dims), "[]")), ", ") + "]"
}
