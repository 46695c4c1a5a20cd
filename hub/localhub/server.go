package localhub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/account"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/api"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/depot"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/model"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/pages"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/signed"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/storage"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/traffic"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/web"
)

// Server is one Hub. Make it with [New]. All methods may be called at the same time.
type Server struct {
	// Fault, unless nil, is asked about each request to either listener and may make it fail.
	// It is called from several goroutines at once and must not be replaced after Start.
	Fault func(*http.Request) Fault

	options  Options
	depot    depot.Depot
	repos    *store.Registry
	accounts *account.Accounts
	counts   model.Counts
	signer   *signed.Signer
	journal  traffic.Journal
	storage  *storage.Storage
	started  time.Time

	listening []*http.Server     // the one of the API, and that of storage where it has its own
	end       context.CancelFunc // of what waits while it answers
	url       string
}

// New makes a Hub that is not reachable yet. With opts.Root it reads back what the folder has
// and keeps others out of it until Close; the error is [ErrLocked] where another has it.
func New(opts Options) (*Server, error) {
	opts = opts.withDefaults()
	s := &Server{options: opts, started: opts.Now(), signer: signed.New(opts.URLLife, opts.Now)}
	var err error
	s.accounts, err = account.New(account.Options{Users: opts.Users, Publishers: opts.Publishers, Life: opts.TokenLife, Now: opts.Now})
	if err != nil {
		return nil, err
	}
	for _, host := range opts.AllowHosts {
		if !web.ValidHost(host) {
			return nil, fmt.Errorf("allowed host %q is no name or address of a host", host)
		}
	}
	s.depot = depot.NewMemory()
	if opts.Root != "" {
		if s.depot, err = depot.OpenFolder(opts.Root); err != nil {
			return nil, err
		}
	}
	if s.repos, err = store.OpenRegistry(s.depot); err != nil {
		return nil, errors.Join(err, s.depot.Close())
	}
	s.storage = &storage.Storage{
		Repos: s.repos, Signer: s.signer, ErrorLog: opts.ErrorLog, MultipartAbove: opts.MultipartAbove, PartSize: opts.PartSize,
	}
	return s, nil
}

// Start listens at addr, for example 127.0.0.1:0, and at a second port for storage unless
// [Options.OnePort] is set, and answers until Close. It returns as soon as both listen, and can be
// called once. ctx is for looking up the names of addresses, and does not end the Server.
func (s *Server) Start(ctx context.Context, addr string) error {
	if s.listening != nil {
		return errors.New("the local Hub has been started before")
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("address %q is not HOST:PORT, such as 127.0.0.1:8080", addr)
	}
	var listen net.ListenConfig
	api, err := listen.Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	if s.options.OnePort {
		return s.Serve(api, nil)
	}
	storageAddr := cmp.Or(s.options.StorageAddr, net.JoinHostPort(host, "0"))
	storage, err := listen.Listen(ctx, "tcp", storageAddr)
	if err != nil {
		api.Close()
		return fmt.Errorf("storage: %w", err)
	}
	return s.Serve(api, storage)
}

// Serve is Start with listeners of the caller's, for the API and for storage, which Close ends.
// Where storage is nil, that of the API serves both. Their addresses must be of the form
// host:port, with two ports. Where nobody else can reach a listener, as in a test with a clock of
// its own, no port of the machine is used.
func (s *Server) Serve(api, storage net.Listener) error {
	if s.listening != nil {
		return errors.New("the local Hub has been started before")
	}
	own, err := reachable(api.Addr())
	if err != nil {
		return fmt.Errorf("listener of the API: %w", err)
	}
	routes := s.router(own)
	if routes.Hosts, err = s.hosts(api); err != nil {
		return fmt.Errorf("listener of the API: %w", err)
	}
	s.storage.Hosts = routes.Hosts
	if storage != nil {
		s.storage.Apart = true
		if s.storage.Hosts, err = s.hosts(storage); err != nil {
			return fmt.Errorf("listener of storage: %w", err)
		}
		_, routes.StoragePort, _ = net.SplitHostPort(storage.Addr().String()) // hosts has looked at it
	}
	s.url = "http://" + own
	ctx, end := context.WithCancel(context.Background())
	s.end = end
	listen := func(l net.Listener, toStorage func(*http.Request) bool) {
		answer := s.journal.Record(s.faulty(routes), s.storage.Apart, s.options.Trace)
		s.listening = append(s.listening, traffic.Serve(ctx, l, answer, toStorage, s.options.ErrorLog))
	}
	listen(api, func(r *http.Request) bool { return storage == nil && signed.IsStorage(r.URL.Path) })
	if storage != nil {
		listen(storage, func(*http.Request) bool { return true })
	}
	return nil
}

