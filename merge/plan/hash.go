package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// hash is the sha256 of the plan's JSON without Hash and Cost: the fields of the head on one line, then
// a line for each tensor, so that a plan of many tensors is never in memory twice.
func (p *Plan) hash() string {
	sum := sha256.New()
	enc := json.NewEncoder(sum)
	line := func(v any) {
		if err := enc.Encode(v); err != nil {
			panic(fmt.Sprintf("plan: %v", err)) // plain data always marshals
		}
	}
	head := *p
	head.Hash, head.Cost, head.Tensors = "", nil, nil
	line(head)
	for i := range p.Tensors {
		line(&p.Tensors[i])
	}
	return hex.EncodeToString(sum.Sum(nil))
}
