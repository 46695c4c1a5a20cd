package card

import (
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Generator names the tool whose template a README is, with nothing added: "mergekit", "mergekit-gui" or "LazyMergekit". It is "" for anything
// else, also for a card that one of them made and a person has added a line or a field to.
//
// Sources: mergekit, card.py at a6e4028; the LazyMergekit notebook from December 2023 to November 2024.
func Generator(readme []byte) string {
	meta, body, err := FrontMatter(readme)
	if err != nil {
		return ""
	}
	for _, t := range generators {
		if t.fits(meta, string(body)) {
			if t.gui != nil && t.gui.MatchString(string(body)) {
				return "mergekit-gui"
			}
			return t.name
		}
	}
	return ""
}

// A generator is a tool, and all that its template may have written, line by line.
type generator struct {
	name   string
	fields []string         // of the front matter
	tags   []string         // beside the ids of models
	marks  []*regexp.Regexp // one of these lines has to be there
	lines  []*regexp.Regexp // outside of code
	code   []*regexp.Regexp // of its Python
	gui    *regexp.Regexp   // the line of a page that runs the tool; nil for none
}

const (
	linked = `\[[^\[\]]+\]\([^()\s]+\)`
	// a model is a link to it, an id, or a path, which may have blanks
	model  = `(?:` + linked + `|(?:~|\.{1,2}|[A-Za-z]:)?[/\\].*|[^\s*\[\]()]+)`
	models = model + `(?: \+ ` + model + `)*`
)

func wholeLines(patterns ...string) []*regexp.Regexp {
	var out []*regexp.Regexp
	for _, p := range patterns {
		out = append(out, regexp.MustCompile(`^ ?(?:`+p+`)$`))
	}
	return out
}

const guiLine = `(?:This model was |It was )?(?:[Mm]erged|[Mm]ade|[Cc]reated|[Pp]roduced) (?:with|using|by) (?:the )?\[mergekit-gui\]\(https://huggingface\.co/spaces/[\w.-]+/mergekit-gui\)\.?`

var generators = []generator{
	{
		name:   "mergekit",
		fields: []string{"base_model", "library_name", "tags"},
		tags:   []string{"mergekit", "merge"},
		marks:  wholeLines(`This is a merge of pre-trained language models created using \[mergekit\]\(https://github\.com/[\w-]+/mergekit\)\.`),
		lines: wholeLines(`# .+`, `## Merge Details`, `### Merge Method`, `### Models Merged`, `### Configuration`,
			`This model was merged using the (?:[\w -]|`+linked+`)+ merge method(?: using `+models+` as a base)?\.`,
			`The following models were included in the merge:`, `[*-] `+models, `The following YAML configurations? (?:was|were) used to produce this model:`, guiLine),
		gui: regexp.MustCompile(`(?m)^` + guiLine + `\r?$`),
	},
	{
		name:   "LazyMergekit",
		fields: []string{"license", "base_model", "tags"},
		tags:   []string{"merge", "mergekit", "lazymergekit", "moe", "frankenmoe"},
		marks: wholeLines(`\S+ is (?:a merge of|a Mixture of Experts \(MoE\) made with) the following models using (?:LazyMergekit|\[LazyMergekit\]\([^()\s]+\))[:.]?`,
			`This model is a merge of the following models made with \[mergekit\]\(https://github\.com/[\w-]+/mergekit\):`),
		lines: wholeLines(`# .+`, `## 🧩 Configuration`, `## 💻 Usage`, `[*-] `+models),
		code: wholeLines(`!pip install -qU transformers (?:bitsandbytes )?accelerate`, `from transformers import AutoTokenizer`, `import (?:transformers|torch)`,
			`model = "[^"]*"`, `messages = \[\{"role": "user", "content": "(?:What is a large language model\?|Explain what a Mixture of Experts is in less than 100 words\.)"\}\]`,
			`tokenizer = AutoTokenizer\.from_pretrained\(model\)`, `prompt = (?:pipeline\.)?tokenizer\.apply_chat_template\(messages, tokenize=False, add_generation_prompt=True\)`,
			`pipeline = transformers\.pipeline\(`, `   "text-generation",`, `   model=model,`, `   torch_dtype=torch\.float16,`, `   device_map="auto",`,
			`   model_kwargs=\{"torch_dtype": torch\.float16, "load_in_4bit": True\},`, `\)`,
			`outputs = pipeline\(prompt, max_new_tokens=256, do_sample=True, temperature=0\.7, top_k=50, top_p=0\.95\)`, `print\(outputs\[0\]\["generated_text"\]\)`),
	},
}

// fits tells whether the tool wrote a README of meta and body, and nobody anything else.
func (t *generator) fits(meta Metadata, body string) bool {
	return t.fitsFrontMatter(meta) && t.fitsBody(body)
}

func (t *generator) fitsFrontMatter(meta Metadata) bool {
	for key := range meta {
		if !slices.Contains(t.fields, key) {
			return false
		}
	}
	if library, ok := meta["library_name"]; ok && library != "transformers" {
		return false
	}
	for _, tag := range meta.Strings("tags") {
		if !slices.Contains(t.tags, tag) && !(slices.Contains(t.tags, "lazymergekit") && (strings.Contains(tag, "/") || slices.Contains(meta.Strings("base_model"), tag))) {
			return false
		}
	}
	return true
}

func (t *generator) fitsBody(body string) bool {
	marked, configs, titles, from := false, 0, 0, 0
	prose := func(text string) bool {
		for len(text) > 0 {
			line, size := cutLine(text)
			line, text = strings.TrimRight(line, " \t"), text[size:]
			switch {
			case line == "":
			case matchesAny(t.marks, line):
				marked = true
			case !matchesAny(t.lines, line):
				return false
			case strings.HasPrefix(line, "# "):
				titles++
			}
		}
		return true
	}
	for b := range blocks(body) {
		before := body[from:b.start]
		opening := strings.LastIndexAny(strings.TrimRight(before, "\r\n"), "\r\n") + 1
		if b.after == b.end || !prose(before[:opening]) { // a fence that nothing closes swallows what was added below
			return false
		}
		code := body[b.start:b.end]
		switch b.language() {
		case "yaml":
			if configs++; !isYAML(code) {
				return false
			}
		case "python":
			if !t.fitsCode(code) {
				return false
			}
		default:
			return false
		}
		from = b.after
	}
	return prose(body[from:]) && marked && configs <= 1 && titles <= 1
}

func (t *generator) fitsCode(code string) bool {
	for line := range strings.Lines(code) {
		if line = strings.TrimRight(line, " \t\r\n"); line != "" && !matchesAny(t.code, line) {
			return false
		}
	}
	return true
}

func matchesAny(patterns []*regexp.Regexp, line string) bool {
	return slices.ContainsFunc(patterns, func(p *regexp.Regexp) bool { return p.MatchString(line) })
}

// isYAML tells whether text is mappings, as every document of a config is.
func isYAML(text string) bool {
	dec := yaml.NewDecoder(strings.NewReader(text))
	for n := 0; ; n++ {
		var doc map[string]any
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return n > 0
		}
		if err != nil {
			return false
		}
	}
}
