package main

import (
	"context"
	"fmt"
	"os"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
)

// writeFile writes a file that flag names, as file.Write does.
func (a *app) writeFile(ctx context.Context, flag, path string, data []byte) error {
	err := file.Write(ctx, path, data, func() { a.ui.Line("writing", "%s, which nobody reads yet", path) })
	if err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	return nil
}

// checkOutput refuses a file that flag names and that cannot be written, or that would take the config's place, before
// anything is read. No path is no file.
func checkOutput(flag, path, config string) error {
	if path == "" {
		return nil
	}
	if err := file.Check(path); err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	to, err := os.Stat(path)
	if err != nil {
		return nil // a new file
	}
	if read, err := os.Stat(config); err == nil && to.Mode().IsRegular() && os.SameFile(to, read) {
		return usage(fmt.Errorf("%s %s would overwrite the config; name another file", flag, path))
	}
	return nil
}
