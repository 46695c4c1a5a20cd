// Command lazymerge merges language models and publishes the result to the Hugging Face Hub.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(start(system())) }

// start runs the command line of this process until it is done or a signal ends it.
func start(p process) int {
	log.SetOutput(io.Discard) // where net/http quotes a server that breaks the protocol, which may be anything
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	signal.Ignore(syscall.SIGPIPE) // a reader that goes away does not end a push
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process where it is
	return run(ctx, os.Args[1:], p)
}
