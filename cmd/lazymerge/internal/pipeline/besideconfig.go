package pipeline

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/lazymerge/lazymerge/hub"
)

// besideConfig adds to the error of a model that was not found that there is a folder of that name beside the config: paths
// count from the current folder, as in mergekit. Other errors it returns as they are.
func (s *Setup) besideConfig(path string, err error) error {
	if !errors.Is(err, errNoFolder) && !errors.Is(err, hub.ErrNotFound) || filepath.IsAbs(path) || s.Config == "-" {
		return err
	}
	beside := filepath.Join(filepath.Dir(s.Config), path)
	if filepath.Dir(s.Config) == "." || !isFolder(beside) {
		return err
	}
	return &strayPath{err, fmt.Sprintf("paths count from the current folder, and %s is beside the config: run this in %s, or write the path from here", beside, filepath.Dir(s.Config))}
}

var errNoFolder = errors.New("there is no such folder")

// strayPath is a relative path that counts from elsewhere than was meant.
type strayPath struct {
	error
	advice string
}

func (e *strayPath) Unwrap() error { return e.error }

// Hint tells what to do.
func (e *strayPath) Hint() string { return e.advice }
