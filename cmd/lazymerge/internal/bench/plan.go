package main

import (
	"context"
	"path/filepath"
)

// plan measures plans of models without weights: first of folders, then of a Hub in memory.
func (b *bench) plan(ctx context.Context, method *benchmark, folders []string) error {
	config, err := b.config(method, folders)
	if err != nil {
		return err
	}
	if err := b.timePlan(ctx, config, "folders"); err != nil {
		return err
	}
	server, refs, err := b.serve(ctx, "", folders)
	if err != nil {
		return err
	}
	defer server.Close()
	if config, err = b.config(method, refs); err != nil {
		return err
	}
	return b.timePlan(ctx, config, "a Hub")
}

func (b *bench) timePlan(ctx context.Context, config, where string) error {
	for range 5 {
		m, err := measure(ctx, filepath.Join(b.dir, "none"), append([]string{b.binary, "plan", config}, b.flags()...)...)
		if err != nil {
			return err
		}
		m.print("lazymerge plan of " + b.shape.Name + " from " + where)
	}
	return nil
}
