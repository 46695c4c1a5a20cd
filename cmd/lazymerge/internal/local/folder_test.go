package local

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestClearWorkTakesOnlyWorkFolders(t *testing.T) {
	dir := t.TempDir()
	err := errors.Join(
		os.MkdirAll(filepath.Join(dir, ".lazymerge-aaaaaaaaaaaa", "deep"), 0o777),
		os.MkdirAll(filepath.Join(dir, ".lazymerge-bbbbbbbbbbbb"), 0o777),
		os.WriteFile(filepath.Join(dir, "keep"), nil, 0o666),
		clearWork(dir),
	)
	if got := treeOf(t, dir); err != nil || !slices.Equal(got, []string{"keep"}) {
		t.Errorf("clearWork left %v, %v", got, err)
	}
}
