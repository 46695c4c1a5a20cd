// Package lock has the files that a result is made again from: lazymerge.lock.json, which is published with it, and the plan file
// that a push can follow. [Read] reads the first, [ReadPlanFile] the second.
package lock

import (
	"crypto/sha256"
	"encoding/hex"
	"path"

	"github.com/lazymerge/lazymerge/merge/plan"
)

// Names of the files that a merge adds to what it takes over.
const (
	Readme     = "README.md"
	Chart      = "merge.png"
	Recipe     = "mergekit_config.yml"
	Name       = "lazymerge.lock.json"
	Evaluation = "lazymerge.eval.json" // scores of a published merge, from which its card is made again
)

// IsEvaluation tells whether a file holds scores.
func IsEvaluation(name string) bool {
	return name == Evaluation || path.Dir(name) == ".eval_results"
}

// Lock is lazymerge.lock.json: what decided every byte of a result, and what they came to. It
// holds no path of a machine and no time.
type Lock struct {
	Format    int      `json:"format"`
	Tool      string   `json:"lazymerge"` // version
	Numeric   int      `json:"numeric"`   // version of the arithmetic
	Plan      string   `json:"plan"`      // hash
	Config    string   `json:"config"`    // sha256 of mergekit_config.yml
	Options   Options  `json:"options"`
	Sources   []Source `json:"sources"`
	Norm      string   `json:"norm,omitempty"`      // what the card says of norms that are far from the sources'
	Inherited int64    `json:"inherited,omitempty"` // values that are NaN or Inf, each where a source has one
	Card      Card     `json:"card,omitzero"`
	Files     []File   `json:"files"`
}

// Options are the options that change the result.
type Options struct {
	ShardSize   int64  `json:"shard_size"`
	AllowCrimes bool   `json:"allow_crimes,omitempty"`
	Truncate    bool   `json:"truncate_embeddings,omitempty"`
	Seed        uint64 `json:"seed,omitempty"`    // of a method that draws at random
	License     string `json:"license,omitempty"` // that the publisher chose
	LicenseName string `json:"license_name,omitempty"`
	LicenseLink string `json:"license_link,omitempty"`
}

// Card is what the card was made with beside the facts, for whoever makes it again.
type Card struct {
	Template string `json:"template,omitempty"` // sha256 of a template of the publisher's own
	Replaced bool   `json:"replaced,omitempty"` // names in the config were replaced before it was published
	Revision string `json:"revision,omitempty"` // branch that it is for; "" is main
}

// Plan returns the options under which the plan is made again.
func (o Options) Plan() plan.Options {
	return plan.Options{ShardSize: o.ShardSize, AllowCrimes: o.AllowCrimes, Seed: o.Seed, TruncateVocabulary: o.Truncate}
}

// Source is one pinned source. With both a Repo and a Digest it is one that the publisher says is that repo.
type Source struct {
	Repo   string `json:"repo,omitempty"`
	Commit string `json:"commit,omitempty"`
	Digest string `json:"digest,omitempty"` // of a folder, sampled, or of the name of a private repo; what the plan is made for
}

// File is one file of the result.
type File struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

const Format = 1

// FileOf is a file with its size and sum.
func FileOf(path string, data []byte) File {
	return File{Path: path, Size: int64(len(data)), SHA256: Sum(data)}
}

// Sum is the sha256 of a file that the lock lists, or "".
func (l *Lock) Sum(path string) string {
	for _, f := range l.Files {
		if f.Path == path {
			return f.SHA256
		}
	}
	return ""
}

// A Pin is the content that a source was merged at, or is to be.
type Pin struct {
	Repo   string `json:"repo,omitempty"`   // on the Hub
	Commit string `json:"commit,omitempty"` // of Repo
	Digest string `json:"digest,omitempty"` // of a folder that is no Hub snapshot, see plan.Digest, or of the name of a private repo
}

// Sum is the sha256 of b in hex.
func Sum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
