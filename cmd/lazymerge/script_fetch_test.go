package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// fetch URL [NAME:VALUE]...: status, Location and body of a GET with those header fields, no redirect followed.
func cmdFetch(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: fetch URL [NAME:VALUE]...")
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, args[0], nil)
	ts.Check(err)
	for _, arg := range args[1:] {
		name, value, _ := strings.Cut(arg, ":")
		if value = strings.TrimSpace(value); name == "Host" {
			req.Host = value
		}
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	ts.Check(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	fmt.Fprintf(ts.Stdout(), "%d\nLocation: %s\n%s\n", resp.StatusCode, resp.Header.Get("Location"), body)
}
