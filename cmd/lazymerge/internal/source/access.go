package source

import (
	"context"

	"github.com/lazymerge/lazymerge/hub"
)

// Access says why a source can be read, once it was.
type Access string

// What lets a source be read.
const (
	AccessFolder Access = "folder" // it is on this machine
	AccessOpen   Access = "open"   // anybody may read it
	AccessToken  Access = "token"  // it is gated or private, and the token may read it
	AccessCache  Access = "cache"  // the cache has all that is needed; the Hub was not asked, or it refuses the token
)

// Access finds out why src could be read. Of a gated repo the cache may have everything, and the token no access.
func (r Reader) Access(ctx context.Context, src *Source) Access {
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
}
