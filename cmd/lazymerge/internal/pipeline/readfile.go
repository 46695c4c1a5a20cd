package pipeline

import (
	"context"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
)

// ReadFile reads a file that a person has named, of at most limit bytes. Where nothing comes, as from a pipe, it tells
// that it is reading what, such as "the config".
func ReadFile(ctx context.Context, u *ui.UI, what, path string, limit int64) ([]byte, error) {
	return file.Read(ctx, path, limit, func() { u.Line("reading", "%s from %s", what, path) })
}
