package local

import (
	"path/filepath"
	"slices"
	"testing"
)

func TestMissingFoldersListsWhatMkdirAllWouldMake(t *testing.T) {
	dir := t.TempDir()
	got := missingFolders(filepath.Join(dir, "a", "b", "c"))
	want := []string{filepath.Join(dir, "a", "b", "c"), filepath.Join(dir, "a", "b"), filepath.Join(dir, "a")}
	if !slices.Equal(got, want) {
		t.Errorf("missingFolders = %v, want %v", got, want)
	}
	if got := missingFolders(dir); got != nil {
		t.Errorf("missingFolders of one that is there = %v, want none", got)
	}
}
