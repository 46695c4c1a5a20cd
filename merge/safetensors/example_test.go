package safetensors_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/safetensors"
)

// Read the tensors of a shard without its data.
func ExampleReadHeader() {
	shard := strings.NewReader("\x3a\x00\x00\x00\x00\x00\x00\x00" + // 58 bytes of JSON
		`{"w":{"dtype":"BF16","shape":[2,1],"data_offsets":[0,4]}} ` + "\x80\x3f\x00\x40")
	h, err := safetensors.ReadHeader(shard, shard.Size())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range h.Tensors {
		fmt.Println(t.Name, t.DType, t.Shape, "at byte", h.Size+t.Begin)
	}
	// Output: w BF16 [2 1] at byte 66
}

// Write the header of a shard; its data follows.
func ExampleHeader_Encode() {
	h := safetensors.Header{
		Metadata: map[string]string{"format": "pt"},
		Tensors:  []safetensors.Tensor{{Name: "w", DType: dtype.F32, Shape: []int64{2}, Begin: 0, End: 8}},
	}
	out, err := h.Encode()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("% x\n%s|\n", out[:8], out[8:])
	// Output:
	// 58 00 00 00 00 00 00 00
	// {"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}   |
}

// Find the file of a tensor.
func ExampleReadIndex() {
	ix, err := safetensors.ReadIndex([]byte(`{
	  "metadata": {"total_size": 8},
	  "weight_map": {"lm_head.weight": "model-00002-of-00002.safetensors", "w": "model-00001-of-00002.safetensors"}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ix.WeightMap["lm_head.weight"], len(ix.Files()))
	// Output: model-00002-of-00002.safetensors 2
}

func ExampleIndex_Encode() {
	ix := safetensors.Index{
		Metadata:  map[string]json.RawMessage{"total_size": json.RawMessage("8")},
		WeightMap: map[string]string{"w": "model-00001-of-00002.safetensors"},
	}
	fmt.Print(string(ix.Encode()))
	// Output:
	// {
	//   "metadata": {
	//     "total_size": 8
	//   },
	//   "weight_map": {
	//     "w": "model-00001-of-00002.safetensors"
	//   }
	// }
}
