// Package plan turns a recipe and the headers of its models into a plan: every output tensor
// with its inputs and resolved numbers, every shard with its offsets, and a hash of it all.
//
// No weights move. [ReadModel] reads one model's config and headers, [Build] makes the plan, and
// [NewSchedule] says in which reads the engine will fetch it within a memory budget.
package plan

import "github.com/lazymerge/lazymerge/merge/dtype"

// Numeric is the version of the arithmetic. It changes whenever the same plan would give
// other bytes, and is part of every plan's hash.
const Numeric = 1

// A Plan is plain data. Everything but Cost is hashed; it holds no path, endpoint, time, host or
// number of threads.
type Plan struct {
	Numeric int      `json:"numeric"`
	Hash    string   `json:"hash"` // 64 hex digits of the sha256 of the other hashed fields
	Method  string   `json:"method"`
	Seed    uint64   `json:"seed,omitempty"` // of a method that draws at random; 0 for the others
	DType   string   `json:"dtype"`          // of the result as a config names it, for example "bfloat16"; the most common where tensors differ
	Layers  int      `json:"layers"`
	Params  int64    `json:"parameters"` // elements of all tensors
	Donor   int      `json:"donor"`      // index of the source that config and tokenizer come from
	Sources []Source `json:"sources"`    // in order of first mention
	Tensors []Tensor `json:"tensors"`    // in output order
	Shards  []Shard  `json:"shards"`
	Files   []File   `json:"files"` // the small files, in order of name

	Cost *Cost `json:"cost,omitempty"` // on this machine; not hashed
}

// A Source is one pinned model.
type Source struct {
	Repo   string   `json:"repo,omitempty"`   // Hub id; "" for a folder that is no Hub snapshot
	Commit string   `json:"commit,omitempty"` // 40 hex digits, with Repo
	Digest string   `json:"digest,omitempty"` // sha256 of a folder's content, sampled; see the function Digest
	DType  string   `json:"dtype"`            // the most common dtype of its tensors
	Bytes  int64    `json:"bytes"`            // of all its tensors
	Shards []string `json:"shards"`           // the weight files that tensors are read from
}

// A Tensor is one output tensor. Its bytes lie at Begin to End of its shard's data.
type Tensor struct {
	Name  string      `json:"name"`
	DType dtype.DType `json:"dtype"`
	Shape []int64     `json:"shape"`
	Shard int         `json:"shard"`
	Begin int64       `json:"begin"` // bytes from the end of the shard's header
	End   int64       `json:"end"`
	Expr  Expr        `json:"expr"`
}

// Op is the kind of an expression.
type Op string

const (
	Copy   Op = "copy"   // a source tensor's bytes, untouched
	Read   Op = "read"   // a source tensor as float32
	Method Op = "method" // a method over Inputs
)

// Expr says how a tensor is made. Which fields are set depends on Op.
type Expr struct {
	Op Op `json:"op"`

	// Copy and Read
	Source int         `json:"source,omitempty"` // index into Plan.Sources
	File   string      `json:"file,omitempty"`
	Tensor string      `json:"tensor,omitempty"` // its name there
	DType  dtype.DType `json:"dtype,omitempty"`  // as stored
	Begin  int64       `json:"begin,omitempty"`  // bytes from the start of the file
	End    int64       `json:"end,omitempty"`
	Round  dtype.DType `json:"round,omitempty"` // Read: values are rounded to this first; Invalid means they are not

	// Method
	Method   string               `json:"method,omitempty"`
	Params   map[string]float64   `json:"params,omitempty"`    // shared parameters; bools are 0 and 1
	PerModel []map[string]float64 `json:"per_model,omitempty"` // one for each input; tensors share maps, so they must not change
	Base     int                  `json:"base,omitempty"`      // 1 + index of the base among Inputs; 0 means none
	Scans    int                  `json:"scans,omitempty"`     // passes over the inputs before the last
	Inputs   []Expr               `json:"inputs,omitempty"`
}

// A Shard is one output weight file.
type Shard struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`  // of the file, header and all
	First  int    `json:"first"` // its tensors are Plan.Tensors[First:End]
	End    int    `json:"end"`
	Header []byte `json:"-"` // the length and the JSON, as written
}

// A File is a small file of the result.
type File struct {
	Name   string `json:"name"`
	Source int    `json:"source"`           // where it comes from
	Size   int64  `json:"size"`             // there
	Edited Text   `json:"edited,omitempty"` // the new content where it is not a plain copy (config.json)
}

// Cost is what the plan takes on one machine.
type Cost struct {
	ReadBytes  int64 `json:"read_bytes"`  // from the sources' weight files, headers not counted
	Requests   int64 `json:"requests"`    // range reads of weights
	WriteBytes int64 `json:"write_bytes"` // all shards
	Memory     int64 `json:"memory"`      // bytes, the process's peak
	Disk       int64 `json:"disk"`        // bytes, the peak beyond the sources
}
