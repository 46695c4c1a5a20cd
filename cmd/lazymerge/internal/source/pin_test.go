package source

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// writeModel writes a model with one tensor of one float32 into a new folder.
func writeModel(t *testing.T, value string) string {
	t.Helper()
	dir := t.TempDir()
	header := `{"model.embed_tokens.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`
	for name, text := range map[string]string{
		"config.json":       `{"architectures":["LlamaForCausalLM"],"model_type":"llama","num_hidden_layers":0}`,
		"model.safetensors": string([]byte{byte(len(header)), 0, 0, 0, 0, 0, 0, 0}) + header + value,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFolderIsTakenAtItsPinOnly(t *testing.T) {
	dir := writeModel(t, "abcd")
	ref := recipe.Ref{Path: dir}
	r := Reader{}
	src, err := r.open(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	pin := lock.Pin{Digest: src.Model.Digest}
	if again, err := r.openAt(t.Context(), ref, pin); err != nil || again.Model.Identity != src.Model.Identity {
		t.Errorf("openAt of what the folder holds = %v, %v", again, err)
	}
	other := recipe.Ref{Path: writeModel(t, "abce")}
	if _, err := r.openAt(t.Context(), other, pin); !errors.Is(err, ErrMoved) {
		t.Errorf("openAt of a folder with other weights = %v, want ErrMoved", err)
	}
	if _, err := r.openAt(t.Context(), recipe.Ref{Path: filepath.Join(dir, "gone")}, pin); err == nil || !strings.Contains(err.Error(), "not on the Hub") {
		t.Errorf("openAt of a folder that is gone = %v", err)
	}
}

func TestPinsAreOfTheSameModels(t *testing.T) {
	r := Reader{Config: "merge.yaml"}
	if _, errs := r.OpenAll(t.Context(), make([]recipe.Ref, 2), []lock.Pin{{Repo: "a/b"}}); len(errs) != 1 || errs[0].Error() != "merge.yaml names 2 models, but there are commits for 1" {
		t.Errorf("one pin for two models: %v", errs)
	}
}
