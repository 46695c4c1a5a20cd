package localhub

import (
	"log"
	"net/netip"
	"time"
)

// Options say what a Server keeps, who may use it, and where it differs from the defaults.
// The zero value is a Hub in memory that everybody may read and nobody may write.
type Options struct {
	Root  string // folder that keeps the repos; "" keeps them in memory
	Users []User

	Publishers []Publisher   // CI jobs that are given tokens for their id tokens
	TokenLife  time.Duration // how long such a token is good; 0 is one hour

	// Large files come from another origin, as those of the public Hub do, so that a client that
	// takes its token there is found out. OnePort is for a server that others reach through one port.
	OnePort     bool          // storage is served at the address of the API
	StorageAddr string        // address of the storage listener; "" is a free port of Start's host
	URLLife     time.Duration // how long a signed storage URL is good; 0 is one hour
	LFSAbove    int64         // bytes; a larger file is asked for through LFS; 0 is 5 MB
	PageSize    int           // entries of one page; 0 is 1000 of a tree and 50 of a history

	// A Server that listens on loopback, or has any AllowHosts, answers requests whose Host is a
	// name or address of loopback, the address that it listens at, or one of these; others get 421.
	AllowHosts []string
	Proxies    []netip.Prefix // peers whose X-Forwarded-Host and X-Forwarded-Proto tell where this server is found; nil is none

	MultipartAbove int64 // bytes; a larger object is sent in parts; 0 is 5 GB, the limit of one PUT to S3
	PartSize       int64 // bytes of every part but the last; 0 is 100 MB, or more where 10,000 parts would not do

	Preview bool // the pages show repos as they will be once they are published: without history, discussions and how to get them

	CommitsPerHour  int  // commits in one repo that are answered 429 beyond; 0 is no limit
	RedirectRegular bool // answer resolve of a regular file with the public Hub's relative 307

	Now      func() time.Time // nil is time.Now
	Trace    func(Request)    // called after each answer, possibly at the same time from several goroutines
	ErrorLog *log.Logger      // for faults of this server, never of a client; nil is the standard logger
}

const (
	defaultURLLife   = time.Hour
	defaultLFSAbove  = 5_000_000     // the limit that a comment of the official Python client names
	defaultMultipart = 5_000_000_000 // Amazon S3 user guide, "Amazon S3 multipart upload limits"
	defaultPart      = 100_000_000
	defaultTokenLife = time.Hour // that of the public Hub
)

// withDefaults returns o with every zero field that has a default filled in.
func (o Options) withDefaults() Options {
	if o.URLLife == 0 {
		o.URLLife = defaultURLLife
	}
	if o.LFSAbove == 0 {
		o.LFSAbove = defaultLFSAbove
	}
	if o.MultipartAbove == 0 {
		o.MultipartAbove = defaultMultipart
	}
	if o.PartSize == 0 {
		o.PartSize = defaultPart
	}
	if o.TokenLife == 0 {
		o.TokenLife = defaultTokenLife
	}
	o.PageSize = max(o.PageSize, 0)
	if o.ErrorLog == nil {
		o.ErrorLog = log.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
