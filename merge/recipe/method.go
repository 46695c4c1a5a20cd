package recipe

import (
	"math"
	"slices"
)

// A Method describes a merge method as data: what it is called, which inputs it takes and
// which parameters it reads. Checks, help and the plan all work from this table, and
// the engine registers the arithmetic under the same name.
type Method struct {
	Name    string   // as in a config, for example "task_arithmetic"
	Title   string   // for people, for example "Task Arithmetic"
	Phrase  string   // how a sentence says that it was used: "by linear averaging"; "" is "with" and Title
	Summary string   // one sentence without a full stop
	Gist    string   // how the weights come about, for the card of a result, as a sentence; "" is Summary. It may have [BaseWord] and its like in it
	Source  string   // the paper or text that the formula comes from
	Aliases []string // what people write for it in a config, small and with underscores: "lerp"
	Unbuilt bool     // mergekit has it, and nothing else is known of it but its parameters' names: a config that names it is refused

	Base     BaseRole
	Models   Count // how many inputs a tensor may have, the base not counted unless it is BaseIgnored
	Random   bool  // the result depends on a seed too
	Params   []Param
	Result   Result
	Shares   func(Args) []Share // what each input gives, in input order; nil where no number tells
	Identity func(Args) bool    // the result is the only input, so its bytes are copied; nil means never
	Check    func(Args) error   // a fault of values that are each in range, for example weights that sum to zero; a *Fault may have a hint or be a warning; nil means none

	Unit   func(shape []int64, a Args) int64              // elements that the boundaries of blocks are multiples of; nil means 1
	Passes func(shape []int64, a Args) (usual, worst int) // over the inputs before the last; nil means none
	Looked func(shape []int64, a Args) int                // passes, most often, where the kernel has looked at the tensor; nil or 0 means that it does not look
	Keeps  func(shape []int64, a Args) int64              // bytes that a kernel keeps between passes; nil means next to none
}

// What may stand in a Gist for what a method is used on.
const (
	BaseWord   = "{base}"   // the base's name, or "the base model"
	OtherWord  = "{other}"  // the name of the one model beside the base
	ModelsWord = "{models}" // the names of all models but the base
	MeanWord   = "{mean}"   // "weighted average", or "weighted sum" where the parameter with the Role Normalize is false
)

// Result is what kind of thing a method makes of its inputs. Cards and charts have words and pictures for each; of a
// Stack and, where it can be told, of an Interpolation the card tells more than a Gist could, and takes that of all others.
type Result string

// What a method makes.
const (
	Other         Result = ""
	Mean          Result = "mean"          // a mean of the models, or a sum of them
	Interpolation Result = "interpolation" // a point on the way from the base to one other model
	Changes       Result = "changes"       // the base with what the other models changed from it
	Stack         Result = "stack"         // tensors of one model each
)

// Share is what one input gives to a tensor. The base of a method that adds changes gives none, and has the zero Share.
type Share struct {
	Weight  float64 // its part of a mean, or the factor of its changes
	Density float64 // the share of its changes that is kept; NaN where all are
}

// Args are the resolved parameters of one output tensor.
type Args struct {
	Shared   map[string]float64   `json:"shared,omitempty"` // by parameter name; bools are 0 and 1; a parameter without value is absent
	PerModel []map[string]float64 `json:"per_model"`        // one map for each input, in input order; the base's is nil where Base is not BaseIgnored
	Base     int                  `json:"base"`             // index of the base among the inputs, -1 without one
}

// Count is an inclusive range; Max 0 means no upper bound.
type Count struct{ Min, Max int }

// BaseRole tells what a method does with base_model.
type BaseRole int

const (
	BaseIgnored  BaseRole = iota // an ordinary input where it is listed; else only the donor of config and tokenizer
	BaseOptional                 // used where it is among the inputs
	BaseRequired                 // every tensor needs it
)

// Scope tells whether a parameter has one value for a tensor or one for each input.
type Scope int

const (
	Shared   Scope = iota // looked up for the output tensor: t, normalize, lambda
	PerModel              // looked up for each input but the base: weight, density, scale
)

// Type is how a parameter's value is read and checked.
type Type int

const (
	Float Type = iota
	Int
	Bool
)

