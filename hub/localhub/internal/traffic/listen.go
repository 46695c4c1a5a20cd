// Package traffic is what lies between the listeners and those who answer: limits of connections, and the log of requests.
package traffic

import (
	"context"
	"log"
	"net"
	"net/http"
)

// storageKey is the context's key of whether a request is for storage.
type storageKey struct{}

// ToStorage tells whether a request that [Server.Fault] is asked about is for storage.
func ToStorage(r *http.Request) bool {
	storage, _ := r.Context().Value(storageKey{}).(bool)
	return storage
}

// Serve answers at one listener, and what waits while it answers ends with ctx; toStorage tells which requests are for storage.
func Serve(ctx context.Context, l net.Listener, answer http.Handler, toStorage func(*http.Request) bool, errorLog *log.Logger) *http.Server {
	l, released := limited(l, maxConnections)
	server := &http.Server{
		ConnState: released,
		Handler: paced(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), storageKey{}, toStorage(r))))
		})),
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaders,
		ErrorLog:          errorLog,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	go server.Serve(l)
	return server
}
