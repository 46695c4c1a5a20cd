package card

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lazymerge/lazymerge/merge/recipe"
)

// DefaultEndpoint is the Hub that links lead to if Facts name no other.
const DefaultEndpoint = "https://huggingface.co"

// ErrFacts is a fault of the facts themselves: a card cannot be made of them with any template.
var ErrFacts = errors.New("no card can be made of these facts")

// Facts are everything a card may say, as plain data. What is not known is left zero and the
// card is silent about it. Templates of users see these fields under these names.
type Facts struct {
	Repo     string // namespace/name of the result, or a name alone for a merge into a folder; "" takes Title
	Revision string // branch of Repo that has the result; "" is main
	Title    string // the heading; "" takes the name in Repo

	Method       Method
	Parameters   int64  // elements of all tensors
	DType        string // of the result as a config names it: "bfloat16"
	Layers       int    // of the result
	Architecture string // as config.json names it: "MistralForCausalLM"
	LibraryName  string // library_name of the base's card
	PipelineTag  string // pipeline_tag of the base's card

	Models   []Model   // every distinct model once, in order of first mention in the config
	Slices   []Slice   // output layers in order; nil where every model gives all its layers in place
	Settings []Setting // the method's parameters that all models share
	Strips   []Strip   // what every model gives, layer by layer: of itself, or where Method.Result is "changes" of what it changed; nil where no number tells
	Seed     *uint64   // of a method that draws at random; nil for the others
	Config   string    // the config's exact bytes as published; UTF-8, any line ends
	Replaced bool      // Config is not as it was written: names that were not to be published are replaced

	ChatTemplate bool // the result has a chat template; Model.Template says whose

	CustomCode bool     // loading the result runs Python code that is not in transformers: its config names some in auto_map
	CodeFiles  []string // Python files in the result
	CodeRepos  []string // other repos whose code is run, as they are when the result is loaded

	License     string   // license id that the publisher chose; "" takes what [License] derives
	LicenseName string   // with License "other"
	LicenseLink string   // with License "other": a URL or the name of a file in the result
	OwnLicense  string   // file in the result with [LicenseText]; "" if there is none
	TermsFiles  []string // files in the result with licenses, notices and policies of the sources

	Chart    string // file name of a picture in the result; "" for a card without one
	ChartAlt string // what the picture says

	Evaluation *Evaluation // of the result; nil where it has not been evaluated

	LockFile string   // file in the result that lists its files and their sha256; "" if there is none
	Checks   []string // what was checked before publishing, each a phrase: "no new NaN or Inf"
	Version  string   // of lazymerge
	PlanHash string   // hex; the card shows 12 digits of it

	Endpoint string // Hub that links lead to; "" means DefaultEndpoint
}

// A Method is the merge method as a card names it.
type Method struct {
	Name    string // as in the config: "task_arithmetic"
	Title   string // for people: "Task Arithmetic"; "" takes Name
	Summary string // one sentence without a full stop, for methods without Gist
	Gist    string // a sentence on how the weights come about, with {base}, {other}, {models} and {mean} in it; "" takes Summary
	Phrase  string // how a sentence says that it was used, "by linear averaging"; "" takes "with" and Title
	URL     string // a page that describes it
	Paper   string // where the formula comes from: "Yadav et al. 2023, arXiv:2306.01708"

	Result    recipe.Result // what it makes: "mean", "interpolation", "changes" (of the base) or "stack"; "" for anything else
	Weight    string        // name of the parameter that says how much of a model goes in; "" for a method without
	Density   string        // of the one that says which share of a model's changes is kept
	Mix       string        // of the one that says how far from the base to the other model
	Factor    string        // of the one that multiplies all changes together, or a whole tensor
	Normalize string        // of the one that says whether weights are divided by their sum

	MixFrom, MixTo float64  // the values of Mix at which the base and the other model are alone; equal where it has no such values
	FactorEnd      *float64 // the value of Factor that leaves the base as it is; nil where none does
}

