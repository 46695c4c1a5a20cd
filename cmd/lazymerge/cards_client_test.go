package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/card"
)

// TestPythonClientReadsCards lets huggingface_hub read the golden card of every form. It needs LAZYMERGE_PYTHON, as
// TestPythonClient does.
func TestPythonClientReadsCards(t *testing.T) {
	python := os.Getenv("LAZYMERGE_PYTHON")
	if python == "" {
		t.Skip("set LAZYMERGE_PYTHON to a Python that has huggingface_hub")
	}
	files, err := filepath.Glob("../../card/testdata/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("golden cards: %v, %v", files, err)
	}
	type golden struct {
		File   string `json:"file"`
		Config string `json:"config"`
	}
	var cards []golden
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		config, err := card.Config(text)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		cards = append(cards, golden{file, string(config)})
	}
	list, err := json.Marshal(cards)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cards.json")
	if err := os.WriteFile(path, list, 0o666); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), python, "testdata/cards.py", path).CombinedOutput()
	if want := fmt.Sprint(len(cards)); err != nil || strings.TrimSpace(string(out)) != want {
		t.Errorf("cards.py: %v, %s; want %s", err, out, want)
	}
}
