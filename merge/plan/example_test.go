package plan_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// Plan a merge of local models, and ask what it takes. Nothing but configs and headers is read.
func ExampleBuild() {
	const golden = "../testdata/golden"
	text, err := os.ReadFile(golden + "/configs/passthrough-frankenmerge.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	r, faults := recipe.Parse("merge.yaml", text, merge.Known())
	if len(faults) > 0 {
		fmt.Println(faults)
		return
	}
	var models []*plan.Model
	for _, ref := range r.Models() { // acme/base and so on
		folder, err := plan.OpenFolder(filepath.Join(golden, "models", filepath.Base(ref.Path)))
		if err != nil {
			fmt.Println(err)
			return
		}
		id, err := folder.Identify()
		if err != nil {
			fmt.Println(err)
			return
		}
		m, err := plan.ReadModel(context.Background(), id, folder)
		if err != nil {
			fmt.Println(err)
			return
		}
		models = append(models, m)
	}
	p, faults := plan.Build(r, merge.Methods(), models, plan.Options{})
	if p == nil {
		fmt.Println(faults)
		return
	}
	s := plan.NewSchedule(p, nil, plan.MinBuffer)
	fmt.Printf("%d layers, %d tensors of %s in %s\n", p.Layers, len(p.Outputs), p.DType, p.Shards[0].Name)
	fmt.Printf("%d bytes in %d reads\n", s.Bytes, s.Requests)
	// Output:
	// 7 layers, 66 tensors of bfloat16 in model.safetensors
	// 40480 bytes in 2 reads
}
