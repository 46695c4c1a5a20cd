package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/hub/localhub"
	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/safetensors"
)

// hubput NAMESPACE/NAME [private] PATH=FILE...: files of the script in a repo.
func cmdHubPut(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: hubput NAMESPACE/NAME [private] PATH=FILE...")
	}
	var o localhub.RepoOptions
	files := map[string]localhub.Content{}
	for _, arg := range args[1:] {
		if arg == "private" {
			o.Private = true
			continue
		}
		path, file, ok := strings.Cut(arg, "=")
		if !ok {
			ts.Fatalf("%s is not PATH=FILE", arg)
		}
		files[path] = localhub.Text(ts.ReadFile(file))
	}
	_, err := of(ts).server.PutRepo(args[0], o, files)
	ts.Check(err)
}

func split(ts *testscript.TestScript, args []string, n int, usage string) (id, rev string) {
	if len(args) < n {
		ts.Fatalf("usage: %s", usage)
	}
	id, rev, _ = strings.Cut(args[0], "@")
	return id, rev
}

// hubread NAMESPACE/NAME[@REVISION] PATH: the content of a file.
func cmdHubRead(ts *testscript.TestScript, neg bool, args []string) {
	id, rev := split(ts, args, 2, "[!] hubread NAMESPACE/NAME[@REVISION] PATH")
	b, err := of(ts).server.Read(id, rev, args[1])
	if (err != nil) != neg {
		ts.Fatalf("%s of %s: %v", args[1], args[0], err)
	}
	_, _ = ts.Stdout().Write(b)
}

// hubls NAMESPACE/NAME[@REVISION]: the files, and which of them are large. "!" wants no such repo or revision.
func cmdHubLs(ts *testscript.TestScript, neg bool, args []string) {
	id, rev := split(ts, args, 1, "[!] hubls NAMESPACE/NAME[@REVISION]")
	files, err := of(ts).server.Files(id, rev)
	if (err != nil) != neg {
		ts.Fatalf("files of %s: %v, %v", args[0], files, err)
	}
	for _, f := range files {
		large := ""
		if f.SHA256 != "" {
			large = " lfs"
		}
		fmt.Fprintf(ts.Stdout(), "%s%s\n", f.Path, large)
	}
}

// hubcommits NAMESPACE/NAME[@REVISION]: title, message and author of each commit, the latest first.
func cmdHubCommits(ts *testscript.TestScript, neg bool, args []string) {
	id, rev := split(ts, args, 1, "hubcommits NAMESPACE/NAME[@REVISION]")
	commits, err := of(ts).server.Commits(id, rev)
	ts.Check(err)
	for _, c := range commits {
		fmt.Fprintf(ts.Stdout(), "%s: %s: %s\n", c.Author, c.Title, strings.ReplaceAll(c.Message, "\n", " "))
	}
}

// hubhead NAMESPACE/NAME[@REVISION]: the latest commit in $HEAD.
func cmdHubHead(ts *testscript.TestScript, neg bool, args []string) {
	id, rev := split(ts, args, 1, "hubhead NAMESPACE/NAME[@REVISION]")
	commits, err := of(ts).server.Commits(id, rev)
	ts.Check(err)
	ts.Setenv("HEAD", commits[0].OID)
}

// hubpulls NAMESPACE/NAME: number, status, author, title and commits of each pull request, or "none".
func cmdHubPulls(ts *testscript.TestScript, neg bool, args []string) {
	id, _ := split(ts, args, 1, "hubpulls NAMESPACE/NAME")
	all, err := of(ts).server.Discussions(id)
	ts.Check(err)
	if len(all) == 0 {
		fmt.Fprintln(ts.Stdout(), "none")
	}
	for _, d := range all {
		var commits []string
		for _, e := range d.Events {
			if e.Type == "commit" {
				commits = append(commits, e.Text)
			}
		}
		fmt.Fprintf(ts.Stdout(), "%d %s by %s: %s (%s)\n", d.Num, d.Status, d.Author, d.Title, strings.Join(commits, ", "))
	}
}

// hubvisible NAMESPACE/NAME: the repo is public; with "!" it is private.
func cmdHubVisible(ts *testscript.TestScript, neg bool, args []string) {
	id, _ := split(ts, args, 1, "[!] hubvisible NAMESPACE/NAME")
	repos := of(ts).server.Repos()
	i := slices.IndexFunc(repos, func(r localhub.Repo) bool { return r.ID == id })
	if i < 0 || repos[i].Private != neg {
		ts.Fatalf("%s is not so: %+v", id, repos)
	}
}