// hosts are the names that this server answers to at a listener.
func (s *Server) hosts(l net.Listener) (web.HostCheck, error) {
	host, _, err := net.SplitHostPort(l.Addr().String())
	return web.HostCheck{Listen: host, Allowed: s.options.AllowHosts}, err
}

// router puts the rooms together. own is the host and port that the API listens at.
func (s *Server) router(own string) *web.Router {
	t := &web.Router{
		Repos: s.repos, Accounts: s.accounts, Now: s.options.Now, ErrorLog: s.options.ErrorLog, PageSize: s.options.PageSize,
		Host: own, Proxies: s.options.Proxies,
		Open: map[string]web.Routes{}, Site: map[string]web.Routes{}, API: map[string]web.Routes{}, RepoAPI: map[string]web.Routes{}, File: map[string]web.Routes{},
	}
	a := &api.API{
		Counts: &s.counts, Signer: s.signer, Started: s.started,
		LFSAbove: s.options.LFSAbove, CommitsPerHour: s.options.CommitsPerHour, RedirectRegular: s.options.RedirectRegular,
	}
	a.Register(t)
	s.storage.Register(t)
	(&pages.Site{Counts: &s.counts, Preview: s.options.Preview}).Register(t)
	return t
}

// faulty asks s.Fault about each request, and has storage or else api answer it.
func (s *Server) faulty(api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := api
		if traffic.ToStorage(r) {
			h = s.storage
		}
		if s.Fault != nil {
			if fault := s.Fault(r); fault != nil {
				h = fault(h)
			}
		}
		h.ServeHTTP(w, r)
	})
}

// reachable is a listener's address with a host that a client on this machine can use.
func reachable(a net.Addr) (string, error) {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return "", err
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), nil
}

// URL is the endpoint, for HF_ENDPOINT, without a slash at the end; "" before Start.
func (s *Server) URL() string { return s.url }

// Close ends all connections at once and gives the folder free. A write that was not answered
// yet has happened or not.
func (s *Server) Close() error {
	var errs []error
	if s.end != nil {
		s.end()
	}
	for _, server := range s.listening {
		errs = append(errs, server.Close())
	}
	s.storage.Close()
	return errors.Join(append(errs, s.depot.Close())...)
}

// Shutdown lets requests under way come to their end, as long as ctx allows, then closes.
func (s *Server) Shutdown(ctx context.Context) error {
	var errs []error
	for _, server := range s.listening {
		errs = append(errs, server.Shutdown(ctx))
	}
	return errors.Join(append(errs, s.Close())...)
}

// Log returns the requests so far in the order of their arrival, the latest 32,768 at least, or
// fewer where their paths and queries have more than 8 MiB.
// A request is in it, with its status and at least the bytes that the client has, before the
// client sees the first byte of the answer.
func (s *Server) Log() []Request { return s.journal.Log() }

// Leaks returns the requests that carried an Authorization header to the storage listener, the
// first 1024 of them. Each was answered 400. A correct client has none. Where storage has no
// listener of its own there is nothing to leak.
func (s *Server) Leaks() []Request { return s.journal.Leaks() }

// A Job is what GitHub Actions tells a job that may ask for id tokens.
type Job struct {
	RequestURL   string // ACTIONS_ID_TOKEN_REQUEST_URL
	RequestToken string // ACTIONS_ID_TOKEN_REQUEST_TOKEN
}

// NewJob makes a CI job with a subject. Its id tokens come from this server, after Start.
func (s *Server) NewJob(subject string) Job {
	return Job{RequestURL: s.url + "/" + api.IDTokenPath + "?api-version=2.0", RequestToken: s.accounts.NewJob(subject)}
}

// IDToken makes the id token of a CI job: a signed JWT that is good for five minutes. audience is the
// endpoint of the Hub that it is to be shown to.
func (s *Server) IDToken(subject, audience string) string {
	return s.accounts.IDToken(subject, audience)
}

// EndTokens makes every token that was given out for an id token invalid, as if its time were over.
func (s *Server) EndTokens() { s.accounts.EndTokens() }