// NewMethod returns what a card says of m. URL is left to the caller.
func NewMethod(m *recipe.Method) Method {
	name := func(role recipe.Role) string {
		if p := m.ByRole(role); p != nil {
			return p.Name
		}
		return ""
	}
	method := Method{
		Name: m.Name, Title: m.Title, Summary: m.Summary, Gist: m.Gist, Phrase: m.Phrase, Paper: m.Source, Result: m.Result,
		Weight: name(recipe.Weight), Density: name(recipe.Density), Mix: name(recipe.Mix), Factor: name(recipe.Factor), Normalize: name(recipe.Normalize),
	}
	if base, other := end(m, recipe.Mix, recipe.BaseAlone), end(m, recipe.Mix, recipe.OtherAlone); base != nil && other != nil {
		method.MixFrom, method.MixTo = *base, *other
	}
	method.FactorEnd = end(m, recipe.Factor, recipe.BaseAlone)
	return method
}

// end returns the value of m's parameter with a role that leaves the inputs so, nil where none does.
func end(m *recipe.Method, role recipe.Role, leaves recipe.Leaves) *float64 {
	p := m.ByRole(role)
	if p == nil {
		return nil
	}
	i := slices.IndexFunc(p.Ends, func(e recipe.End) bool { return e.Leaves == leaves })
	if i < 0 {
		return nil
	}
	return new(p.Ends[i].At)
}

// A Model is one source of the merge.
type Model struct {
	Ref    string // as the config has it; shown only where Repo is "" and Local is false
	Repo   string // id on the Hub; "" for a model that is not there
	URL    string // its page; "" makes one from Repo
	Commit string // that it is pinned to, 40 hex digits; "" if it is not pinned
	Local  bool   // it is not on the Hub: neither Ref nor a path is shown
	Unread bool   // its card could not be read, so an empty License says nothing
	Base   bool   // the config's base_model
	Donor  bool   // tokenizer, config and generation settings come from it

	License            string   // of its card; "" where that states none
	Licenses           []string // of a card that states several, which says not whether all hold or any; License is empty then
	LicenseName        string   // with License "other"
	LicenseLink        string   // a URL, or a file name in its repo
	LicenseFile        string   // file in the result with the text of its license; "" if there is none
	Parent             string   // the one model that its own card names as base_model; "" for none or several
	NotForAllAudiences bool     // its card has the tag of this name

	Template TemplateUse // its chat template beside the result's
	Share    *float64    // of the result's weights that come from it, 0 to 1; nil if that is no sensible number
	Settings []Setting   // the parameters it has for itself: weight, density

	number int // place among the models, from 1; 0 unless several are not on the Hub
}

// TemplateUse says what became of a source's chat template.
type TemplateUse string

const (
	TemplateNone  TemplateUse = ""      // it has none, or nothing is known
	TemplateTaken TemplateUse = "taken" // the result has it
	TemplateSame  TemplateUse = "same"  // it is equal to the result's
	TemplateOther TemplateUse = "other" // it differs from the result's, or the result has none
)

// A Slice is a run of output layers, First up to but not including End, and the layers that they
// are made of.
type Slice struct {
	First, End int
	Parts      []Part
}

// A Part is a run of layers of one model, First up to but not including End.
type Part struct {
	Model      int // index into Facts.Models
	First, End int
}

// A Setting is the value of one parameter in every tensor.
type Setting struct {
	Name   string
	Doc    string // what it means, one line without a full stop; may be empty
	Bool   bool   // values are 0 for false and 1 for true
	Groups []Group
}

// A Group is a set of tensors that have one value in each layer. [Groups] makes them.
type Group struct {
	Name   string    // "attention", "norms, embeddings"; "" where it holds all tensors
	Values []float64 // one for all layers, or one for each layer; NaN where a layer has none
	Layers int       // how many layers the group's tower has, where it is not the language model; 0 takes those of the result
}

// Name is what a card calls the model: its id, or that it is not on the Hub.
func (m Model) Name() string {
	switch {
	case m.Local && m.number > 0:
		return fmt.Sprintf("model %d (not on the Hub)", m.number)
	case m.Local:
		return "a model that is not on the Hub"
	case m.Repo != "":
		return m.Repo
	}
	return m.Ref
}

