package privacy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
	"github.com/lazymerge/lazymerge/merge/safetensors"
)

// cutModel writes a model of one-dimensional tensors whose every element is the letter of its name, in as many files.
func cutModel(t *testing.T, d dtype.DType, n int64, shards ...string) *plan.Model {
	t.Helper()
	dir := t.TempDir()
	put := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	put("config.json", `{"architectures":["LlamaForCausalLM"],"model_type":"llama","num_hidden_layers":0}`)
	ix := safetensors.Index{WeightMap: map[string]string{}}
	for _, letters := range shards {
		var h safetensors.Header
		data := ""
		for i, letter := range strings.Split(letters, "") {
			size := n * d.Size()
			h.Tensors = append(h.Tensors, safetensors.Tensor{Name: strings.ToLower(letter), DType: d, Shape: []int64{n}, Begin: int64(i) * size, End: int64(i+1) * size})
			data += strings.Repeat(letter, int(size))
			ix.WeightMap[strings.ToLower(letter)] = letters + ".safetensors"
		}
		head, err := h.Encode()
		if err != nil {
			t.Fatal(err)
		}
		put(letters+".safetensors", string(head)+data)
	}
	put("model.safetensors.index.json", string(ix.Encode()))
	folder, err := plan.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	m, err := plan.ReadModel(t.Context(), plan.Identity{}, folder)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestOtherWeights(t *testing.T) {
	ours := cutModel(t, dtype.BF16, 5000, "abc", "d")
	for _, tt := range []struct {
		name   string
		theirs *plan.Model
		want   string
	}{
		{"the same in other files", cutModel(t, dtype.BF16, 5000, "a", "bc", "d"), ""},
		{"another tensor", cutModel(t, dtype.BF16, 5000, "abC", "d"), "c differs"},
		{"a tensor less", cutModel(t, dtype.BF16, 5000, "abc"), "d is missing from the repo"},
		{"a tensor more", cutModel(t, dtype.BF16, 5000, "abc", "de"), "e is only in the repo"},
		{"another type", cutModel(t, dtype.F16, 5000, "abc", "d"), "a is BF16, but F16 in the repo"},
		{"another shape", cutModel(t, dtype.BF16, 5001, "abc", "d"), "a has shape [5000], but [5001] in the repo"},
	} {
		if got, err := otherWeights(t.Context(), ours, tt.theirs); got != tt.want || err != nil {
			t.Errorf("%s: otherWeights = %q, %v; want %q", tt.name, got, err, tt.want)
		}
	}
	gone := cutModel(t, dtype.BF16, 5, "a")
	gone.Files = ours.Files
	if _, err := otherWeights(t.Context(), cutModel(t, dtype.BF16, 5, "a"), gone); err == nil {
		t.Error("weights that cannot be read are equal")
	}
}

func TestNamesThatCannotBeLookedUp(t *testing.T) {
	src := &source.Source{Ref: recipe.Ref{Path: "./mine"}, As: recipe.Ref{Path: "alice/mine"}, Model: &plan.Model{}}
	sources := []*source.Source{src}
	closed := &hub.Client{Endpoint: "ftp://hub.test"}
	known, warnings, err := LookUp(t.Context(), closed, "merge.yaml", sources, []string{""})
	if err != nil || len(warnings) != 1 || known[0].Equal() || !strings.HasPrefix(warnings[0].Message, "./mine is published as alice/mine, which could not be looked up: ") {
		t.Errorf("a Hub that does not answer: %v, %v", warnings, err)
	}
	if _, warnings, err := LookUp(t.Context(), &hub.Client{Offline: true}, "merge.yaml", sources, []string{""}); err != nil || len(warnings) > 0 {
		t.Errorf("offline: %v, %v; want nothing, as nobody can be asked", err, warnings)
	}
}
