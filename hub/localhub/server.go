package localhub

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
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

	api, storage *http.Server
	url          string
	storagePort  string
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

// headerTimeout ends connections that never say what they want.
const headerTimeout = 30 * time.Second

// Start listens at addr, for example 127.0.0.1:0, and at a second port for storage, and
// answers until Close. It returns as soon as both listen, and can be called once.
func (s *Server) Start(addr string) error {
	if s.api != nil {
		return errors.New("the local Hub has been started before")
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("address %q: %w", addr, err)
	}
	storageAddr := s.options.StorageAddr
	if storageAddr == "" {
		storageAddr = net.JoinHostPort(host, "0")
	}
	api, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	storage, err := net.Listen("tcp", storageAddr)
	if err != nil {
		api.Close()
		return fmt.Errorf("storage: %w", err)
	}
	return s.Serve(api, storage)
}

// Serve is Start with listeners of the caller's, for the API and for storage, which Close ends.
// Their addresses must be of the form host:port, with two ports. Where nobody else can reach a
// listener, as in a test with a clock of its own, no port of the machine is used.
func (s *Server) Serve(api, storage net.Listener) error {
	if s.api != nil {
		return errors.New("the local Hub has been started before")
	}
	url, err := reachable(api.Addr())
	if err != nil {
		return fmt.Errorf("listener of the API: %w", err)
	}
	_, port, err := net.SplitHostPort(storage.Addr().String())
	if err != nil {
		return fmt.Errorf("listener of storage: %w", err)
	}
	s.url, s.storagePort = "http://"+url, port
	serve := func(l net.Listener, isStorage bool, h http.HandlerFunc) *http.Server {
		server := &http.Server{
			Handler:           s.journaled(isStorage, s.faulty(h)),
			ReadHeaderTimeout: headerTimeout,
			BaseContext: func(net.Listener) context.Context {
				return context.WithValue(context.Background(), storageKey{}, isStorage)
			},
			ErrorLog: s.options.ErrorLog,
		}
		go server.Serve(l)
		return server
	}
	s.api = serve(api, false, s.serveAPI)
	s.storage = serve(storage, true, s.serveStorage)
	return nil
}

// storageKey is the context's key of whether a request came to the storage listener.
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
	if s.api != nil {
		errs = append(errs, s.api.Close(), s.storage.Close())
	}
	s.parts.drop(func(*multipart) bool { return true })
	return errors.Join(append(errs, s.depot.close())...)
}

// Shutdown lets requests under way come to their end, as long as ctx allows, then closes.
func (s *Server) Shutdown(ctx context.Context) error {
	var errs []error
	if s.api != nil {
		errs = append(errs, s.api.Shutdown(ctx), s.storage.Shutdown(ctx))
	}
	return errors.Join(append(errs, s.Close())...)
}

func (s *Server) now() time.Time { return s.options.Now() }

func (s *Server) errorLog() *log.Logger {
	if s.options.ErrorLog != nil {
		return s.options.ErrorLog
	}
	return log.Default()
}
