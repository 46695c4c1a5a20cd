package localhub

import (
	"io"
	"net/http"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/account"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/depot"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/git"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/traffic"
)

// ErrLocked is a Root that another Server uses, in this process or in another one.
var ErrLocked = depot.ErrLocked

// Content is the bytes of one file, wherever they are. The zero value is an empty file.
type Content = depot.Content

// Bytes is content held in memory. b is not copied and must not change.
func Bytes(b []byte) Content { return depot.Bytes(b) }

// Text is content held in memory.
func Text(s string) Content { return depot.Text(s) }

// File is the content of a file on disk, which must not change while it is in use. A Server
// in memory reads it where it is; a Server with a Root copies it.
func File(path string) (Content, error) { return depot.File(path) }

// Folder is the content of every file below dir, by path with slashes, as [Server.PutRepo] takes it.
func Folder(dir string) (map[string]Content, error) { return depot.Folder(dir) }

// Opener is content of size bytes that open gives access to. open is called for each read,
// possibly at the same time from several goroutines, and must give the same bytes every time.
func Opener(size int64, open func() (io.ReadSeekCloser, error)) Content {
	return depot.Opener(size, open)
}

// FileInfo is one file of a commit.
type FileInfo = git.FileInfo

// Commit is one step of a repo's history.
type Commit = git.Commit

// RepoOptions say who may see a repo.
type RepoOptions = store.RepoOptions

// Gate is whether readers of a repo must have asked for access before they get its files.
type Gate = store.Gate

// The gates of a repo. Auto and Manual differ only in what the repo's info says: in both, the
// files are for those of the namespace and for [RepoOptions.Allowed].
const (
	Open   = store.Open
	Auto   = store.Auto
	Manual = store.Manual
)

// A Discussion is one conversation in a repo, or a pull request, whose commits are on the ref
// refs/pr/ and its number. Both are numbered from 1, together.
type Discussion = store.Discussion

// A DiscussionEvent is one thing that has happened in a discussion.
type DiscussionEvent = store.DiscussionEvent

// A DiscussionStatus is how far a discussion or pull request has come.
type DiscussionStatus = store.DiscussionStatus

// A pull request that was made without a commit starts as a draft, everything else open.
// Merged and closed ones take no commits; a merged one stays so.
const (
	Draft  = store.Draft
	Opened = store.Opened
	Closed = store.Closed
	Merged = store.Merged
)

// User is somebody who may write to their own namespace and to those of their organizations.
type User = account.User

// Token is a secret that a client sends as "Authorization: Bearer". It must start with "hf_",
// which the JavaScript client insists on.
type Token = account.Token

// Role is what a token may do.
type Role = account.Role

// The roles of a token. All may read; a write token may change what its user may, a fine-grained one what it names of that.
const (
	Read        = account.Read
	Write       = account.Write
	FineGrained = account.FineGrained
)

// Publisher lets a CI job have tokens without a stored secret, as a trusted publisher does on the public Hub: a job
// that shows an id token with this subject is given a token for the resource.
type Publisher = account.Publisher

// Request is one request that a Server has had. It has no token and no signature in it.
type Request = traffic.Request

// ToStorage tells whether a request that [Server.Fault] is asked about is for storage.
func ToStorage(r *http.Request) bool { return traffic.ToStorage(r) }