// hubvalue NAMESPACE/NAME TENSOR VALUE: every element of a tensor is VALUE.
func cmdHubValue(ts *testscript.TestScript, neg bool, args []string) {
	id, rev := split(ts, args, 3, "hubvalue NAMESPACE/NAME TENSOR VALUE")
	want, err := strconv.ParseFloat(args[2], 32)
	ts.Check(err)
	server := of(ts).server
	files, err := server.Files(id, rev)
	ts.Check(err)
	for _, f := range files {
		if !strings.HasSuffix(f.Path, ".safetensors") {
			continue
		}
		b, err := server.Read(id, rev, f.Path)
		ts.Check(err)
		h, err := safetensors.ReadHeader(bytes.NewReader(b), int64(len(b)))
		ts.Check(err)
		for _, t := range h.Tensors {
			if t.Name != args[1] {
				continue
			}
			got := make([]float32, t.N())
			dtype.Decode(got, b[h.Size+t.Begin:h.Size+t.End], t.DType)
			if slices.ContainsFunc(got, func(x float32) bool { return x != float32(want) }) {
				ts.Fatalf("%s of %s is %v, want %v", t.Name, id, got, want)
			}
			return
		}
	}
	ts.Fatalf("%s has no tensor %s", id, args[1])
}

// hublock NAMESPACE/NAME[@REVISION]: the lock lists every file but itself and .gitattributes, with the sum and size that it has.
func cmdHubLock(ts *testscript.TestScript, neg bool, args []string) {
	id, rev := split(ts, args, 1, "hublock NAMESPACE/NAME[@REVISION]")
	server := of(ts).server
	lock, err := server.Read(id, rev, "lazymerge.lock.json")
	ts.Check(err)
	files, err := server.Files(id, rev)
	ts.Check(err)
	listed := map[string]gjson.Result{}
	for _, f := range gjson.GetBytes(lock, "files").Array() {
		listed[f.Get("path").String()] = f
	}
	for _, f := range files {
		if f.Path == ".gitattributes" || f.Path == "lazymerge.lock.json" {
			continue
		}
		b, err := server.Read(id, rev, f.Path)
		ts.Check(err)
		sum := sha256.Sum256(b)
		entry, ok := listed[f.Path]
		if !ok || entry.Get("sha256").String() != hex.EncodeToString(sum[:]) || entry.Get("size").Int() != int64(len(b)) {
			ts.Fatalf("%s has %d bytes of %x; the lock says %s", f.Path, len(b), sum, entry.Raw)
		}
		delete(listed, f.Path)
	}
	if len(listed) > 0 {
		ts.Fatalf("the lock lists files that are not there: %v", listed)
	}
}

// hubforge NAMESPACE/NAME PATH [lock]: the last byte of a file is another; with "lock" the lock agrees with it.
func cmdHubForge(ts *testscript.TestScript, neg bool, args []string) {
	id, _ := split(ts, args, 2, "hubforge NAMESPACE/NAME PATH [lock]")
	server := of(ts).server
	data, err := server.Read(id, "main", args[1])
	ts.Check(err)
	before := fmt.Sprintf("%x", sha256.Sum256(data))
	data[len(data)-1] ^= 1
	files := map[string]localhub.Content{args[1]: localhub.Bytes(data)}
	if len(args) > 2 {
		lock, err := server.Read(id, "main", "lazymerge.lock.json")
		ts.Check(err)
		if strings.Count(string(lock), before) != 1 {
			ts.Fatalf("the lock does not have %s once", before)
		}
		files["lazymerge.lock.json"] = localhub.Text(strings.Replace(string(lock), before, fmt.Sprintf("%x", sha256.Sum256(data)), 1))
	}
	_, err = server.PutRepo(id, localhub.RepoOptions{}, files)
	ts.Check(err)
}

// faults are those of one script, in the order in which they were asked for.
type faults struct {
	mu      sync.Mutex
	list    []*hubFault
	stalled []chan struct{}
}

type hubFault struct {
	where *regexp.Regexp
	after int // requests that are let through first
	left  int // how often it still happens
	hits  int // how often it has happened
	asked string
	make  localhub.Fault
}

// pick is a Server.Fault.
func (f *faults) pick(r *http.Request) localhub.Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, one := range f.list {
		if one.left == 0 || !one.where.MatchString(r.Method+" "+r.URL.EscapedPath()) {
			continue
		}
		if one.after > 0 {
			one.after--
			continue
		}
		one.left--
		one.hits++
		return one.make
	}
	return nil
}

