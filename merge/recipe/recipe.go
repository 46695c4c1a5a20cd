package recipe

// A Recipe is one config in normal form: whichever form the text has, it becomes a list of
// output slices. What the text does not say is left zero.
type Recipe struct {
	File string // as it was named; used in faults only
	Text []byte // the exact bytes

	Method     string // of merge_method, known to the table that Parse was given
	MethodPos  Pos
	Form       Form
	Base       *Ref
	DType      DType
	OutDType   DType
	Slices     []Slice // at least one; a models form is one slice whose sources have no LayerRange
	Parameters Params  // the global level
}

// Form is how the config lists its models.
type Form string

const (
	FormModels Form = "models"
	FormSlices Form = "slices"
)

// A Slice is a run of output layers and the models it is made of.
type Slice struct {
	Pos        Pos
	Sources    []Source // in written order; a models form has the base appended last where it is not listed
	Base       *Ref     // overrides the recipe's base for this slice; nil otherwise
	Parameters Params
}

// A Source is one model of a slice with its own parameters.
type Source struct {
	Pos        Pos
	Model      Ref
	Layers     *LayerRange // nil means all layers of the model, as in a models form
	Parameters Params
	Implied    bool // the base, appended because the text does not list it
}

// LayerRange is half-open: layers First up to but not including End.
type LayerRange struct {
	First, End int
	Pos        Pos
}

// A Ref names a model: a Hub id or a path, with an optional revision.
type Ref struct {
	Path     string // as written, before "@"
	Revision string // after "@"; "" is the default branch
	Pos      Pos
}

// String returns the reference as a config has it.
func (r Ref) String() string {
	if r.Revision == "" {
		return r.Path
	}
	return r.Path + "@" + r.Revision
}

// Same tells whether two references are textually the same model.
func (r Ref) Same(o Ref) bool { return r.Path == o.Path && r.Revision == o.Revision }

// DType is a dtype key of the config in mergekit's spelling without "torch.", for example
// "bfloat16". The zero value is a key that the text does not have.
type DType struct {
	Name string
	Pos  Pos
}

// Donor is the reference that config and tokenizer come from: the base, else the first
// source of the first slice. It is the zero Ref for a recipe with neither, which has errors.
func (r *Recipe) Donor() Ref {
	if r.Base != nil {
		return *r.Base
	}
	for _, s := range r.Slices {
		for _, src := range s.Sources {
			return src.Model
		}
	}
	return Ref{}
}

// Pos is a place in the text; lines and columns count from 1 and columns count characters.
// The zero Pos is nowhere.
type Pos struct{ Line, Col int }

// Params are the parameters written at one level, in written order.
type Params []Entry

// Entry is one parameter of a level.
type Entry struct {
	Name    string
	Pos     Pos // of the name
	Setting Setting
}

// Get returns the setting of name. Of a key that is written twice the last counts, as in YAML.
func (p Params) Get(name string) (Setting, bool) {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i].Name == name {
			return p[i].Setting, true
		}
	}
	return Setting{}, false
}

// A Setting is what a parameter was set to: a scalar, a gradient, or cases with filters.
type Setting struct {
	Pos   Pos
	Cases []Case // first match wins; a plain scalar or gradient is one case without a filter
}

// A Case is a value for the tensors that its filter matches.
type Case struct {
	Pos       Pos
	Filter    string // substring of a tensor name, or "*"
	Filtered  bool   // a filter was written
	FilterPos Pos    // of the text of the filter
	Gradient  bool   // the value was written as a list
	Values    []Scalar
}

// Scalar is one YAML 1.1 scalar, resolved the way PyYAML does.
type Scalar struct {
	Pos   Pos
	Kind  Kind
	Text  string  // as written, without quotes
	Float float64 // of Int and Float; of Bool 0 or 1
}

// Kind is what a scalar resolved to.
type Kind int

const (
	KindString Kind = iota
	KindBool
	KindInt
	KindFloat
	KindNull
)
