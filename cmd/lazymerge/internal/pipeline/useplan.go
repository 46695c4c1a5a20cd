package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/license"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// File makes m's plan a file to be carried out later; target is nil where it is not to be published.
func (m *Merge) File(target *lock.PlanTarget) (*lock.PlanFile, error) {
	if !utf8.Valid(m.Recipe.Text) {
		return nil, fault.Configf("%s is not UTF-8 text, so no plan file can hold it", m.setup.name())
	}
	f := lock.PlanFile{
		Format: lock.PlanFormat, Tool: m.setup.Version, Numeric: plan.Numeric, Plan: m.Plan.Hash,
		Options: m.lockOptions(), Target: target,
		Name: lock.Portable(m.setup.name()), Config: strings.Split(string(m.Recipe.Text), "\n"),
	}
	for _, src := range m.Sources {
		f.Sources = append(f.Sources, src.Pin)
	}
	for _, a := range m.setup.Aliases {
		f.Aliases = append(f.Aliases, a.String())
	}
	return f.Sealed(), nil
}

// Use makes s prepare what f says. Where s names a config already, it must be f's.
func (s *Setup) Use(ctx context.Context, f *lock.PlanFile) error {
	if s.Config != "" {
		text, err := s.read(ctx)
		if err != nil {
			return err
		}
		if !bytes.Equal(text, f.Text()) {
			return &recipe.Fault{File: s.name(), Code: "plan-config", Message: "this is not the config that " + f.Path + " was made for",
				Hint: "leave it out to merge what was planned, or " + lock.PlanAgain + f.Path}
		}
	} else {
		s.Config = f.Name
	}
	s.Text, s.Pins = f.Text(), f.Sources
	s.Plan = f.Options.Plan()
	s.License = license.Choice{ID: f.Options.License, Name: f.Options.LicenseName, Link: f.Options.LicenseLink}
	for _, text := range f.Aliases {
		alias, err := names.ParseAlias(text)
		if err != nil {
			return err
		}
		s.Aliases = append(s.Aliases, alias)
	}
	s.file = f
	return nil
}

// compare tells whether m is the plan that the file was made for, and in a line each which sources have moved on since.
func (m *Merge) compare(ctx context.Context) error {
	f := m.setup.file
	if f == nil {
		return nil
	}
	if m.Plan.Hash != f.Plan {
		return &recipe.Fault{File: f.Path, Code: "plan-changed", Hint: "look at it with lazymerge plan, and " + lock.PlanAgain + f.Path,
			Message: fmt.Sprintf("config, options and sources give plan %s, and it was made for %s", say.PlanID(m.Plan.Hash), say.PlanID(f.Plan))}
	}
	var g errgroup.Group
	g.SetLimit(8)
	m.moved = make([]string, len(m.Sources))
	for i, src := range m.Sources {
		g.Go(func() error {
			m.moved[i] = m.setup.reader().Moved(ctx, src)
			return nil
		})
	}
	_ = g.Wait() // none fails
	for i, src := range m.Sources {
		if note := src.NewName(); note != "" {
			m.setup.UI.Line("source", "%s", note)
		}
		if m.moved[i] != "" {
			m.setup.UI.Line("source", "%s has moved to %s since this plan; %s is merged", src.Name(), say.CommitID(m.moved[i]), say.CommitID(src.Pin.Commit))
		}
	}
	return ctx.Err()
}
