package store

import (
	"slices"
	"sync"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/git"
)

// treeCache keeps the trees that were read last. They never change, so one is as good as
// another.
type treeCache struct {
	mu    sync.Mutex
	trees []*git.Tree // the latest used is last
}

const cachedTrees = 8

func (c *treeCache) get(oid string) *git.Tree {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.trees, func(t *git.Tree) bool { return t.OID() == oid })
	if i < 0 {
		return nil
	}
	t := c.trees[i]
	c.trees = append(slices.Delete(c.trees, i, i+1), t)
	return t
}

func (c *treeCache) put(t *git.Tree) {
	if c.get(t.OID()) != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.trees) == cachedTrees {
		c.trees = slices.Delete(c.trees, 0, 1)
	}
	c.trees = append(c.trees, t)
}
