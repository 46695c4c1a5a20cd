package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/local"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// A Result is a finished merge where it is: in a repo at a commit, or in a folder.
type Result struct {
	plan.Files
	Name   string // id of the repo, or path of the folder
	Commit string // "" for a folder
	Called string // name in its card
}

// resultIn is a merge on the Hub.
func resultIn(rev *hub.Revision) Result {
	return Result{Files: rev, Name: rev.Repo, Commit: rev.Commit, Called: rev.Repo}
}

// FindResult finds a finished merge: in a folder if name is the path of one and not an id, else on the target's Hub.
func FindResult(ctx context.Context, t Tools, name, revision string) (Result, error) {
	if names.IsFolder(name) && (names.LooksLikePath(name) || !strings.Contains(name, "/")) {
		if revision != "" {
			return Result{}, fault.Usagef("verify %s: a folder has no revision %s", name, revision)
		}
		folder, err := plan.OpenFolder(name)
		if err != nil {
			return Result{}, VerifyFault(name, err)
		}
		return Result{Files: folder, Name: name, Called: filepath.Base(local.Absolute(name))}, nil
	}
	if filepath.IsAbs(name) || strings.HasPrefix(name, ".") {
		return Result{}, fault.Usagef("verify %s: no such folder; for a merge on the Hub, %s", name, names.IDForm)
	}
	if err := errors.Join(names.CheckID("", name), names.CheckRevision(revision)); err != nil {
		return Result{}, err
	}
	rev, err := t.TargetHub().Resolve(ctx, name, revision)
	if err != nil {
		return Result{}, VerifyFault(name, err)
	}
	return resultIn(rev), nil
}

// VerifyFault is a published merge that cannot be verified.
func VerifyFault(name string, err error) *fault.Fault {
	return &fault.Fault{Subject: "verify " + name, Text: hub.Reason(err), Err: err}
}

// Place names the result with its commit.
func (r Result) Place() string {
	if r.Commit == "" {
		return "folder " + r.Name
	}
	return r.Name + " at " + say.CommitID(r.Commit)
}

// Has tells whether the result has a file.
func (r Result) Has(name string) bool { return slices.Contains(r.Names(), name) }

// Sum is the sha256 of a file, from the Hub, which knows that of a large one, or from its bytes, and its size.
func (r Result) Sum(ctx context.Context, name string) (string, int64, error) {
	ctx, done := context.WithCancel(ctx)
	defer done()
	file, size, err := r.Open(ctx, name)
	if err != nil {
		return "", 0, err
	}
	if rev, ok := r.Files.(*hub.Revision); ok {
		if known, _ := rev.File(name); known.SHA256 != "" {
			return known.SHA256, size, nil
		}
	}
	sum, err := SumOf(file, 0, size)
	if err != nil {
		return "", 0, fmt.Errorf("%s: %w", name, err)
	}
	return sum, size, nil
}

// SumOf is the sha256 of size bytes of r from begin on, in hex.
func SumOf(r io.ReaderAt, begin, size int64) (string, error) {
	const once = 8 << 20 // bytes of one range request
	sum := sha256.New()
	if _, err := io.CopyBuffer(sum, io.NewSectionReader(r, begin, size), make([]byte, min(size, once)+1)); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Again is the request that made a result, from its lock. What r says about the run and the card still holds.
func (r Request) Again(ctx context.Context, at Result, locked *lock.Lock) (Request, error) {
	config, err := plan.ReadFile(ctx, at, lock.Recipe, lock.MaxConfig)
	if err != nil {
		return Request{}, VerifyFault(at.Name, err)
	}
	again := r
	again.Name, again.Text, again.Replaced = at.Name+"/"+lock.Recipe, config, locked.Card.Replaced
	again.Tool = locked.Tool // it made the model, and the card names it
	again.Options = locked.Options.Plan()
	if r.License.ID == "" {
		again.License = chosen(locked.Options)
	}
	again.Pins = append([]lock.Pin{}, locked.Sources...) // not nil: a lock without sources fits no config
	return again, nil
}
