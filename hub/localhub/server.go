package localhub

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"slices"
	"time"
)

// Server is one Hub. Make it with [New]. All methods may be called at the same time.
type Server struct {
	// Fault, unless nil, is asked about each request to either listener and may make it fail.
	// It is called from several goroutines at once and must not be replaced after Start.
	Fault func(*http.Request) Fault

	options Options
	depot   depot
	repos   *registry
	logins  map[[sha256.Size]byte]*login
	key     []byte // of signed URLs; a restart makes them all expire
	started time.Time
	journal journal
	counts  counts
	parts   multiparts
	issued  issued

	api, storage *http.Server       // storage is nil where the API's port serves it, too
	end          context.CancelFunc // of what waits while it answers
	url          string
	storagePort  string // "" where that is the API's
}

// New makes a Hub that is not reachable yet. With opts.Root it reads back what the folder has
// and keeps others out of it until Close; the error is [ErrLocked] where another has it.
func New(opts Options) (*Server, error) {
	opts = opts.withDefaults()
	s := &Server{options: opts, started: opts.Now(), key: make([]byte, 32)}
	rand.Read(s.key) // never fails
	var err error
	if s.logins, err = logins(opts.Users); err != nil {
		return nil, err
	}
	for _, host := range opts.AllowHosts {
		if !validHost(host) {
			return nil, fmt.Errorf("allowed host %q is no name or address of a host", host)
		}
	}
	s.depot = newMemory()
	if opts.Root != "" {
		if s.depot, err = openFolder(opts.Root); err != nil {
			return nil, err
		}
	}
	if s.repos, err = openRegistry(s.depot); err != nil {
		return nil, errors.Join(err, s.depot.close())
	}
	return s, nil
}

// Start listens at addr, for example 127.0.0.1:0, and at a second port for storage unless
// [Options.OnePort] is set, and answers until Close. It returns as soon as both listen, and can be
// called once. ctx is for looking up the names of addresses, and does not end the Server.
func (s *Server) Start(ctx context.Context, addr string) error {
	if s.api != nil {
		return errors.New("the local Hub has been started before")
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("address %q: %w", addr, err)
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
	if s.api != nil {
		return errors.New("the local Hub has been started before")
	}
	url, err := reachable(api.Addr())
	if err != nil {
		return fmt.Errorf("listener of the API: %w", err)
	}
	if storage != nil {
		if _, s.storagePort, err = net.SplitHostPort(storage.Addr().String()); err != nil {
			return fmt.Errorf("listener of storage: %w", err)
		}
	}
	s.url = "http://" + url
	ctx, end := context.WithCancel(context.Background())
	s.end = end
	s.api = s.serve(ctx, api, func(r *http.Request) bool { return storage == nil && isStoragePath(r.URL.Path) })
	if storage != nil {
		s.storage = s.serve(ctx, storage, func(*http.Request) bool { return true })
	}
	return nil
}

// serve answers at one listener, and what waits while it answers ends with ctx; toStorage tells which requests are for storage.
func (s *Server) serve(ctx context.Context, l net.Listener, toStorage func(*http.Request) bool) *http.Server {
	host, _, _ := net.SplitHostPort(l.Addr().String()) // the caller has looked at it
	hosts := hostCheck{host, s.options.AllowHosts}
	answer := s.journaled(s.faulty(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ToStorage(r) {
			s.serveStorage(w, r, hosts)
			return
		}
		s.serveAPI(w, r, hosts)
	})))
	l, released := limited(l, maxConnections)
	server := &http.Server{
		ConnState: released,
		Handler: paced(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), storageKey{}, toStorage(r))))
		})),
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaders,
		ErrorLog:          s.options.ErrorLog,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	go server.Serve(l)
	return server
}

// storageKey is the context's key of whether a request is for storage.
type storageKey struct{}

// ToStorage tells whether a request that [Server.Fault] is asked about is for storage.
func ToStorage(r *http.Request) bool {
	storage, _ := r.Context().Value(storageKey{}).(bool)
	return storage
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
	for _, server := range s.listening() {
		errs = append(errs, server.Close())
	}
	s.parts.drop(func(*multipart) bool { return true })
	return errors.Join(append(errs, s.depot.close())...)
}

// Shutdown lets requests under way come to their end, as long as ctx allows, then closes.
func (s *Server) Shutdown(ctx context.Context) error {
	var errs []error
	for _, server := range s.listening() {
		errs = append(errs, server.Shutdown(ctx))
	}
	return errors.Join(append(errs, s.Close())...)
}

func (s *Server) listening() []*http.Server {
	return slices.DeleteFunc([]*http.Server{s.api, s.storage}, func(server *http.Server) bool { return server == nil })
}

func (s *Server) now() time.Time { return s.options.Now() }

func (s *Server) errorLog() *log.Logger {
	if s.options.ErrorLog != nil {
		return s.options.ErrorLog
	}
	return log.Default()
}
