package target

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// Held is what a target holds already, as far as a push asks. The zero Held is nothing.
type Held struct {
	Lock       *lock.Lock       // of the merge; nil for none
	Evaluation *card.Evaluation // of the merge; nil where it has not been evaluated
	Edited     bool             // the README.md is not the one that was published with the merge
	Readme     []byte           // where it says something that no merge of ours made, or that was edited since; nil otherwise
	Generated  string           // tool that made it, where nobody has added to that; "" otherwise

	files   []string // of the target
	lockSum string   // sha256 of the file that Lock was read from
}

// Held reads the lock file of the target, where it has one. A lock that cannot be read counts as
// none: then everything is published anew, but for a README that says something.
func (h Hub) Held(ctx context.Context, t Target) (Held, error) {
	if t.Parent == "" || !slices.Contains(t.Files, lock.Name) && !slices.Contains(t.Files, lock.Readme) {
		return Held{files: t.Files}, nil
	}
	rev, err := h.Client.Resolve(ctx, t.Repo, t.Parent)
	var held Held
	if err == nil {
		held, err = readHeld(ctx, t, rev)
	}
	if err == nil && held.Lock == nil {
		held.Readme, err = ownCard(ctx, rev)
	}
	if err != nil {
		return Held{}, Fault(t.Repo, err, "")
	}
	held.Generated = card.Generator(held.Readme)
	return held, nil
}

func readHeld(ctx context.Context, t Target, rev *hub.Revision) (Held, error) {
	none := Held{files: t.Files}
	if !slices.Contains(t.Files, lock.Name) {
		return none, nil
	}
	text, err := plan.ReadFile(ctx, rev, lock.Name, lock.MaxLock)
	if err != nil {
		return none, err
	}
	held := Held{Lock: &lock.Lock{}, files: t.Files, lockSum: lock.Sum(text)}
	if json.Unmarshal(text, held.Lock) != nil || held.Lock.Format != lock.Format {
		return none, nil
	}
	if published := held.Sum(lock.Readme); published != "" && slices.Contains(t.Files, lock.Readme) {
		readme, err := plan.ReadFile(ctx, rev, lock.Readme, lock.MaxLock)
		if err != nil {
			return none, err
		}
		if held.Edited = lock.Sum(readme) != published; held.Edited {
			held.Readme = readme
		}
	}
	held.Evaluation, err = lock.ReadEvaluation(ctx, rev, held.Lock)
	return held, err
}

// ownCard is the README of a repo if it has more than front matter, as one that the Hub made with the repo has not; nil otherwise.
func ownCard(ctx context.Context, rev *hub.Revision) ([]byte, error) {
	readme, err := plan.ReadFile(ctx, rev, lock.Readme, lock.MaxLock)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if _, body, err := card.FrontMatter(readme); err == nil && len(bytes.TrimSpace(body)) == 0 {
		return nil, nil
	}
	return readme, nil
}

// Sum is the sha256 of one of the merge's files, or "".
func (h Held) Sum(path string) string {
	if h.Lock == nil {
		return ""
	}
	return h.Lock.Sum(path)
}

// Has tells whether the target holds a file with these bytes, as far as the lock says.
func (h Held) Has(path, sum string) bool {
	switch {
	case h.Lock == nil || !slices.Contains(h.files, path):
		return false
	case path == lock.Name:
		return h.lockSum == sum
	case path == lock.Readme && h.Edited:
		return false
	}
	return h.Sum(path) == sum
}

// KeepsCard tells whether the README is somebody's own, and stays unless it is asked to go. What another tool has generated is nobody's.
func (h Held) KeepsCard() bool { return h.Generated == "" && h.Readme != nil }

// Shards returns the sha256 of every shard of p where the target holds the very same ones: one plan makes
// one result. It is nil otherwise.
func (h Held) Shards(p *plan.Plan) []string {
	if h.Lock == nil || h.Lock.Plan != p.Hash {
		return nil
	}
	var sums []string
	for _, s := range p.Shards {
		sum := h.Sum(s.Name)
		if sum == "" || !slices.Contains(h.files, s.Name) {
			return nil
		}
		sums = append(sums, sum)
	}
	return sums
}

// HasFilesOf tells whether a lock lists the very files that the target's does.
func (h Held) HasFilesOf(text []byte) bool {
	var own lock.Lock
	return h.Lock != nil && json.Unmarshal(text, &own) == nil && slices.Equal(own.Files, h.Lock.Files)
}

// IsWeights tells whether a file in the root of a repo is a model's weights or their index.
func IsWeights(name string) bool {
	if strings.Contains(name, "/") {
		return false
	}
	for _, pattern := range []string{"*.safetensors", "*.safetensors.index.json", "pytorch_model*.bin", "pytorch_model*.bin.index.json", "*.gguf"} {
		if ok, _ := path.Match(pattern, name); ok {
			return true
		}
	}
	return false
}

// Stale lists the files in the target that the new model does not have and that have to go; now are the new model's. Scores and terms of use of the
// merge that is held are not the new one's. Of its weights loaders would read both: so go those that its lock names; without a lock, all that a loader
// would take for this model, for then mergekit made them or --replace was said. What else somebody has
// put there stays.
func (t Target) Stale(now []string, held Held) []string {
	var out []string
	for _, name := range t.Files {
		switch {
		case slices.Contains(now, name):
		case (lock.IsEvaluation(name) || plan.IsTerms(name)) && held.Sum(name) != "":
			out = append(out, name)
		case !IsWeights(name):
		case held.Lock != nil && held.Sum(name) == "" && !strings.HasSuffix(name, ".index.json"):
		case held.Lock == nil && !isLoaded(name):
		default:
			out = append(out, name)
		}
	}
	return out
}

// isLoaded tells whether transformers reads a weight file as the model's own.
func isLoaded(name string) bool {
	for _, pattern := range []string{"model.safetensors", "model-*-of-*.safetensors", "*.index.json", "pytorch_model.bin", "pytorch_model-*-of-*.bin"} {
		if ok, _ := path.Match(pattern, name); ok {
			return true
		}
	}
	return false
}
