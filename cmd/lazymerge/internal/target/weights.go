package target

import (
	"path"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/merge/plan"
)

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
