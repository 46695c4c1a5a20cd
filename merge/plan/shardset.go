package plan

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

// shardName is how every writer calls the shards of a model: their number, from 1 on, and how many there are.
var shardName = regexp.MustCompile(`^model-([0-9]{5})-of-([0-9]{5})\.safetensors$`)

// shardSet returns the shards among names of a model without an index: all of one set, as their names tell. It is nil where
// there is no shard.
func shardSet(names []string) ([]string, error) {
	var set []string
	total := ""
	for _, name := range names {
		m := shardName.FindStringSubmatch(name)
		switch {
		case m == nil:
			continue
		case total != "" && total != m[2]:
			return nil, fmt.Errorf("%s and %s belong to two sets of shards, and there is no %s to say which one counts", set[0], name, indexFile)
		}
		total, set = m[2], append(set, name)
	}
	n, _ := strconv.Atoi(total) // five digits, or none
	first, missing := "", n-len(set)
	for i := 1; i <= n && first == ""; i++ {
		if name := fmt.Sprintf("model-%05d-of-%s.safetensors", i, total); !slices.Contains(set, name) {
			first = name
		}
	}
	switch {
	case first != "" && missing > 1:
		return nil, fmt.Errorf("%w: %s and %d more shards are missing: the upload or download of this model is incomplete", ErrNoWeights, first, missing-1)
	case first != "":
		return nil, fmt.Errorf("%w: %s is missing: the upload or download of this model is incomplete", ErrNoWeights, first)
	case missing != 0:
		return nil, fmt.Errorf("%w: %s is not the name of a shard", ErrNoWeights, set[0]) // it counts from 0
	}
	return set, nil
}
