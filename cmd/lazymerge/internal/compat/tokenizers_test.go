package compat

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// folderSource is a source of the given files.
func folderSource(t *testing.T, files map[string]string) *source.Source {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	folder, err := plan.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	return &source.Source{Model: &plan.Model{Files: folder}}
}

func TestTokenizersAreCompared(t *testing.T) {
	const (
		ab      = `{"model": {"vocab": {"a": 0, "b": 1}, "merges": ["a b"]}, "added_tokens": [{"id": 2, "content": "<s>"}]}`
		spaced  = `{"added_tokens": [{"content": "<s>", "id": 2}], "model": {"merges": [["a", "b"]], "vocab": {"b": 1, "a": 0}}}`
		swapped = `{"model": {"vocab": {"a": 1, "b": 0}, "merges": ["a b"]}, "added_tokens": [{"id": 2, "content": "<s>"}]}`
		longer  = `{"model": {"vocab": {"a": 0, "b": 1, "c": 3}, "merges": ["a b", "b c"]}, "added_tokens": [{"id": 2, "content": "<s>"}]}`
		special = `{"model": {"vocab": {"a": 0, "b": 1}, "merges": ["a b"]}, "added_tokens": [{"id": 2, "content": "<|im_start|>"}]}`
		unigram = `{"model": {"vocab": [["a", -1.5], ["b", -2]], "merges": ["a b"]}, "added_tokens": [{"id": 2, "content": "<s>"}]}`
	)
	for _, tt := range []struct{ name, a, b, want string }{
		{"the same in another form", ab, spaced, ""},
		{"a list of scores has ids by place", ab, unigram, ""},
		{"other ids", ab, swapped, "the ids of 2 tokens"},
		{"one more token and merge", ab, longer, "the ids of 1 token and merges"},
		{"another special token", ab, special, "2 added tokens"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			reader := newTokenizers("merge.yaml")
			a, b := folderSource(t, map[string]string{"tokenizer.json": tt.a}), folderSource(t, map[string]string{"tokenizer.json": tt.b})
			want := match{true, tt.want}
			if got, err := reader.compare(t.Context(), a, b); err != nil || got != want {
				t.Errorf("compare = %v, %v; want %v", got, err, want)
			}
		})
	}
}

// TestTokenizersOfThreeSources compares a source that has both files with one that has the one, and one that has the other.
func TestTokenizersOfThreeSources(t *testing.T) {
	const text, other = `{"model": {"vocab": {"a": 0}}}`, `{"model": {"vocab": {"a": 0} }}`
	both := folderSource(t, map[string]string{"tokenizer.json": text, "tokenizer.model": "pieces"})
	json := folderSource(t, map[string]string{"tokenizer.json": other})
	model := folderSource(t, map[string]string{"tokenizer.model": "pieces"})
	none := folderSource(t, nil)
	reader := newTokenizers("merge.yaml")
	for name, s := range map[string]*source.Source{"tokenizer.json": json, "tokenizer.model": model, "nothing": none} {
		want := match{compared: s != none}
		if got, err := reader.compare(t.Context(), both, s); err != nil || got != want {
			t.Errorf("compare with one that has %s = %v, %v; want no words and %v", name, got, err, want)
		}
	}
}
