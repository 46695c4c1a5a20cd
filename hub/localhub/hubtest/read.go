package hubtest

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

func (s *session) resolve(rev, path string) string {
	parts := strings.Split(path, "/")
	for i := range parts {
		parts[i] = escape(parts[i])
	}
	return "/" + s.repo + "/resolve/" + escape(rev) + "/" + strings.Join(parts, "/")
}

// follow goes on while a redirect stays on the Hub, and keeps what the first hop said of the
// commit and the file.
func (s *session) follow(method, path string, headers ...string) (r reply, commit, etag string) {
	s.t.Helper()
	for range 5 {
		r = s.send(method, path, s.token, nil, headers...)
		if commit == "" {
			commit = r.Header.Get("X-Repo-Commit")
		}
		if etag == "" {
			etag = tag(r.Header.Get("X-Linked-Etag"))
		}
		if etag == "" {
			etag = tag(r.Header.Get("ETag"))
		}
		location := r.Header.Get("Location")
		if !strings.HasPrefix(location, "/") {
			return r, commit, etag
		}
		path = location
	}
	s.t.Fatalf("%s %s goes round in circles", method, path)
	panic("unreachable")
}

func readRegular(s *session) {
	for path, want := range map[string]string{"config.json": config, oddName: oddText, "README.md": readme, "empty.txt": ""} {
		for _, rev := range []string{"main", "refs/heads/main", s.files} {
			r, commit, etag := s.follow("GET", s.resolve(rev, path))
			r.status(200)
			if string(r.body) != want || r.Header.Get("Content-Encoding") != "" {
				s.t.Errorf("%s at %s is %q in %q", path, rev, r.body, r.Header.Get("Content-Encoding"))
			}
			wantCommit := s.large
			if rev == s.files {
				wantCommit = s.files
			}
			if commit != wantCommit || etag != blob(want) {
				s.t.Errorf("%s at %s: commit %s, etag %s; want %s, the git blob %s", path, rev, commit, etag, wantCommit, blob(want))
			}
		}
	}
	r, _, _ := s.follow("HEAD", s.resolve("main", "config.json"))
	if r.StatusCode != 200 || r.ContentLength != int64(len(config)) {
		s.t.Errorf("HEAD of config.json = %d, %d bytes", r.StatusCode, r.ContentLength)
	}
	r, _, _ = s.follow("GET", s.resolve("main", "config.json"), "Range", "bytes=2-11")
	if r.StatusCode != 206 || string(r.body) != config[2:12] || r.Header.Get("Content-Range") != fmt.Sprintf("bytes 2-11/%d", len(config)) {
		s.t.Errorf("bytes 2-11 of config.json = %d, %q, %q", r.StatusCode, r.body, r.Header.Get("Content-Range"))
	}
}

func readLarge(s *session) {
	content := largeContent()
	var location string
	for _, method := range []string{"HEAD", "GET"} {
		r := s.send(method, s.resolve(s.large, largeName), s.token, nil)
		r.status(302, 307)
		location = r.Header.Get("Location")
		u, err := url.Parse(location)
		if err != nil || u.Host == "" {
			s.t.Fatalf("%s of %s leads to no place that has a host", method, largeName)
		}
		s.checkLarge(r, method)
		if s.endpoint == u.Scheme+"://"+u.Host { // clients follow to an origin that they know, with the token
			s.checkLarge(s.send(method, location, s.token, nil), method)
		}
	}
	for _, span := range [][2]int{{0, 0}, {0, 99}, {1000, 99_999}, {largeSize - 10, largeSize - 1}} {
		r := s.send("GET", location, "", nil, "Range", fmt.Sprintf("bytes=%d-%d", span[0], span[1]))
		want := fmt.Sprintf("bytes %d-%d/%d", span[0], span[1], largeSize)
		if r.StatusCode != 206 || r.Header.Get("Content-Range") != want || string(r.body) != string(content[span[0]:span[1]+1]) || r.ContentLength != int64(len(r.body)) {
			s.t.Errorf("bytes %d-%d of storage = %d, %q, %d bytes; want %q", span[0], span[1], r.StatusCode, r.Header.Get("Content-Range"), len(r.body), want)
		}
	}
	if r := s.send("GET", location, "", nil); r.StatusCode != 200 || string(r.body) != string(content) {
		s.t.Errorf("all of storage = %d, %d bytes", r.StatusCode, len(r.body))
	}
	if r := s.send("GET", location, "", nil, "Range", fmt.Sprintf("bytes=%d-", largeSize)); r.StatusCode != 416 {
		s.t.Errorf("a range beyond the end = %d, want 416", r.StatusCode)
	}
	raw, _, _ := s.follow("GET", "/"+s.repo+"/raw/main/"+largeName)
	if want := fmt.Sprintf("version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n", sha256Hex(content), largeSize); string(raw.body) != want {
		s.t.Errorf("raw is %d %q, want the pointer", raw.StatusCode, raw.body)
	}
}

