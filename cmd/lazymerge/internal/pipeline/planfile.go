package pipeline

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// PlanFile makes p a file to be carried out later; target is nil where it is not to be published.
func (p Prepared) PlanFile(target *lock.PlanTarget) (*lock.PlanFile, error) {
	r := p.Request
	if !utf8.Valid(r.Text) {
		return nil, fault.Configf("%s is not UTF-8 text, so no plan file can hold it", r.Name)
	}
	f := lock.PlanFile{
		Format: lock.PlanFormat, Tool: r.Tool, Numeric: plan.Numeric, Plan: p.Merge.Plan.Hash,
		Options: p.Merge.LockOptions(), Target: target,
		Name: lock.Portable(r.Name), Config: strings.Split(string(r.Text), "\n"),
	}
	for _, src := range p.Merge.Sources {
		f.Sources = append(f.Sources, src.Pin)
	}
	for _, a := range r.Aliases {
		f.Aliases = append(f.Aliases, a.String())
	}
	return f.Sealed(), nil
}

// planChanged says that made is not the plan that was expected.
func planChanged(want Expect, made *plan.Plan) error {
	return &recipe.Fault{File: want.File, Code: "plan-changed", Hint: "look at it with lazymerge plan, and " + lock.PlanAgain + want.File,
		Message: fmt.Sprintf("config, options and sources give plan %s, and it was made for %s", say.PlanID(made.Hash), say.PlanID(want.Plan))}
}
