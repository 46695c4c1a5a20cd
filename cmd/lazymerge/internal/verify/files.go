package verify

import (
	"context"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/target"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// compareFiles compares the published files with the lock. edited reports whether README.md differs.
func compareFiles(ctx context.Context, at pipeline.Result, locked *lock.Lock) (found findings, edited bool, err error) {
	found = findings{[]string{}, []string{}} // in JSON these are lists, even if empty
	listed := map[string]bool{lock.Name: true}
	for _, want := range locked.Files {
		listed[want.Path] = true
		if !at.Has(want.Path) {
			found = found.differs("%s: missing", want.Path)
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
			found = found.differs("%s: changed since the merge", want.Path)
		}
	}
	for _, name := range at.Names() {
		switch {
		case listed[name]:
		case strings.HasSuffix(name, ".py"):
			found = found.differs("%s: not part of the merge, but loaders may run it", name)
		case forLoaders(name):
			found = found.differs("%s: not part of the merge, but loaders read it", name)
		case name != ".gitattributes":
			found = found.noted("%s was added later", name)
		}
	}
	if sum := locked.Sum(lock.Recipe); sum == "" || sum != locked.Config {
		found = found.differs("%s: does not match the published config", lock.Name)
	}
	return found, edited, nil
}

// forLoaders reports whether loaders pick up a file by its name: weights in any format, settings, a tokenizer, or an adapter, which
// transformers applies to the weights beside it. A GGUF file must be asked for by name.
func forLoaders(name string) bool {
	return plan.Carries(name) && !plan.IsTerms(name) || target.Matches(name,
		"config.json", "*.safetensors", "*.index.json", "*.bin", "*.pt", "*.pth", "*.pkl", "*.pickle", "*.ckpt", "*.h5", "*.msgpack", "*.npz",
		"adapter_*", "params.json", "tokenizer*", "chat_template*", "*.jinja", "*config.json", "*.tiktoken")
}
