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

// start runs the command line of this process until it ends or is interrupted.
func start(p process) int {
	log.SetOutput(io.Discard) // net/http logs what a misbehaving server sends
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	signal.Ignore(syscall.SIGPIPE) // a closed pipe must not stop a push
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal kills the process
	return run(ctx, os.Args[1:], p)
}
