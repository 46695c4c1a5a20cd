package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

// hubfake FROM TO CHANGE...: a copy of a merge with other files, and with a lock that lists what it has, as somebody would make it who
// wants to be believed. A CHANGE is PATH=FILE, PATH~OLD~NEW or -PATH.
func cmdHubFake(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: hubfake FROM TO PATH=FILE|PATH~OLD~NEW|-PATH...")
	}
	server := of(ts).server
	have, err := server.Files(args[0], "main")
	ts.Check(err)
	files := map[string]string{}
	for _, f := range have {
		b, err := server.Read(args[0], "main", f.Path)
		ts.Check(err)
		files[f.Path] = string(b)
	}
	const lockFile = "lazymerge.lock.json"
	for _, change := range args[2:] {
		if path, ok := strings.CutPrefix(change, "-"); ok {
			if _, ok := files[path]; !ok {
				ts.Fatalf("%s has no %s", args[0], path)
			}
			delete(files, path)
		} else if parts := strings.Split(change, "~"); len(parts) == 3 {
			if !strings.Contains(files[parts[0]], parts[1]) {
				ts.Fatalf("%s has no %q in %s", args[0], parts[1], parts[0])
			}
			files[parts[0]] = strings.ReplaceAll(files[parts[0]], parts[1], parts[2])
		} else if path, file, ok := strings.Cut(change, "="); ok {
			files[path] = ts.ReadFile(file)
		} else {
			ts.Fatalf("%s is no change", change)
		}
	}
	var lock map[string]any
	ts.Check(json.Unmarshal([]byte(files[lockFile]), &lock))
	delete(files, lockFile)
	type entry struct {
		Path string `json:"path"`
		Size int    `json:"size"`
		Sum  string `json:"sha256"`
	}
	var list []entry
	contents := map[string]localhub.Content{}
	for path, text := range files {
		contents[path] = localhub.Text(text)
		if path != ".gitattributes" {
			list = append(list, entry{path, len(text), fmt.Sprintf("%x", sha256.Sum256([]byte(text)))})
		}
	}
	lock["files"] = list
	lock["config"] = fmt.Sprintf("%x", sha256.Sum256([]byte(files["mergekit_config.yml"])))
	text, err := json.Marshal(lock)
	ts.Check(err)
	contents[lockFile] = localhub.Bytes(text)
	_, err = server.PutRepo(args[1], localhub.RepoOptions{}, contents)
	ts.Check(err)
}

// hubmove FROM TO: a repo of bob's gets another name, and the old one leads to it.
func cmdHubMove(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: hubmove FROM TO")
	}
	body, err := json.Marshal(map[string]string{"fromRepo": args[0], "toRepo": args[1], "type": "model"})
	ts.Check(err)
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, of(ts).server.URL()+"/api/repos/move", bytes.NewReader(body))
	ts.Check(err)
	r.Header.Set("Authorization", "Bearer "+scriptToken)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	ts.Check(err)
	ts.Check(answer.Body.Close())
	if answer.StatusCode != http.StatusOK {
		ts.Fatalf("move of %s: %s", args[0], answer.Status)
	}
}
