package pipeline

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/sample"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// A folder has the same files whether its shards are made one at a time or several at once, as on a machine with many processors. A
// push makes one at a time.
func TestFolderInFlight(t *testing.T) {
	dir := t.TempDir()
	shape := sample.Shape{Type: "mistral", Layers: 4, Hidden: 32, Intermediate: 32, Heads: 2, KeyValues: 1, Vocabulary: 96, ShardSize: 1 << 20}
	config := "merge_method: linear\nmodels:\n"
	for i := range 2 {
		model := filepath.Join(dir, fmt.Sprint("model", i))
		if err := shape.Write(model, 1, uint64(i), "apache-2.0"); err != nil {
			t.Fatal(err)
		}
		config += fmt.Sprintf("  - model: %s\n    parameters: {weight: 1}\n", model)
	}
	talk := ui.New(ui.Options{})
	defer talk.Close()
	request := Request{Name: "merge.yaml", Text: []byte(config), Tool: "test", Options: plan.Options{ShardSize: 4000}}
	var want map[string]string
	for _, tt := range []struct{ threads, inFlight int }{{2, 1}, {16, 6}} {
		tools := Tools{UI: talk, Hub: &hub.Client{}, Threads: tt.threads, Memory: 1 << 30}
		out := filepath.Join(dir, fmt.Sprint("on ", tt.threads), "out")
		p, _, err := MergeInto(t.Context(), tools, request, out)
		if err != nil {
			t.Fatal(err)
		}
		made := p.Merge.Plan
		if n := tools.Engine(made, nil).Lanes(made); n != tt.inFlight || len(made.Shards) < n {
			t.Errorf("%d threads make %d of %d shards at once, want %d", tt.threads, n, len(made.Shards), tt.inFlight)
		}
		if n := tools.Engine(made, &Publishing{}).Lanes(made); n != 1 {
			t.Errorf("%d threads make %d shards of a push at once, want 1", tt.threads, n)
		}
		got := map[string]string{}
		entries, err := os.ReadDir(out)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			data, err := os.ReadFile(filepath.Join(out, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			got[e.Name()] = string(data)
		}
		if want == nil {
			want = got
		}
		if len(got) == 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%d threads make other files than 2", tt.threads)
		}
	}
}
