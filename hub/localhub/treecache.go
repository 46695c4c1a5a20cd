package localhub

import (
	"slices"
	"sync"
)

// treeCache keeps the trees that were read last. They never change, so one is as good as
// another.
type treeCache struct {
	mu    sync.Mutex
	trees []*tree // the latest used is last
}

const cachedTrees = 8

func (c *treeCache) get(oid string) *tree {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.trees, func(t *tree) bool { return t.oid() == oid })
	if i < 0 {
		return nil
	}
	t := c.trees[i]
	c.trees = append(slices.Delete(c.trees, i, i+1), t)
	return t
}

func (c *treeCache) put(t *tree) {
	if c.get(t.oid()) != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.trees) == cachedTrees {
		c.trees = slices.Delete(c.trees, 0, 1)
	}
	c.trees = append(c.trees, t)
}
