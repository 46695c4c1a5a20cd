package card

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// intro returns the first paragraph, two sentences: what this is made of, and how.
func intro(f Facts) string {
	s := subject(f)
	var facts []string
	if f.Parameters > 0 {
		facts = append(facts, Count(f.Parameters)+" parameters")
	}
	if f.Layers > 0 {
		facts = append(facts, plural(f.Layers, "layer"))
	}
	if f.DType != "" {
		facts = append(facts, text(f.DType))
	}
	if len(facts) > 0 {
		s += ": " + strings.Join(facts, ", ")
	}
	s += "."
	if g := gist(f); g != "" {
		s += " " + g
	}
	return s
}

// subject is the first sentence without its figures and full stop.
func subject(f Facts) string {
	noun := "model"
	if task(f) == "text-generation" {
		noun = "language model"
	}
	n, origin := len(f.Models), ""
	if parent, children := f.parent(); parent != "" {
		n, origin = children, " derived from "+link(parent, f.Endpoint+"/"+parent)
	}
	sources := words(n) + " " + noun
	if n != 1 {
		sources += "s"
	}
	by, method := f.Method.inSentence()
	method = link(method, f.Method.URL)
	by += " " + method
	switch {
	case f.addsNothing():
		return "A copy of one of " + words(len(f.Models)) + " " + noun + "s, the base, to which " + method + " adds nothing here"
	case f.Method.Result == recipe.Stack && len(f.Slices) > 0:
		return "A model stacked from layers of " + sources + origin + " " + by
	case f.Method.Result == recipe.Stack && n == 1 && !f.scaled():
		return "A copy of " + sources + origin + " made " + by
	case n == 1:
		return "A model made from " + sources + origin + " " + by
	}
	return "A merge of " + sources + origin + " " + by
}

// parent returns the model that all models but itself say they come from, and how many these
// are; "" if there is none.
func (f Facts) parent() (string, int) {
	parent, n := "", 0
	for _, m := range f.Models {
		if m.Parent != "" && !m.Local {
			parent = m.Parent
		}
	}
	for _, m := range f.Models {
		switch {
		case m.Repo == parent:
		case m.Parent != parent || m.Local:
			return "", 0
		default:
			n++
		}
	}
	if n < 2 || !isRepo(parent) {
		return "", 0
	}
	return parent, n
}

// gist is the second sentence: how the weights come about, in words for a stranger to the method. What it makes decides how it
// is told; where that has no words for this merge, the method has.
func gist(f Facts) string {
	if f.addsNothing() {
		return "As " + text(f.Method.Factor) + " is " + Number(*f.Method.FactorEnd, SettingDigits) + ", nothing of what the other models changed is added: the weights are those of " + f.base() + "."
	}
	switch f.Method.Result {
	case recipe.Interpolation:
		if s := wayGist(f); s != "" {
			return s
		}
	case recipe.Stack:
		return stackGist(f)
	case recipe.Mean:
		return meanGist(f)
	}
	if s := f.sentence(); s != "" {
		return s + "."
	}
	return ""
}

// sentence is the gist of the method itself, or else its summary, without the full stop.
func (f Facts) sentence() string {
	s := capital(text(strings.TrimSuffix(cmp.Or(f.Method.Gist, f.Method.Summary), ".")))
	base := slices.IndexFunc(f.Models, func(m Model) bool { return m.Base })
	var models []string
	for i := range f.Models {
		if i != base {
			models = append(models, text(f.Short(i)))
		}
	}
	other, mean := "the other model", "weighted average"
	if len(models) == 1 {
		other = models[0]
	}
	if f.sums() {
		mean = "weighted sum"
	}
	return strings.NewReplacer(recipe.BaseWord, f.base(), recipe.OtherWord, other, recipe.ModelsWord, join(models), recipe.MeanWord, mean).Replace(s)
}

// inSentence returns how a sentence says that the method was used: a preposition, and what the method is called after it. A title
// that is a plain word stands there without its capital.
func (m Method) inSentence() (preposition, name string) {
	if preposition, name, ok := strings.Cut(m.Phrase, " "); ok {
		return preposition, name
	}
	if strings.ToLower(m.Title) == m.Name && strings.ToUpper(m.Title) != m.Title {
		return "with", m.Name
	}
	return "with", m.Title
}

// addsNothing tells whether the factor of all changes has the value in every tensor that leaves the base as it is.
func (f Facts) addsNothing() bool {
	factor, ok := setting(f.Settings, f.Method.Factor)
	return ok && f.Method.Result == recipe.Changes && f.Method.FactorEnd != nil && len(factor.Groups) == 1 && factor.Groups[0].all(*f.Method.FactorEnd)
}

