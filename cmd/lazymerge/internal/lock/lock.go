// Package lock has the files from which a result can be reproduced: lazymerge.lock.json, which is published with it, and the
// plan file that a push can follow. [Read] reads the first, [ReadPlanFile] the second.
package lock

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// Names of the files that a merge adds to those it copies.
const (
	Readme     = "README.md"
	Chart      = "merge.png"
	Recipe     = "mergekit_config.yml"
	Name       = "lazymerge.lock.json"
	Evaluation = "lazymerge.eval.json" // scores of a published merge, from which its card is updated
)

// IsEvaluation tells whether a file holds scores.
func IsEvaluation(name string) bool {
	return name == Evaluation || path.Dir(name) == ".eval_results"
}

// Lock is lazymerge.lock.json: what decided every byte of a result, and the sums of its files. It
// holds no local path and no time.
type Lock struct {
	Format    int     `json:"format"`
	Tool      string  `json:"lazymerge"` // version
	Numeric   int     `json:"numeric"`   // version of the arithmetic
	Plan      string  `json:"plan"`      // hash
	Config    string  `json:"config"`    // sha256 of mergekit_config.yml
	Options   Options `json:"options"`
	Sources   []Pin   `json:"sources"`             // as published; a Repo beside a Digest is what the publisher says it is
	Norm      string  `json:"norm,omitempty"`      // what the card says about norms far from the sources'
	Inherited int64   `json:"inherited,omitempty"` // values that are NaN or Inf, each where a source has one
	Card      Card    `json:"card,omitzero"`
	Files     []File  `json:"files"`
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

// Card is what the card was made from besides the facts.
type Card struct {
	Template string `json:"template,omitempty"` // sha256 of a custom template
	Replaced bool   `json:"replaced,omitempty"` // names in the config were replaced for publication
	Revision string `json:"revision,omitempty"` // its branch; "" is main
}

// Plan returns the options that reproduce the plan.
func (o Options) Plan() plan.Options {
	return plan.Options{ShardSize: o.ShardSize, AllowCrimes: o.AllowCrimes, Seed: o.Seed, TruncateVocabulary: o.Truncate}
}

// File is one file of the result.
type File struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

const Format = 1

// FileOf describes a file with that content.
func FileOf(path string, data []byte) File {
	return File{Path: path, Size: int64(len(data)), SHA256: Sum(data)}
}

// Sum is the sha256 of a listed file, or "".
func (l *Lock) Sum(path string) string {
	for _, f := range l.Files {
		if f.Path == path {
			return f.SHA256
		}
	}
	return ""
}

// A Pin is the content at which a source is merged.
type Pin struct {
	Repo   string `json:"repo,omitempty"`   // on the Hub
	Commit string `json:"commit,omitempty"` // of Repo
	Digest string `json:"digest,omitempty"` // of a folder that is not a Hub snapshot, see plan.Digest, or of the name of a private repo; what the plan is made for
}

// Sum is the sha256 of b in hex.
func Sum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

const (
	MaxLock       = 64 << 20 // bytes of a lock; it takes a few hundred for each file
	maxEvaluation = 16 << 20 // bytes; a score takes about 200
)

// useless is a lock file that is missing or unusable by this version.
func useless(err error) *fault.Fault {
	return &fault.Fault{Code: fault.Lock, Subject: "no merge to compare with", Err: err}
}

// Read reads the lock of a merge. The error is a [fault.Lock] if there is none, or one that this version cannot use.
func Read(ctx context.Context, files plan.Files) (*Lock, error) {
	text, err := plan.ReadFile(ctx, files, Name, MaxLock)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Absent(nil)
	}
	if err != nil {
		return nil, err
	}
	lock := &Lock{}
	switch err := json.Unmarshal(text, lock); {
	case err != nil:
		return nil, useless(fmt.Errorf("%s cannot be read: %w", Name, err))
	case lock.Format != Format:
		return nil, useless(fmt.Errorf("%s has format %d; this version of lazymerge reads %d", Name, lock.Format, Format))
	case lock.Numeric != plan.Numeric:
		return nil, useless(fmt.Errorf("lazymerge %s made it with arithmetic %d; this version has %d, so compare it with that one", lock.Tool, lock.Numeric, plan.Numeric))
	}
	return lock, nil
}

// Absent is a revision without a lock; branches are those of its repo that have one, in order.
func Absent(branches []string) error {
	f := useless(fs.ErrNotExist)
	switch len(branches) {
	case 0:
		f.Text = "it has no " + Name + ", so it was not made by lazymerge"
	case 1:
		f.Text = fmt.Sprintf("it has no %s, and its branch %s has one", Name, branches[0])
		f.Advice = "look there with --revision " + branches[0]
	default:
		f.Text = fmt.Sprintf("it has no %s, and its branches %s have one", Name, say.List(branches))
		f.Advice = "use one of them, such as --revision " + branches[0]
	}
	return f
}

// ReadEvaluation reads the scores of the merge of locked. Scores of another merge, or unreadable ones, count as none.
func ReadEvaluation(ctx context.Context, files plan.Files, locked *Lock) (*card.Evaluation, error) {
	if locked.Sum(Evaluation) == "" || !slices.Contains(files.Names(), Evaluation) {
		return nil, nil
	}
	text, err := plan.ReadFile(ctx, files, Evaluation, maxEvaluation)
	if err != nil {
		return nil, err
	}
	if e, err := card.ParseEvaluation(text); err == nil && e.Plan == locked.Plan {
		return e, nil
	}
	return nil, nil
}
