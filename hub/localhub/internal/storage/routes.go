// Package storage moves the contents of large files: the batch API of git-lfs, uploads in one piece or in parts, and downloads.
package storage

import (
	"log"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/signed"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/web"
)

// Storage keeps the contents of large files: it tells clients where to send them and where to get them, and
// answers there.
type Storage struct {
	Repos    *store.Registry
	Signer   *signed.Signer
	ErrorLog *log.Logger // for faults of this server

	MultipartAbove int64 // bytes; a larger object is sent in parts
	PartSize       int64 // bytes of every part but the last, or more where there would be too many

	Apart bool          // it has a listener of its own
	Hosts web.HostCheck // the names that it answers to

	parts multiparts
}

// A call is a call with what answers it.
type call struct {
	*web.Call
	*Storage
}

// Register enters the API of git-lfs into the tables of t.
func (s *Storage) Register(t *web.Router) {
	of := func(answer func(*call) error) web.Routes {
		return web.Routes{"POST": {Handle: func(c *web.Call) error { return answer(&call{c, s}) }}}
	}
	t.API[completePath] = of(completeParts) // its URL is signed
	t.File["info"] = of(lfsObjects)         // of {id}.git/info/lfs/objects/
}

// Close ends the uploads that are under way.
func (s *Storage) Close() { s.parts.drop(func(*multipart) bool { return true }) }