func capital(s string) string {
	if s == "" {
		return s
	}
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// base is what a sentence calls the base model.
func (f Facts) base() string {
	i := slices.IndexFunc(f.Models, func(m Model) bool { return m.Base })
	if i < 0 || f.Models[i].Local {
		return "the base model"
	}
	return text(f.Short(i))
}

// Short is the name of model i in a sentence: without its namespace, unless another model has
// the same name in another one.
func (f Facts) Short(i int) string {
	if f.Models[i].Local {
		if f.localModels() == 1 {
			return "the model that is not on the Hub"
		}
		return Model{Local: true, number: i + 1}.Name()
	}
	name := shortName(f.Models[i].Name())
	for j, m := range f.Models {
		if j != i && !m.Local && shortName(m.Name()) == name {
			return f.Models[i].Name()
		}
	}
	return name
}

func shortName(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }

func (f Facts) localModels() int { return len(local(f)) }

func local(f Facts) []Model {
	return slices.DeleteFunc(slices.Clone(f.Models), func(m Model) bool { return !m.Local })
}

// pinned tells whether every model on the Hub has its commit.
func pinned(f Facts) bool {
	return !slices.ContainsFunc(f.Models, func(m Model) bool { return !m.Local && m.Commit == "" })
}

// sequence joins clauses that may have an "and" of their own.
func sequence(clauses []string) string {
	if n := len(clauses); n > 1 {
		return strings.Join(clauses[:n-1], ", ") + ", and " + clauses[n-1]
	}
	return clauses[0]
}

// scaled tells whether tensors that are stacked have a factor.
func (f Facts) scaled() bool {
	return slices.ContainsFunc(f.Models, func(m Model) bool { _, ok := setting(m.Settings, f.Method.Factor); return ok })
}

// stackGist says which layers of which models follow each other.
func stackGist(f Facts) string {
	end := "."
	if f.scaled() {
		end = ", some of them scaled."
	}
	var runs []string
	for _, s := range f.Slices {
		if len(s.Parts) != 1 {
			return "The table of layers below says where each one comes from" + end
		}
		p := s.Parts[0]
		noun := "layers "
		if p.End-p.First == 1 {
			noun = "layer "
		}
		runs = append(runs, noun+layerRange(p.First, p.End)+" of "+text(f.Short(p.Model)))
	}
	switch {
	case len(runs) == 0:
		return "Its tensors are those of the source" + end
	case len(runs) == 1:
		return "It has " + runs[0] + end
	case len(runs) <= 4:
		return "It has " + strings.Join(runs, ", then ") + end
	}
	return fmt.Sprintf("It has %d runs of layers, in the order of the table below%s", len(runs), end)
}

// meanGist says what is averaged, with the shares where they are known and few.
func meanGist(f Facts) string {
	if len(f.Models) == 1 {
		if m := f.Models[0]; m.Share != nil && *m.Share == 1 {
			return "Its weights are those of " + text(f.Short(0)) + "."
		}
		return "Its weights are those of " + text(f.Short(0)) + ", multiplied as the config says."
	}
	s := f.sentence()
	if s == "" {
		return ""
	}
	var shares []string
	for i, m := range f.Models {
		if m.Share == nil {
			return s + "."
		}
		from := ""
		if m.Local {
			from = "from "
		}
		shares = append(shares, Percent(*m.Share)+" "+from+text(f.Short(i)))
	}
	if len(shares) > 4 || f.sums() {
		return s + "."
	}
	if !slices.ContainsFunc(f.Models, func(m Model) bool { return varies(m.Settings, f.Method.Weight) }) {
		return s + ": " + join(shares) + "."
	}
	return s + ", with shares that differ between tensors: over all of them " + join(shares) + "."
}

// sums tells whether the weights of a mean are nowhere divided by their sum.
func (f Facts) sums() bool {
	s, ok := setting(f.Settings, f.Method.Normalize)
	return ok && len(s.Groups) == 1 && s.Groups[0].all(0)
}

// varies tells whether a parameter has more than one value.
func varies(settings []Setting, name string) bool {
	s, ok := setting(settings, name)
	return ok && (len(s.Groups) != 1 || !s.Groups[0].constant())
}

// donor returns a sentence on where the files beside the weights come from.
func donor(f Facts) string {
	i := slices.IndexFunc(f.Models, func(m Model) bool { return m.Donor })
	if i < 0 {
		return ""
	}
	from := "the base"
	if m := f.Models[i]; !m.Base {
		from = text(m.Name())
		if m.Local {
			from = text(f.Short(i))
		}
	}
	return "Tokenizer, config and generation settings come from " + from + "."
}

// chat returns a sentence on the chat template: whose it is, and who has another one.
func chat(f Facts) string {
	var taken, others []string
	for i, m := range f.Models {
		switch m.Template {
		case TemplateTaken:
			taken = append(taken, text(f.Short(i)))
		case TemplateOther:
			others = append(others, text(f.Short(i)))
		}
	}
	switch {
	case !f.ChatTemplate && len(others) == 0:
		return "The model has no chat template; the cards of the models above may say how to write prompts."
	case !f.ChatTemplate:
		return "The model has no chat template, although " + join(others) + " " + verb(others, "has", "have") +
			" one; the cards of the models above may say how to write prompts."
	}
	s := "The chat template is set by the config"
	if len(taken) > 0 {
		s = "The chat template is that of " + join(taken)
	}
	if len(others) > 0 {
		s += "; " + verb(others, "that of ", "those of ") + join(others) + " " + verb(others, "differs and is", "differ and are") + " not used"
	}
	return s + "."
}

func verb(subjects []string, one, many string) string {
	if len(subjects) == 1 {
		return one
	}
	return many
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// task returns the pipeline task to load the model with: the base's, or the one that its
// architecture is for. It is "" where transformers is not the library, or nothing says the task.
func task(f Facts) string {
	switch {
	case f.LibraryName != "" && f.LibraryName != "transformers":
		return ""
	case f.PipelineTag != "":
		return f.PipelineTag
	case strings.HasSuffix(f.Architecture, "ForCausalLM"), strings.HasSuffix(f.Architecture, "LMHeadModel"):
		return "text-generation"
	}
	return ""
}
