package target

import (
	"slices"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
)

func TestStaleIsWhatTheNewModelDoesNotHave(t *testing.T) {
	target := Target{Files: []string{
		".gitattributes", "README.md", "NOTES.md", "config.json", "lazymerge.lock.json", "merge.png",
		"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json",
		"pytorch_model.bin", "pytorch_model-00001-of-00002.bin", "pytorch_model.bin.index.json", "model.q4.gguf",
		"training_args.bin", "onnx/model.safetensors", "1_Pooling/pytorch_model.bin", "tokenizer.json",
	}}
	now := []string{"model-00001-of-00002.safetensors", "config.json"}
	ours := Held{Lock: &lock.Lock{Files: []lock.File{{Path: "model-00001-of-00002.safetensors", SHA256: "1"}, {Path: "model-00002-of-00002.safetensors", SHA256: "2"}, {Path: "README.md", SHA256: "3"}}}}
	for _, tt := range []struct {
		name string
		held Held
		want []string
	}{
		{"what an earlier lock names, and indexes", ours, []string{"model-00002-of-00002.safetensors", "model.safetensors.index.json", "pytorch_model.bin.index.json"}},
		{"without a lock what a loader would read", Held{}, []string{"model-00002-of-00002.safetensors", "model.safetensors.index.json",
			"pytorch_model.bin", "pytorch_model-00001-of-00002.bin", "pytorch_model.bin.index.json"}},
	} {
		if got := target.Stale(now, tt.held); !slices.Equal(got, tt.want) {
			t.Errorf("%s: Stale() = %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestCheckOwner(t *testing.T) {
	for _, tt := range []struct {
		name   string
		target Target
		ok     bool
	}{
		{"no weights", Target{Branch: true, Files: []string{"README.md"}}, true},
		{"weights with our lock", Target{Branch: true, Files: []string{"lazymerge.lock.json", "model.safetensors"}}, true},
		{"weights with a merge's config", Target{Branch: true, Files: []string{"mergekit_config.yml", "model.safetensors"}}, true},
		{"weights of somebody else", Target{Branch: true, Files: []string{"config.json", "model.safetensors"}}, false},
		{"pickles of somebody else", Target{Branch: true, Files: []string{"pytorch_model.bin"}}, false},
		{"weights in a folder", Target{Branch: true, Files: []string{"old/model.safetensors"}}, true},
		{"weights of somebody else in main, for a new branch", Target{Exists: true, Files: []string{"model.safetensors"}}, true},
	} {
		if err := tt.target.checkOwner(say.Command); (err == nil) != tt.ok {
			t.Errorf("%s: checkOwner() = %v", tt.name, err)
		}
	}
}

func TestDescribe(t *testing.T) {
	for _, tt := range []struct {
		target                 Target
		private, replaces, dry bool
		want                   string
	}{
		{Target{Repo: "a/b", Revision: "main"}, false, false, false, "a/b created, public"},
		{Target{Repo: "a/b", Revision: "main"}, true, false, true, "a/b does not exist; it would be created, private"},
		{Target{Repo: "a/b", Revision: "main", Exists: true, Branch: true}, false, false, false, "a/b exists; one commit will be added"},
		{Target{Repo: "a/b", Revision: "main", Exists: true, Branch: true}, false, true, false, "a/b exists; one commit will replace the merge there"},
		{Target{Repo: "a/b", Revision: "main", Exists: true, Branch: true}, false, true, true, "a/b exists; one commit would replace the merge there"},
		{Target{Repo: "a/b", Revision: "try", Exists: true, Branch: true}, false, false, true, "a/b, branch try exists; one commit would be added"},
		{Target{Repo: "a/b", Revision: "try", Exists: true}, false, false, false, "a/b, branch try created from main"},
		{Target{Repo: "a/b", Revision: "try", Exists: true}, false, false, true, "a/b, branch try does not exist; it would be created from main"},
		{Target{Repo: "a/b", Revision: "try"}, false, false, false, "a/b created, public, with the branch try; main stays empty"},
		{Target{Repo: "a/b", Revision: "try"}, true, false, true, "a/b does not exist; it would be created, private, with the branch try; main would stay empty"},
	} {
		if got := tt.target.Describe(tt.private, tt.replaces, tt.dry); got != tt.want {
			t.Errorf("Describe(%v, %v, %v) of %+v = %q, want %q", tt.private, tt.replaces, tt.dry, tt.target, got, tt.want)
		}
	}
}

func TestVisibility(t *testing.T) {
	for _, tt := range []struct {
		name    string
		target  Target
		private bool
		ok      bool
	}{
		{"a new repo, private", Target{}, true, true},
		{"a private repo, private", Target{Exists: true, Private: true}, true, true},
		{"a private repo, not asked for", Target{Exists: true, Private: true}, false, true},
		{"a public repo, private", Target{Exists: true}, true, false},
	} {
		if err := tt.target.CheckVisibility(say.Command, tt.private); (err == nil) != tt.ok {
			t.Errorf("%s: CheckVisibility(%v) = %v", tt.name, tt.private, err)
		}
	}
}
