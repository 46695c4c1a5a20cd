package localhub

import (
	"crypto/sha256"
	"fmt"
	"log"
	"net/netip"
	"slices"
	"strings"
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

// User is somebody who may write to their own namespace and to those of their organisations.
type User struct {
	Name   string // the namespace, and what whoami answers
	Tokens []Token
	Orgs   []string
}

// Token is a secret that a client sends as "Authorization: Bearer". It must start with "hf_",
// which the JavaScript client insists on.
type Token struct {
	Secret string
	Role   Role
	Writes []string // with FineGrained: the namespaces, and the models as namespace/name, that it may change
}

// Role is what a token may do.
type Role string

// The roles of a token. All may read; a write token may change what its user may, a fine-grained one what it names of that.
const (
	Read        Role = "read"
	Write       Role = "write"
	FineGrained Role = "fineGrained"
)

const (
	defaultURLLife     = time.Hour
	defaultLFSAbove    = 5_000_000     // the limit that a comment of the official Python client names
	defaultMultipart   = 5_000_000_000 // Amazon S3 user guide, "Amazon S3 multipart upload limits"
	defaultPart        = 100_000_000
	maxParts           = 10_000 // from the same page
	defaultTreePage    = 1000
	defaultHistoryPage = 50

	maxRegular = 10 << 20 // bytes of one regular file, the public Hub's limit at commit
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
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func (o Options) treePage() int {
	if o.PageSize > 0 {
		return o.PageSize
	}
	return defaultTreePage
}

func (o Options) historyPage() int {
	if o.PageSize > 0 {
		return o.PageSize
	}
	return defaultHistoryPage
}

// A login is what one token stands for. A nil *login is an anonymous client.
type login struct {
	name string
	orgs []string
	role Role

	writes []string // of a fine-grained token

	// Of a token that was given out for an id token:
	keyless bool
	only    repoID // the one repo that it is for; the zero value for one that reads
	ends    time.Time
}

// logins maps the sha256 of each secret to its login, so that neither a dump of the map nor
// the time of a look-up tells a secret. No error has a secret in it.
func logins(users []User) (map[[sha256.Size]byte]*login, error) {
	all := make(map[[sha256.Size]byte]*login)
	names := make(map[string]bool)
	for _, u := range users {
		if err := checkNamespace(u.Name); err != nil {
			return nil, fmt.Errorf("user: %w", err)
		}
		if names[u.Name] {
			return nil, fmt.Errorf("user %s is there twice", u.Name)
		}
		names[u.Name] = true
		for _, org := range u.Orgs {
			if err := checkNamespace(org); err != nil {
				return nil, fmt.Errorf("organisation of user %s: %w", u.Name, err)
			}
		}
		for i, t := range u.Tokens {
			if !strings.HasPrefix(t.Secret, "hf_") || len(t.Secret) < len("hf_")+1 {
				return nil, fmt.Errorf("token %d of user %s does not start with hf_", i+1, u.Name)
			}
			if !slices.Contains([]Role{Read, Write, FineGrained}, t.Role) {
				return nil, fmt.Errorf("token %d of user %s has role %q; want %q, %q or %q", i+1, u.Name, t.Role, Read, Write, FineGrained)
			}
			l := &login{name: u.Name, orgs: u.Orgs, role: t.Role, writes: t.Writes}
			for _, what := range t.Writes {
				if namespace, _, _ := strings.Cut(what, "/"); t.Role != FineGrained || !l.in(namespace) {
					return nil, fmt.Errorf("token %d of user %s may not be for %s", i+1, u.Name, what)
				}
			}
			sum := sha256.Sum256([]byte(t.Secret))
			if all[sum] != nil {
				return nil, fmt.Errorf("token %d of user %s is the token of %s too", i+1, u.Name, all[sum].name)
			}
			all[sum] = l
		}
	}
	return all, nil
}