// checkLarge checks what an answer says of the large file.
func (s *session) checkLarge(r reply, method string) {
	s.t.Helper()
	content := largeContent()
	for name, want := range map[string]string{"X-Linked-Etag": sha256Hex(content), "X-Linked-Size": strconv.Itoa(len(content)), "X-Repo-Commit": s.large} {
		if got := tag(r.Header.Get(name)); got != want {
			s.t.Errorf("%s of %s: %s is %q, want %q", method, largeName, name, got, want)
		}
	}
}

func missing(s *session) {
	for _, method := range []string{"GET", "HEAD"} {
		r := s.send(method, s.resolve("main", "none.txt"), s.token, nil)
		r.refused(404, "EntryNotFound")
		if got := r.Header.Get("X-Repo-Commit"); got != s.large {
			s.t.Errorf("%s of a missing file names commit %q, want %s", method, got, s.large)
		}
		s.send(method, s.resolve("nowhere", "config.json"), s.token, nil).refused(404, "RevisionNotFound")
	}
	s.get("/api/models/"+s.repo+"/tree/main/nowhere").refused(404, "EntryNotFound")
	s.get("/api/models/"+s.repo+"/tree/nowhere").refused(404, "RevisionNotFound")
}

type entry struct {
	Type, Path, OID string
	Size            int64
	LFS             *struct {
		OID  string
		Size int64
	}
}

// names are the files of a revision.
func (s *session) names(rev string) map[string]bool {
	s.t.Helper()
	var entries []entry
	s.get("/api/models/"+s.repo+"/tree/"+escape(rev)+"?recursive=true").json(200, &entries)
	names := map[string]bool{}
	for _, e := range entries {
		if e.Type == "file" {
			names[e.Path] = true
		}
	}
	return names
}

// checkEntries compares entries with the files of the suite.
func (s *session) checkEntries(entries []entry, wanted ...string) {
	s.t.Helper()
	content := map[string]string{"README.md": readme, "config.json": config, "empty.txt": "", oddName: oddText, largeName: string(largeContent())}
	found := map[string]bool{}
	for _, e := range entries {
		found[e.Path] = true
		want, known := content[e.Path]
		switch {
		case !isOID(e.OID):
			s.t.Errorf("entry %+v has no git id", e)
		case e.Type == "directory":
		case e.Path == largeName:
			if e.LFS == nil || e.LFS.OID != sha256Hex([]byte(want)) || e.LFS.Size != int64(len(want)) || e.Size != int64(len(want)) {
				s.t.Errorf("the entry of %s is %+v, %+v", e.Path, e, e.LFS)
			}
		case known && (e.LFS != nil || e.OID != blob(want) || e.Size != int64(len(want))):
			s.t.Errorf("the entry of %s is %+v, want blob %s of %d bytes", e.Path, e, blob(want), len(want))
		}
	}
	for _, path := range wanted {
		if !found[path] {
			s.t.Errorf("%s is not in %v", path, slices.Sorted(maps.Keys(found)))
		}
	}
	if len(found) != len(wanted) || len(found) != len(entries) {
		s.t.Errorf("%d entries with the paths %v, want %v", len(entries), slices.Sorted(maps.Keys(found)), wanted)
	}
}

func listing(s *session) {
	dir, _, _ := strings.Cut(oddName, "/")
	tree := "/api/models/" + s.repo + "/tree/" + s.large
	for query, wanted := range map[string][]string{
		tree + "?recursive=true":           {".gitattributes", "README.md", "config.json", "empty.txt", largeName, dir, oddName},
		tree:                               {".gitattributes", "README.md", "config.json", "empty.txt", largeName, dir},
		tree + "/" + escape(dir):           {oddName},
		tree + "?recursive=1&expand=false": {".gitattributes", "README.md", "config.json", "empty.txt", largeName, dir, oddName},
	} {
		var entries []entry
		s.get(query).json(200, &entries)
		s.checkEntries(entries, wanted...)
	}
}