// Param is one parameter of a method. A parameter that is neither Required nor Optional
// takes Default where no level of the config gives a value.
type Param struct {
	Name     string
	Doc      string // one line for `lazymerge methods`
	Scope    Scope
	Type     Type
	Required bool
	Optional bool    // absent stays absent, as passthrough's scale, and means Default
	Inert    bool    // taken as mergekit takes it, and without effect: a config that gives it is warned
	Silent   bool    // chooses only how mergekit stores something, so it has no effect here and needs no warning
	Default  float64 // bools are 0 and 1
	Min, Max float64 // inclusive; both 0 means any value, unless Above
	Above    bool    // values are more than Min; the largest is Max where that is more than Min, and else there is none
	Usual    Range   // what lies outside is a warning; the zero Range means any value
	Role     Role
	Ends     []End // values at which the method leaves out one of its inputs
}

// Role is what a parameter does, for charts, cards and hints.
type Role int

const (
	NoRole    Role = iota
	Weight         // how much of a model goes in
	Density        // the share of a model's changes that is kept
	Mix            // how far from the base to the other model
	Factor         // of all changes together, or of a whole tensor
	Normalize      // a bool: weights are divided by their sum
)

// An End is a value of a parameter at which nothing of some input is left where it holds for every tensor.
type End struct {
	At     float64
	Leaves Leaves
	Hint   string // what to write instead; not used of Others
}

// Leaves is what a merge comes to at an End.
type Leaves int

const (
	Others     Leaves = iota // all models but the one that has the value; of a parameter of each model, and the two below of a shared one
	BaseAlone                // the base
	OtherAlone               // the other model, without the base
)

// Range is what a value usually lies in, both ends included.
type Range struct {
	From, To float64
	Why      string // what a value outside does, for a hint
}

// SharesOf is Shares, and nil where the table has none.
func (m *Method) SharesOf(a Args) []Share {
	if m.Shares == nil {
		return nil
	}
	return m.Shares(a)
}

// UnitOf is Unit, and 1 where the table has none.
func (m *Method) UnitOf(shape []int64, a Args) int64 {
	if m.Unit == nil {
		return 1
	}
	return m.Unit(shape, a)
}

// PassesOf is Passes, and none where the table has none.
func (m *Method) PassesOf(shape []int64, a Args) (usual, worst int) {
	if m.Passes == nil {
		return 0, 0
	}
	return m.Passes(shape, a)
}

// LookedOf is Looked, and 0 where the table has none.
func (m *Method) LookedOf(shape []int64, a Args) int {
	if m.Looked == nil {
		return 0
	}
	return m.Looked(shape, a)
}

// KeepsOf is Keeps, and 0 where the table has none.
func (m *Method) KeepsOf(shape []int64, a Args) int64 {
	if m.Keeps == nil {
		return 0
	}
	return m.Keeps(shape, a)
}

// Param returns the method's parameter called name, or nil.
func (m *Method) Param(name string) *Param {
	return first(m.Params, func(p Param) bool { return p.Name == name })
}

// ByRole returns the method's first parameter with a role, or nil.
func (m *Method) ByRole(role Role) *Param {
	return first(m.Params, func(p Param) bool { return p.Role == role })
}

// Making returns the first method whose result is of a kind, or nil.
func Making(methods []Method, r Result) *Method {
	return first(methods, func(m Method) bool { return m.Result == r })
}

// Find returns the method called name, or nil.
func Find(methods []Method, name string) *Method {
	return first(methods, func(m Method) bool { return m.Name == name })
}

func first[T any](all []T, is func(T) bool) *T {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return &all[i]
	}
	return nil
}

// Limits returns the smallest and the largest value that p takes, ±Inf where there is none; Above takes least out.
func (p *Param) Limits() (least, most float64) {
	switch {
	case p.Above && p.Max <= p.Min:
		return p.Min, math.Inf(1)
	case !p.Above && p.Min == 0 && p.Max == 0:
		return math.Inf(-1), math.Inf(1)
	}
	return p.Min, p.Max
}

// Takes tells whether v is within the limits of p.
func (p *Param) Takes(v float64) bool {
	least, most := p.Limits()
	return (v > least || v == least && !p.Above) && v <= most
}
