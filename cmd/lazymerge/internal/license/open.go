package license

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// maxTerms is the largest terms file that is copied, in bytes. The longest licenses have 50 kB.
const maxTerms = 1 << 20

// A termsFile is a license, notice or use policy of one source.
type termsFile struct {
	source int    // index into the sources
	name   string // in the source
	kind   string // see stem
	data   []byte
	path   string // in the result, once placed
}

// openTerms reads the terms files of all sources in parallel, identical ones on the Hub only once. Files too large for a
// license are left out with a warning.
func openTerms(ctx context.Context, config string, sources []*source.Source) ([]termsFile, recipe.Faults, error) {
	var files []termsFile
	var warnings recipe.Faults
	for i, src := range sources {
		for _, name := range src.Model.Files.Names() {
			if !plan.IsTerms(name) && name != src.Linked() {
				continue
			}
			size, err := sizeOf(ctx, src.Model.Files, name)
			switch {
			case err != nil:
				return nil, nil, source.Fault(src.Ref, config, err)
			case size > maxTerms:
				warnings = append(warnings, &recipe.Fault{File: config, Pos: src.Ref.Pos, Warning: true, Code: "license-file",
					Message: fmt.Sprintf("%s of %s is %s, too large for a license, so it is not copied", name, src.Name(), say.Bytes(size)),
					Hint:    "if it is a license, add it to the repo by hand"})
			default:
				files = append(files, termsFile{source: i, name: name, kind: termsKind(src, name)})
			}
		}
	}
	reads := map[hub.File]func() ([]byte, error){} // by size and git hash
	var g errgroup.Group
	g.SetLimit(8)
	for i := range files {
		f := &files[i]
		src := sources[f.source]
		read := sync.OnceValues(func() ([]byte, error) { return src.Model.ReadSmall(ctx, f.name) })
		if stored, ok := src.Stored(f.name); ok && stored.OID != "" {
			key := hub.File{Size: stored.Size, OID: stored.OID}
			if reads[key] == nil {
				reads[key] = read
			}
			read = reads[key]
		}
		g.Go(func() (err error) {
			if f.data, err = read(); err != nil {
				return source.Fault(src.Ref, config, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}
	return files, warnings, nil
}

func sizeOf(ctx context.Context, files plan.Files, name string) (int64, error) {
	ctx, done := context.WithCancel(ctx)
	defer done()
	_, size, err := files.Open(ctx, name)
	return size, err
}