// pages follows the Link header as clients do.
func pages(s *session) {
	dir, _, _ := strings.Cut(oddName, "/")
	next := "/api/models/" + s.repo + "/tree/" + s.large + "?recursive=true&limit=3"
	var all []entry
	count := 0
	for ; next != "" && count < 10; count++ {
		var page []entry
		r := s.get(next)
		r.json(200, &page)
		if len(page) > 3 {
			s.t.Errorf("a page has %d entries, asked for 3", len(page))
		}
		all = append(all, page...)
		if next = r.Header.Get("Link"); next == "" {
			break
		}
		target, rest, ok := strings.Cut(strings.TrimPrefix(next, "<"), ">; ")
		if !ok || rest != `rel="next"` || !strings.HasPrefix(target, "http") {
			s.t.Fatalf("Link is %q", next)
		}
		next = target
	}
	if count != 2 {
		s.t.Errorf("%d links to a next page, want 2 for 7 entries", count)
	}
	s.checkEntries(all, ".gitattributes", "README.md", "config.json", "empty.txt", largeName, dir, oddName)
}

func paths(s *session) {
	asked := []string{"config.json", largeName, "none.txt", oddName}
	for _, body := range []any{
		url.Values{"paths": asked, "expand": {"false"}}, // as the Python client asks
		map[string]any{"paths": asked},                  // as the JavaScript client does
	} {
		var entries []entry
		s.post("/api/models/"+s.repo+"/paths-info/main", body).json(200, &entries)
		s.checkEntries(entries, "config.json", largeName, oddName)
	}
}

func history(s *session) {
	var commits []struct{ ID, Title, Message string }
	s.get("/api/models/"+s.repo+"/commits/main").json(200, &commits)
	if len(commits) != 3 || commits[0].ID != s.large || commits[1].ID != s.files || commits[2].ID != s.first ||
		commits[0].Title != "Add weights" || commits[1].Title != "Add files" || !strings.Contains(commits[1].Message, "and say why") {
		s.t.Errorf("the history is %+v", commits)
	}
	commits = nil
	s.get("/api/models/"+s.repo+"/commits/"+s.files).json(200, &commits)
	if len(commits) != 2 || commits[0].ID != s.files {
		s.t.Errorf("the history of %s is %+v", s.files, commits)
	}
}

type ref struct{ Name, Ref, TargetCommit string }

// refs returns the branches, tags and pull requests by full name.
func (s *session) refs() map[string]string {
	s.t.Helper()
	var answer struct{ Branches, Tags, Converts, PullRequests []ref }
	s.get("/api/models/"+s.repo+"/refs?include_prs=1").json(200, &answer)
	if answer.Branches == nil || answer.Tags == nil || answer.Converts == nil || answer.PullRequests == nil {
		s.t.Errorf("refs lack one of their lists: %+v", answer)
	}
	all := map[string]string{}
	for _, r := range slices.Concat(answer.Branches, answer.Tags, answer.PullRequests) {
		all[r.Ref] = r.TargetCommit
	}
	return all
}

func refs(s *session) {
	api := "/api/models/" + s.repo
	if got := s.refs(); len(got) != 1 || got["refs/heads/main"] != s.large {
		s.t.Errorf("refs are %v, want main at %s", got, s.large)
	}
	branch := api + "/branch/" + escape("work/a")
	s.post(branch, map[string]any{"startingPoint": s.files}).status(200)
	s.post(branch, map[string]any{}).refused(409, "")
	s.post(api+"/tag/"+s.files, map[string]any{"tag": "v1"}).status(200)
	s.post(api+"/tag/main", map[string]any{"tag": "v1"}).refused(409, "")
	on := s.commit(escape("work/a"), map[string]any{"summary": "On a branch", "parentCommit": s.files}, "file", file("branch.txt", "b"))
	got := s.refs()
	if len(got) != 3 || got["refs/heads/main"] != s.large || got["refs/heads/work/a"] != on || got["refs/tags/v1"] != s.files {
		s.t.Errorf("refs are %v", got)
	}
	r, commit, _ := s.follow("GET", s.resolve("work/a", "branch.txt"))
	if string(r.body) != "b" || commit != on {
		s.t.Errorf("branch.txt of the branch = %d %q at %s", r.StatusCode, r.body, commit)
	}
	if names := s.names("v1"); names[largeName] || !names["config.json"] {
		s.t.Errorf("the tag has %v", names)
	}
	s.send("DELETE", branch, s.token, nil).status(200)
	s.send("DELETE", api+"/tag/v1", s.token, nil).status(200)
	if got := s.refs(); len(got) != 1 {
		s.t.Errorf("after their deletion refs are %v", got)
	}
	s.get(api+"/revision/"+escape("work/a")).refused(404, "RevisionNotFound")
}
