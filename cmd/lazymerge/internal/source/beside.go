package source

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/hub"
)

// besideConfig adds to the error of a model that was not found that there is a folder of that name beside the config: paths
// count from the current folder, as in mergekit. Other errors it returns as they are.
func (r Reader) besideConfig(path string, err error) error {
	if !errors.Is(err, errNoFolder) && !errors.Is(err, hub.ErrNotFound) || filepath.IsAbs(path) {
		return err
	}
	beside := filepath.Join(filepath.Dir(r.Config), path)
	if filepath.Dir(r.Config) == "." || !names.IsFolder(beside) {
		return err
	}
	return &fault.Fault{Err: err, Advice: fmt.Sprintf("paths count from the current folder, and %s is beside the config: run this in %s, or write the path from here", beside, filepath.Dir(r.Config))}
}

var errNoFolder = errors.New("there is no such folder")