// Prepare returns a copy of f that is clean and complete: control characters gone, links and
// names filled in. The error is an ErrFacts.
func (f Facts) Prepare() (Facts, error) {
	cleanStrings(reflect.ValueOf(&f).Elem(), "Config")
	if f.localModels() > 1 {
		f.Models = slices.Clone(f.Models)
		for i := range f.Models {
			f.Models[i].number = i + 1
		}
	}
	if f.Title == "" {
		_, name, found := strings.Cut(f.Repo, "/")
		if !found {
			name = f.Repo
		}
		f.Title = name
	}
	if f.Repo == "" {
		f.Repo = f.Title
	}
	if f.Revision == "main" {
		f.Revision = ""
	}
	if f.Method.Title == "" {
		f.Method.Title = f.Method.Name
	}
	if f.Endpoint == "" {
		f.Endpoint = DefaultEndpoint
	}
	f.Endpoint = strings.TrimRight(f.Endpoint, "/")
	for i := range f.Models {
		f.Models[i].fill(f.Endpoint)
	}
	return f, f.fault()
}

// fill makes the links of m that can be made.
func (m *Model) fill(endpoint string) {
	if m.Local || !isRepo(m.Repo) {
		m.URL = ""
		return
	}
	if m.URL == "" {
		m.URL = endpoint + "/" + m.Repo
	}
	if m.LicenseLink != "" && !strings.Contains(m.LicenseLink, ":") {
		revision := m.Commit
		if revision == "" {
			revision = "main"
		}
		m.LicenseLink = m.URL + "/blob/" + revision + "/" + strings.TrimLeft(m.LicenseLink, "/")
	}
}

// fault says what no template can make up for.
func (f Facts) fault() error {
	if f.Title == "" {
		return fmt.Errorf("%w: neither a repo nor a title", ErrFacts)
	}
	if len(f.Models) == 0 || f.Method.Name == "" {
		return fmt.Errorf("%w: no models or no method", ErrFacts)
	}
	if !utf8.ValidString(f.Config) {
		return fmt.Errorf("%w: the config is not UTF-8 text", ErrFacts)
	}
	for _, s := range f.Slices {
		for _, p := range s.Parts {
			if p.Model < 0 || p.Model >= len(f.Models) {
				return fmt.Errorf("%w: a slice takes layers of model %d of %d", ErrFacts, p.Model, len(f.Models))
			}
		}
	}
	for _, s := range f.Strips {
		if len(s.Models) != len(f.Models) {
			return fmt.Errorf("%w: a strip of %d models, and there are %d", ErrFacts, len(s.Models), len(f.Models))
		}
		for _, c := range s.Models {
			for _, values := range [][]float64{c.Weight, c.Density} {
				if n, layers := len(values), cmp.Or(s.Layers, f.Layers); n > 1 && n != layers {
					return fmt.Errorf("%w: a strip has %d values for %d layers", ErrFacts, n, layers)
				}
			}
		}
	}
	settings := slices.Clone(f.Settings)
	for _, m := range f.Models {
		settings = append(settings, m.Settings...)
	}
	for _, s := range settings {
		for _, g := range s.Groups {
			if n, layers := len(g.Values), cmp.Or(g.Layers, f.Layers); n == 0 || n > 1 && layers != 0 && n != layers {
				return fmt.Errorf("%w: %s has %d values for %d layers", ErrFacts, s.Name, n, layers)
			}
		}
	}
	return nil
}

// cleanStrings cleans every string below v, which is addressable, but the struct fields called
// except. Slices are copied first.
func cleanStrings(v reflect.Value, except string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(clean(v.String()))
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Name != except {
				cleanStrings(v.Field(i), except)
			}
		}
	case reflect.Slice:
		if v.IsNil() {
			return
		}
		c := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(c, v)
		v.Set(c)
		for i := range v.Len() {
			cleanStrings(v.Index(i), except)
		}
	}
}
