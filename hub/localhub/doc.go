// Package localhub is a small Hugging Face Hub: the part of its API that the official Python
// and JavaScript clients use to create, read and publish models, served from memory or from a
// folder. It is for tests, for demonstrations, and for publishing where there is no internet.
//
// [New] makes a Server, [Server.Start] gives it an address, [Server.PutRepo] puts models in:
//
//	server, err := localhub.New(localhub.Options{
//		Users: []localhub.User{{Name: "alice", Tokens: []localhub.Token{{Secret: "hf_alice", Role: localhub.Write}}}},
//	})
//	err = server.Start(ctx, "127.0.0.1:0")
//	defer server.Close()
//	// HF_ENDPOINT=server.URL() HF_TOKEN=hf_alice HF_HUB_DISABLE_XET=1 hf upload ...
//
// # What it promises
//
// A repo changes in one step or not at all, and a read that follows a commit sees it. Ids of
// blobs, trees and commits are git's own, so the same content, parent and time give the same
// id. With [Options.Root], every answered write survives a restart, and no file is held in
// memory: uploads are hashed on their way to the disk.
//
// Large files live on a second port behind signed, expiring URLs, as they do on the public
// Hub: a client that sends its token there is answered 400, and [Server.Leaks] has the request.
// With [Options.OnePort] they live on the port of the API.
//
// # For more than one person
//
// What nobody has logged in for keeps no memory: uploads go to signed URLs, request bodies have
// limits, the log is bounded, and a connection that is idle or too slow ends. A Server that listens
// on this machine alone answers to its names alone ([Options.AllowHosts] adds others), so that no web page can
// read it through a name of its own. Behind a proxy, which TLS takes, URLs in answers follow
// X-Forwarded-Host and X-Forwarded-Proto of the peers in [Options.Proxies] and of no others.
//
// # In a browser
//
// The address leads to the list of repos; each has a page with its card, and pages for its files,
// commits, discussions and pull requests, under the paths of the public Hub: what an answer names as
// a page is one. They show what the API tells the same visitor, change nothing and run no script.
// Who has a token logs in with it as the password of HTTP Basic, under any name; that form
// is taken for reading alone, since a browser sends it with requests that other pages make.
//
// A path of a page answers an error as JSON, as the API does, unless text/html is asked for.
//
// # Bad days
//
// [Server.Fault] makes requests fail, with the faults of this package or a test's own. Which
// ones fail is said in Go, as in Nth(1, On("POST", "/commit/"), Lose()), or in words, by
// [ParseRule]. [Server.Log] has what the client made of it.
//
// # What it leaves out
//
// Xet and copies of large files between repos answer with an error that says so, a pull request
// has no diff beyond the names of its files, and id tokens are exchanged only where this server has
// signed them ([Server.NewJob]). The official Python client uploads large files through Xet unless
// HF_HUB_DISABLE_XET=1 is set. There is no git transport, as git clone is told, and of
// .gitattributes only the one in the root counts.
//
// # How it is put together
//
// A Server joins packages of internal. Repos are in store, above depot, which keeps bytes, and git, which makes ids. Who
// may do what is in account. web routes requests to api, to storage and to pages, which do not know each other. traffic
// lies before them, and faults in between. cmd/lazymerge/imports_test.go has the directions.
//
// It was written from the behavior of the public Hub and its clients, and shares no code with
// the hub package, so that two readings of one API can disagree.
package localhub
