package hub_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/lazymerge/lazymerge/hub"
)

// oneFile is a Hub with one public model of one file, as small as it can be.
func oneFile(name string, content []byte) http.Handler {
	const commit = "5f0b0c4a7d5a0f2c6a8b9d3e1f4c7b2a6d9e8f01"
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/models/alice/tiny/revision/main", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"id":"alice/tiny","sha":%q,"gated":false,"private":false}`, commit)
	})
	mux.HandleFunc("GET /api/models/alice/tiny/tree/"+commit, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `[{"type":"file","path":%q,"size":%d,"oid":"x"}]`, name, len(content))
	})
	mux.HandleFunc("GET /alice/tiny/resolve/"+commit+"/"+name, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Repo-Commit", commit)
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
	})
	return mux
}

// Pin a model, and read a piece of one of its files. Without an Endpoint this is the public Hub.
func ExampleRevision_Open() {
	server := httptest.NewServer(oneFile("config.json", []byte(`{"model_type": "llama"}`)))
	defer server.Close()
	ctx := context.Background()

	client := &hub.Client{Endpoint: server.URL, UserAgent: "example/1.0"}
	model, err := client.Resolve(ctx, "alice/tiny", "main")
	if err != nil {
		log.Fatal(err)
	}
	file, size, err := model.Open(ctx, "config.json")
	if err != nil {
		log.Fatal(err)
	}
	piece, err := io.ReadAll(io.NewSectionReader(file, 15, 7)) // one range request
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(model.Repo, model.Commit[:8], model.Names())
	fmt.Printf("%d bytes, of which %s\n", size, piece)
	// Output:
	// alice/tiny 5f0b0c4a [config.json]
	// 23 bytes, of which "llama"
}

// What went wrong, and what a person can do about it.
func ExampleError() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Error-Code", "GatedRepo")
		w.WriteHeader(http.StatusForbidden)
	}))
	defer server.Close()

	client := &hub.Client{Endpoint: server.URL, Token: func() string { return "hf_example" }, TokenFrom: "HF_TOKEN"}
	err := client.CheckRead(context.Background(), "alice/gated")
	if refusal, ok := errors.AsType[*hub.Error](err); ok {
		fmt.Println(refusal.Status, refusal.Code)
		fmt.Println(strings.ReplaceAll(refusal.Hint(), server.URL, "https://huggingface.co"))
	}
	// Output:
	// 403 GatedRepo
	// accept the terms on https://huggingface.co/alice/gated with that token's account, then run the command again
}