// stall is a fault that answers nothing until the client or the script ends.
func (f *faults) stall() localhub.Fault {
	end := make(chan struct{})
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stalled = append(f.stalled, end)
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-end:
			case <-r.Context().Done():
			}
			panic(http.ErrAbortHandler)
		})
	}
}

// pending is a fault that has not happened, or "".
func (f *faults) pending() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, one := range f.list {
		if one.hits == 0 {
			return one.asked
		}
	}
	return ""
}

func (f *faults) release() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, end := range f.stalled {
		close(end)
	}
	f.stalled = nil
}

// hubfault WHERE WHAT [TIMES [AFTER]]: requests whose "METHOD PATH" matches fail in a way, once if not said otherwise, and
// not the first AFTER of them. Storage has the paths /-/lfs/... A fault that has not happened by the end fails the script.
//
//	busy          503, and come back at once
//	status=N      that status
//	says=TEXT     400, with TEXT as the second line of the error
//	answers=TEXT  200, with TEXT as the body
//	reset         the connection ends without an answer and without effect
//	lose          the connection ends without an answer, but what was asked for is done
//	truncate=N    the connection ends after N bytes of the body
//	stall         no answer
//	drip=N        the body of the answer comes N bytes a second
//	sip=N         the body of the request is taken N bytes a second
//	noise=N       N bytes that nobody asked for follow the answer
//	commit=ID     somebody else commits to repo ID before the request is seen to
//	after=ID      the request waits until somebody else has committed to repo ID, whether that exists yet or not
//	create=ID     somebody else creates the public repo ID, with nothing in it, before the request is seen to
//	private       a repo is created private, whatever was asked for
//	public        a repo is created public, whatever was asked for
func cmdHubFault(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: hubfault WHERE WHAT [TIMES [AFTER]]")
	}
	where, err := regexp.Compile(args[0])
	ts.Check(err)
	s := of(ts)
	one := &hubFault{where: where, left: 1, asked: strings.Join(args, " ")}
	if len(args) > 2 {
		one.left, err = strconv.Atoi(args[2])
		ts.Check(err)
	}
	if len(args) > 3 {
		one.after, err = strconv.Atoi(args[3])
		ts.Check(err)
	}
	what, value, _ := strings.Cut(args[1], "=")
	number, _ := strconv.Atoi(value)
	switch what {
	case "busy":
		one.make = localhub.Busy(0)
	case "status":
		one.make = localhub.Answer(number, nil, "")
	case "says":
		words, err := json.Marshal(map[string]string{"error": "one\n" + value})
		ts.Check(err)
		one.make = localhub.Answer(http.StatusBadRequest, nil, string(words))
	case "answers":
		one.make = localhub.Answer(http.StatusOK, http.Header{"Content-Type": {"application/json"}}, value)
	case "reset":
		one.make = localhub.Reset()
	case "lose":
		one.make = localhub.Lose()
	case "truncate":
		one.make = localhub.Truncate(int64(number))
	case "drip":
		one.make = localhub.Drip(int64(number))
	case "sip":
		one.make = localhub.Sip(int64(number))
	case "noise":
		one.make = localhub.Noise(int64(number))
	case "stall":
		one.make = s.faults.stall()
	case "after":
		tip := func() string {
			commits, err := s.server.Commits(value, "")
			if err != nil || len(commits) < 2 { // the first is that of a new repo
				return ""
			}
			return commits[0].OID
		}
		one.make = func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				for before := tip(); tip() == before && r.Context().Err() == nil; time.Sleep(5 * time.Millisecond) {
				}
				next.ServeHTTP(w, r)
			})
		}
	case "private", "public":
		one.make = localhub.Visibility(what == "private")
	case "commit", "create":
		files := map[string]localhub.Content{}
		if what == "commit" {
			files["NOTES.md"] = localhub.Text("by somebody else\n")
		}
		one.make = func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if _, err := s.server.PutRepo(value, localhub.RepoOptions{}, files); err != nil {
					http.Error(w, err.Error(), http.StatusTeapot)
					return
				}
				next.ServeHTTP(w, r)
			})
		}
	default:
		ts.Fatalf("there is no fault %q", what)
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = append(s.faults.list, one)
}

// hubwait: waits until each fault of the script has happened.
func cmdHubWait(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: hubwait")
	}
	for range 1000 {
		if of(ts).faults.pending() == "" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("%s has not happened in ten seconds", of(ts).faults.pending())
}

// hublog: a line for each request so far, "METHOD PATH STATUS".
func cmdHubLog(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: hublog")
	}
	for _, r := range of(ts).server.Log() {
		fmt.Fprintf(ts.Stdout(), "%s %s %d\n", r.Method, r.Path, r.Status)
	}
}
