// Package plan turns a recipe and the headers of its models into a plan: every output tensor
// with its inputs and resolved numbers, every shard with its offsets, and a hash of it all.
//
// No weights move. [ReadModel] reads one model's config and headers, [Build] makes the plan, and
// [NewSchedule] says in which reads the engine will fetch it within a memory budget.
package plan

import "slices"

// Numeric is the version of the arithmetic. It changes whenever the same plan would give
// other bytes, and is part of every plan's hash.
const Numeric = 1

// A Plan is plain data. Everything is hashed but Cost and what follows from the rest; it holds no path, endpoint, time, host or
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
	Outputs []Output `json:"outputs"`    // in the order of their bytes
	Shards  []Shard  `json:"shards"`

	// ShardSize is how many bytes of tensors a shard holds at most, unless one output is larger; negative means no limit. It is
	// not hashed: the shards are.
	ShardSize int64 `json:"-"`

	Files   []File `json:"files"`              // the small files, in order of name
	CutRows int64  `json:"cut_rows,omitempty"` // that the vocabularies of the models were cut to; 0 where they were not

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

// local tells whether every source is a folder.
func (p *Plan) local() bool {
	return !slices.ContainsFunc(p.Sources, func(s Source) bool { return s.Repo != "" })
}

// A Shard is one output weight file.
type Shard struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`  // of the file, header and all
	First  int    `json:"first"` // it holds the tensors of Plan.Outputs[First:End]
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
