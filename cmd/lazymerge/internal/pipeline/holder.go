package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/local"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// A holder is where a finished merge is: a repo at a commit, or a folder.
type holder struct {
	plan.Files
	Name   string // id of the repo, or path of the folder
	Commit string // "" for a folder
	Called string // what a card made for it calls it
	sums   map[string]string
}

// inRepo is a merge on the Hub, which knows the sums of its large files.
func inRepo(rev *hub.Revision) *holder {
	h := &holder{Files: rev, Name: rev.Repo, Commit: rev.Commit, Called: rev.Repo, sums: map[string]string{}}
	for _, f := range rev.Files {
		if f.SHA256 != "" {
			h.sums[f.Path] = f.SHA256
		}
	}
	return h
}

// holder finds a finished merge: in a folder where name is the path of one and no id, else on the Hub that merges are published to.
func (s *Setup) holder(ctx context.Context, name, revision string) (*holder, error) {
	if names.IsFolder(name) && (names.LooksLikePath(name) || !strings.Contains(name, "/")) {
		if revision != "" {
			return nil, fault.Usagef("verify %s: a folder has no revision %s", name, revision)
		}
		folder, err := plan.OpenFolder(name)
		if err != nil {
			return nil, verifyFault(name, err)
		}
		return &holder{Files: folder, Name: name, Called: filepath.Base(local.Absolute(name))}, nil
	}
	if filepath.IsAbs(name) || strings.HasPrefix(name, ".") {
		return nil, fault.Usagef("verify %s: there is no such folder; %s, for a merge on the Hub", name, names.IdForm)
	}
	if err := errors.Join(names.CheckID("", name), names.CheckRevision(revision)); err != nil {
		return nil, err
	}
	rev, err := s.TargetHub().Resolve(ctx, name, revision)
	if err != nil {
		return nil, verifyFault(name, err)
	}
	return inRepo(rev), nil
}

func (h *holder) place() string {
	if h.Commit == "" {
		return "folder " + h.Name
	}
	return h.Name + " at " + say.CommitID(h.Commit)
}

func (h *holder) has(name string) bool {
	return slices.Contains(h.Names(), name)
}

// sum is the sha256 of a file, as the Hub has it or of all its bytes, and its size.
func (h *holder) sum(ctx context.Context, name string) (string, int64, error) {
	ctx, done := context.WithCancel(ctx)
	defer done()
	r, size, err := h.Open(ctx, name)
	if err != nil {
		return "", 0, err
	}
	if sum := h.sums[name]; sum != "" {
		return sum, size, nil
	}
	sum := sha256.New()
	if _, err := io.CopyBuffer(sum, io.NewSectionReader(r, 0, size), make([]byte, min(size, compareBuffer)+1)); err != nil {
		return "", 0, fmt.Errorf("%s: %w", name, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), size, nil
}

var (
	usedAs  = regexp.MustCompile(`\bmodel=["']([^"'\n]+)["']`)
	heading = regexp.MustCompile(`(?m)^# (.+)$`)
)

// calledBy is what a card calls its model: in its lines of use, or in its heading.
func calledBy(card []byte) []string {
	var names []string
	for _, pattern := range []*regexp.Regexp{usedAs, heading} {
		if m := pattern.FindSubmatch(card); m != nil {
			names = append(names, string(m[1]))
		}
	}
	return names
}
