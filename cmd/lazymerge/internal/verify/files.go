package verify

import (
	"context"
	"path"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// compareFiles compares what is published with what the lock lists. edited tells whether README.md is another.
func compareFiles(ctx context.Context, at pipeline.Result, locked *lock.Lock) (found findings, edited bool, err error) {
	listed := map[string]bool{lock.Name: true}
	for _, want := range locked.Files {
		listed[want.Path] = true
		if !at.Has(want.Path) {
			found = found.differs("%s: it is not there any more", want.Path)
			continue
		}
		got, size, err := at.Sum(ctx, want.Path)
		if err != nil {
			return found, edited, err
		}
		switch {
		case got == want.SHA256 && size == want.Size:
		case want.Path == lock.Readme:
			edited = true
		default:
			found = found.differs("%s: it was changed since it was published", want.Path)
		}
	}
	for _, name := range at.Names() {
		switch {
		case listed[name]:
		case strings.HasSuffix(name, ".py"):
			found = found.differs("%s: loaders may run it, and the merge did not make it", name)
		case forLoaders(name):
			found = found.differs("%s: loaders read it, and the merge did not make it", name)
		case name != ".gitattributes":
			found = found.noted("%s was added to the merge", name)
		}
	}
	if sum := locked.Sum(lock.Recipe); sum == "" || sum != locked.Config {
		found = found.differs("%s: it names another config than the one that is published", lock.Name)
	}
	return found, edited, nil
}

// forLoaders tells whether a loader takes a file for the model's, by its name alone: weights in any form, settings, tokenizer,
// and an adapter, which transformers lays over the weights beside it. A GGUF file has to be asked for by name.
func forLoaders(name string) bool {
	if plan.Carries(name) && !plan.IsTerms(name) {
		return true
	}
	for _, pattern := range []string{
		"config.json", "*.safetensors", "*.index.json", "*.bin", "*.pt", "*.pth", "*.pkl", "*.pickle", "*.ckpt", "*.h5", "*.msgpack", "*.npz",
		"adapter_*", "params.json", "tokenizer*", "chat_template*", "*.jinja", "*config.json", "*.tiktoken",
	} {
		if ok, _ := path.Match(pattern, name); ok {
			return true
		}
	}
	return false
}
