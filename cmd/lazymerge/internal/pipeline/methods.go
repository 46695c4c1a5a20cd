package pipeline

import (
	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// methods are those that a config may name.
func (s *Setup) methods() []recipe.Method {
	if s.Methods != nil {
		return s.Methods
	}
	return merge.Known()
}

// method is the plan's.
func (m *Merge) method() *recipe.Method { return recipe.Find(m.setup.methods(), m.Plan.Method) }
