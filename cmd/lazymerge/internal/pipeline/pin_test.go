package pipeline

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	s := &Setup{}
	src, err := s.open(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	pin := Pin{Digest: src.Model.Digest}
	if again, err := s.openAt(t.Context(), ref, pin); err != nil || again.Model.Identity != src.Model.Identity {
		t.Errorf("openAt of what the folder holds = %v, %v", again, err)
	}
	other := recipe.Ref{Path: writeModel(t, "abce")}
	if _, err := s.openAt(t.Context(), other, pin); !errors.Is(err, ErrMoved) {
		t.Errorf("openAt of a folder with other weights = %v, want ErrMoved", err)
	}
	if _, err := s.openAt(t.Context(), recipe.Ref{Path: filepath.Join(dir, "gone")}, pin); err == nil || !strings.Contains(err.Error(), "not on the Hub") {
		t.Errorf("openAt of a folder that is gone = %v", err)
	}
}

func TestPinsAreOfTheSameModels(t *testing.T) {
	s := &Setup{Config: "merge.yaml", Pins: []Pin{{Repo: "a/b"}}}
	if err := s.checkPins(make([]recipe.Ref, 2)); err == nil || err.Error() != "merge.yaml names 2 models, and there are commits for 1" {
		t.Errorf("checkPins = %v", err)
	}
	if err := (&Setup{}).checkPins(make([]recipe.Ref, 2)); err != nil {
		t.Errorf("checkPins without pins = %v", err)
	}
}
