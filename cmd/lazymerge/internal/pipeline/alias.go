package pipeline

import (
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// rename makes the config that is published: with the names that --as gives, and for a snapshot in the HF
// cache the repo and commit that its path says.
func (m *Merge) rename() *recipe.Fault {
	names := map[string]recipe.Ref{}
	for _, src := range m.Sources {
		if to := src.Published(); !to.Same(src.Ref) {
			names[src.Ref.String()] = to
		}
	}
	if len(names) == 0 {
		return nil
	}
	var fault *recipe.Fault
	m.renamed, fault = m.Recipe.Rename(names, m.setup.methods())
	return fault
}

// Config is the config as it is published: the bytes that were read, but for names that are replaced.
func (m *Merge) Config() []byte {
	if m.renamed != nil {
		return m.renamed
	}
	return m.Recipe.Text
}
