package pipeline

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/file"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/render"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
)

// ReadConfig reads the config at path; "-" is stdin. name is for faults. A text that is too long it cuts, as the parser says more
// about that.
func ReadConfig(ctx context.Context, u *ui.UI, path string, stdin io.Reader) (name string, text []byte, err error) {
	if name = path; path == "-" {
		name = "stdin"
		text, err = file.ReadFrom(ctx, stdin, lock.MaxConfig, func() { u.Line("reading", "the config from standard input") })
	} else {
		text, err = ReadFile(ctx, u, "the config", path, lock.MaxConfig)
	}
	if _, long := errors.AsType[*file.TooLarge](err); err != nil && !long {
		return name, nil, fault.Unreadable(name, "config", `pass the YAML file that lists the models, or "-" for standard input`, err)
	}
	return name, text, nil
}

const maxTemplate = 1_000_000 // bytes; ours has a hundredth of that

// ReadTemplate reads a card template; "" is ours.
func ReadTemplate(ctx context.Context, u *ui.UI, path string) (render.Template, error) {
	if path == "" {
		return render.Template{}, nil
	}
	text, err := ReadFile(ctx, u, "the template", path, maxTemplate)
	if err != nil {
		return render.Template{}, fault.Unreadable(path, "template", "pass a card template", err)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return render.Template{}, fault.Configf("template: %s is empty", path)
	}
	return render.Template{Path: path, Text: string(text)}, nil
}

// ReadFile reads a named file of at most limit bytes. If a pipe stalls, it says that it is reading what, such as "the config".
func ReadFile(ctx context.Context, u *ui.UI, what, path string, limit int64) ([]byte, error) {
	return file.Read(ctx, path, limit, func() { u.Line("reading", "%s from %s", what, path) })
}
