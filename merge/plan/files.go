package plan

import (
	"context"
	"io"
)

// Files are the named files of one pinned model. A local folder, a Hub revision and a
// snapshot in the HF cache all serve.
type Files interface {
	// Names lists the files, slash-separated and sorted.
	Names() []string
	// Open returns the bytes of one file and its size. Reads end with ctx. The error is
	// io/fs.ErrNotExist for a name that is not there.
	Open(ctx context.Context, name string) (io.ReaderAt, int64, error)
}
