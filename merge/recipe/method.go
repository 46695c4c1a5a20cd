package recipe

// A Method describes a merge method as data: what it is called, which inputs it takes and
// which parameters it reads. Checks, help and the plan all work from this table, and
// the engine registers the arithmetic under the same name.
type Method struct {
	Name    string // as in a config, for example "task_arithmetic"
	Title   string // for people, for example "Task Arithmetic"
	Phrase  string // how a sentence says that it was used: "by linear averaging"; "" is "with" and Title
	Summary string // one sentence without a full stop
	Source  string // the paper or text that the formula comes from

	Base     BaseRole
	Models   Count   // how many inputs a tensor may have, the base not counted unless it is BaseIgnored
	Absent   Absence // what to do where some inputs lack an optional tensor
	Random   bool    // the result depends on a seed too
	Params   []Param
	Scans    func(Args) int   // how often the inputs are read before the last pass; nil means never
	Identity func(Args) bool  // the result is the only input, so its bytes are copied; nil means never
	Check    func(Args) error // a fault of values that are each in range, for example weights that sum to zero; a *Fault may have a hint or be a warning; nil means none
}

// Args are the resolved parameters of one output tensor.
type Args struct {
	Shared   map[string]float64   // by parameter name; bools are 0 and 1; a parameter without value is absent
	PerModel []map[string]float64 // one map for each input, in input order; the base's is nil where Base is not BaseIgnored
	Base     int                  // index of the base among the inputs, -1 without one
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

// Absence tells what a method does where an optional tensor is missing from some inputs.
type Absence int

const (
	AbsentError     Absence = iota // go on with the others while Models still holds, else a fault
	AbsentSingleton                // as AbsentError, and a single input left is copied
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
	Optional bool    // absent stays absent, as passthrough's scale
	Inert    bool    // taken as mergekit takes it, and without effect
	Default  float64 // bools are 0 and 1
	Min, Max float64 // inclusive; both 0 means any value
	Usual    Range   // what lies outside is a warning; the zero Range means any value
}

// Range is what a value usually lies in, both ends included.
type Range struct {
	From, To float64
	Why      string // what a value outside does, for a hint
}

// Param returns the method's parameter called name, or nil.
func (m *Method) Param(name string) *Param {
	for i := range m.Params {
		if m.Params[i].Name == name {
			return &m.Params[i]
		}
	}
	return nil
}

// Find returns the method called name, or nil.
func Find(methods []Method, name string) *Method {
	for i := range methods {
		if methods[i].Name == name {
			return &methods[i]
		}
	}
	return nil
}
