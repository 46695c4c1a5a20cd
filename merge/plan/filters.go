package plan

import (
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A filter is one that parameters are looked up under, and whether any tensor's name has it.
type filter struct {
	recipe.Case
	param string
	met   bool
}

// meet notes which filters of levels match name, also those that a higher level or an earlier case leaves nothing to do.
func (b *builder) meet(p *recipe.Param, name string, levels []recipe.Params) {
	for _, level := range levels {
		setting, _ := level.Get(p.Name)
		for _, c := range setting.Cases {
			if !c.Filtered {
				continue
			}
			f := b.filters[c.Pos]
			if f == nil {
				f = &filter{Case: c, param: p.Name}
				b.filters[c.Pos] = f
			}
			f.met = f.met || c.Matches(name)
		}
	}
}

// unmet warns about filters that no tensor's name has.
func (b *builder) unmet() {
	if len(b.faults.Errors()) > 0 || len(b.plan.Outputs) == 0 {
		return
	}
	// The last of them are layers, which filters are mostly about.
	example := b.plan.Outputs[len(b.plan.Outputs)/2].Name()
	for _, f := range b.filters {
		if !f.met {
			b.warn(f.FilterPos, "filter", "a filter is a part of a name, such as that of "+example,
				"the filter %q of %s matches no tensor", f.Filter, f.param)
		}
	}
}
