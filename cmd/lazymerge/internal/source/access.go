package source

import (
	"context"

	"github.com/lazymerge/lazymerge/hub"
)

// Access says why a source can be read.
type Access string

const (
	AccessFolder Access = "folder" // it is on this machine
	AccessOpen   Access = "open"   // anybody may read it
	AccessToken  Access = "token"  // it is gated or private, and the token may read it
	AccessCache  Access = "cache"  // the cache has everything; the Hub was not asked, or refuses the token
)

// Access finds out why each source could be read. A gated repo may be in the cache although the token has no access.
func (r Reader) Access(ctx context.Context, sources []*Source) []Access {
	return Each(len(sources), func(i int) Access {
		src := sources[i]
		pinned, ok := src.Model.Files.(*hub.Pinned)
		switch {
		case src.Folder:
			return AccessFolder
		case !ok:
			return AccessCache
		case src.Gated == "" && !src.Private:
			return AccessOpen
		case src.Gated == "" || len(pinned.Cached()) == 0 || r.Hub.CheckRead(ctx, src.Pin.Repo) == nil:
			return AccessToken
		}
		return AccessCache
	})
}
