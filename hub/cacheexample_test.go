package hub_test

import (
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/lazymerge/lazymerge/hub"
)

// Read a model that the official client has loaded before, without a network.
func ExampleCache_Snapshot() {
	root, err := os.MkdirTemp("", "hub")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(root)
	commit := strings.Repeat("1", 40)
	for name, text := range map[string]string{
		"refs/main":                            commit,
		"snapshots/" + commit + "/config.json": `{"model_type": "llama"}`,
		"snapshots/" + commit + "/model.safetensors.index.json": `{"weight_map": {"w": "model-00001-of-00001.safetensors"}}`,
	} {
		path := filepath.Join(root, "models--alice--tiny", filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			log.Fatal(err)
		}
	}

	snapshot, err := hub.Cache{Root: root}.Snapshot("alice/tiny", "main") // Environment.Cache is the usual root
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(snapshot.Commit[:8], snapshot.Names())
	err = snapshot.Complete(nil)
	if missing, ok := errors.AsType[*hub.Missing](err); ok {
		fmt.Println("missing:", missing.Files)
		fmt.Println(missing.Hint())
	}
	// Output:
	// 11111111 [config.json model.safetensors.index.json]
	// missing: [model-00001-of-00001.safetensors]
	// with a network, run: hf download alice/tiny --revision 1111111111111111111111111111111111111111
}
