package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

const token = "hf_bench"

// serve makes a Hub with the models in it, and says in the environment where it is.
func (b *bench) serve(ctx context.Context, root string, folders []string) (*localhub.Server, []string, error) {
	server, err := localhub.New(localhub.Options{Root: root, Users: []localhub.User{{Name: "me", Tokens: []localhub.Token{{Secret: token, Role: localhub.Write}}}}})
	if err != nil {
		return nil, nil, err
	}
	refs, err := b.publish(ctx, server, folders)
	if err != nil {
		return nil, nil, errors.Join(err, server.Close())
	}
	return server, refs, nil
}

func (b *bench) publish(ctx context.Context, server *localhub.Server, folders []string) (refs []string, err error) {
	for i, dir := range folders {
		files, err := localhub.Folder(dir)
		if err != nil {
			return nil, err
		}
		ref := fmt.Sprintf("me/source-%d", i+1)
		refs = append(refs, ref)
		if _, err := server.PutRepo(ref, localhub.RepoOptions{}, files); err != nil {
			return nil, err
		}
	}
	if err := server.Start(ctx, "127.0.0.1:0"); err != nil {
		return nil, err
	}
	for k, v := range map[string]string{"HF_ENDPOINT": server.URL(), "HF_TOKEN": token, "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HOME": filepath.Join(b.dir, "home")} {
		if err := os.Setenv(k, v); err != nil {
			return nil, err
		}
	}
	return refs, nil
}
