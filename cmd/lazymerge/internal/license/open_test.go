package license

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// What is too large for a license stays behind, and is told.
func TestLargeTerms(t *testing.T) {
	dir := t.TempDir()
	for name, size := range map[string]int64{"LICENSE": maxTerms, "NOTICE": maxTerms + 1} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
	}
	folder, err := plan.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	ref := recipe.Ref{Path: "./model", Pos: recipe.Pos{Line: 3, Col: 5}}
	src := &source.Source{Ref: ref, Folder: true, Model: &plan.Model{Files: folder}}
	files, warnings, err := openTerms(t.Context(), "merge.yaml", []*source.Source{src})
	if err != nil || len(files) != 1 || files[0].name != "LICENSE" || len(files[0].data) != maxTerms {
		t.Fatalf("openTerms = %d files, %v", len(files), err)
	}
	const want = "merge.yaml:3:5: warning: NOTICE of ./model is 1.0 MB, too large for a license, so it is not copied; if it is a license, add it to the repo by hand"
	if got := warnings.Error(); got != want {
		t.Errorf("warnings %s, want %s", got, want)
	}
}
