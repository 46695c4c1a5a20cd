package hubtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strconv"
)

// The files of the suite. The names have what must be escaped.
const (
	config    = `{"model_type":"llama"}`
	readme    = "---\nlicense: mit\n---\n# Model\n"
	oddName   = "dir with space/a#b%20é.txt"
	oddText   = "odd\n"
	largeName = "model.safetensors"
)

// largeSize is enough for several ranges, in bytes, and for several parts where a Hub cuts it small.
const largeSize = 300_000

// largeContent is the same for every run: the store of a Hub may know it from before.
func largeContent() []byte {
	content := make([]byte, largeSize)
	_, _ = rand.NewChaCha8(sha256.Sum256([]byte("hubtest"))).Read(content)
	return content
}

type preuploaded struct {
	Path, UploadMode string
	ShouldIgnore     *bool
	OID              string
}

// ask does a preupload of some files and returns the answers by path.
func (s *session) ask(files map[string][]byte) map[string]preuploaded {
	s.t.Helper()
	var body struct {
		Files []map[string]any `json:"files"`
	}
	for path, content := range files {
		sample := base64.StdEncoding.EncodeToString(content[:min(len(content), 512)])
		body.Files = append(body.Files, map[string]any{"path": path, "sample": sample, "size": len(content)})
	}
	var answer struct{ Files []preuploaded }
	s.post("/api/models/"+s.repo+"/preupload/main", body).json(200, &answer)
	found := map[string]preuploaded{}
	for _, f := range answer.Files {
		found[f.Path] = f
		if f.ShouldIgnore == nil || *f.ShouldIgnore {
			s.t.Errorf("preupload of %s has no shouldIgnore that is false", f.Path)
		}
	}
	if len(found) != len(files) {
		s.t.Fatalf("preupload of %d files answers for %d", len(files), len(found))
	}
	return found
}

func preupload(s *session) {
	answers := s.ask(map[string][]byte{
		"config.json":     []byte(config),
		largeName:         largeContent(),
		"tokenizer.model": []byte("by its name a large file"),
		"notes.txt":       bytes.Repeat([]byte("text\n"), 3_000_000), // by its size one
	})
	for path, want := range map[string]string{"config.json": "regular", largeName: "lfs", "tokenizer.model": "lfs", "notes.txt": "lfs"} {
		if got := answers[path]; got.UploadMode != want || got.OID != "" {
			s.t.Errorf("preupload of a new %s is %+v, want %s and no oid", path, got, want)
		}
	}
}

func commitRegular(s *session) {
	s.files = s.commit("main", map[string]any{"summary": "Add files", "description": "and say why", "parentCommit": s.first},
		"file", file("README.md", readme), "file", file("config.json", config), "file", file("empty.txt", ""), "file", file(oddName, oddText))
	if now := s.info("main").SHA; now != s.files {
		s.t.Errorf("after commit %s main is at %s", s.files, now)
	}
	answers := s.ask(map[string][]byte{"config.json": []byte("other"), "new.json": []byte("{}")})
	if got := answers["config.json"].OID; got != blob(config) {
		s.t.Errorf("preupload says that config.json is %s now, want the git blob %s", got, blob(config))
	}
	if got := answers["new.json"].OID; got != "" {
		s.t.Errorf("preupload says that a new file is %s now", got)
	}
}

func commitOnOldParent(s *session) {
	s.postCommit("main", map[string]any{"summary": "late", "parentCommit": s.first}, "file", file("late.txt", "late")).refused(412, "")
	s.postCommit("nowhere", map[string]any{"summary": "nowhere"}, "file", file("late.txt", "late")).refused(404, "RevisionNotFound")
	if now := s.info("main").SHA; now != s.files {
		s.t.Errorf("refused commits moved main to %s", now)
	}
}

type lfsAction struct {
	Href   string
	Header map[string]any
}

type lfsObject struct {
	OID     string
	Size    int64
	Actions map[string]lfsAction
	Error   *struct {
		Code    int
		Message string
	}
}

const lfsJSON = "application/vnd.git-lfs+json"

func (s *session) batch(oid string, size int) lfsObject {
	s.t.Helper()
	body := map[string]any{
		"operation": "upload", "transfers": []string{"basic", "multipart"}, "hash_algo": "sha256",
		"ref": map[string]any{"name": "main"}, "objects": []any{map[string]any{"oid": oid, "size": size}},
	}
	var answer struct {
		Transfer string
		Objects  []lfsObject
	}
	s.send("POST", "/"+s.repo+".git/info/lfs/objects/batch", s.token, body, "Accept", lfsJSON, "Content-Type", lfsJSON).json(200, &answer)
	if len(answer.Objects) != 1 || answer.Objects[0].OID != oid || answer.Objects[0].Size != int64(size) || answer.Objects[0].Error != nil {
		s.t.Fatalf("the batch call of %s with %d bytes is answered %+v", oid, size, answer)
	}
	return answer.Objects[0]
}

// upload stores content in the way that the Hub asks for, and returns its sha256.
func (s *session) upload(content []byte) string {
	s.t.Helper()
	oid := sha256Hex(content)
	o := s.batch(oid, len(content))
	up, ok := o.Actions["upload"]
	if !ok {
		return oid // it is there
	}
	if size, inParts := up.Header["chunk_size"]; inParts {
		s.uploadParts(up, fmt.Sprint(size), oid, content)
	} else {
		r := s.send("PUT", up.Href, "", content)
		r.status(200)
		if r.Header.Get("ETag") == "" {
			s.t.Error("the upload has no ETag")
		}
	}
	if verify, ok := o.Actions["verify"]; ok {
		named := map[string]any{"oid": oid, "size": len(content)}
		s.send("POST", verify.Href, s.token, named, "Accept", lfsJSON, "Content-Type", lfsJSON).status(200)
	}
	return oid
}

func (s *session) uploadParts(up lfsAction, chunkSize, oid string, content []byte) {
	s.t.Helper()
	size, err := strconv.Atoi(chunkSize)
	if err != nil || size < 1 {
		s.t.Fatalf("chunk_size is %q", chunkSize)
	}
	var parts []map[string]any
	for number := 1; len(content) > 0; number++ {
		href, _ := up.Header[fmt.Sprintf("%05d", number)].(string)
		if href == "" {
			s.t.Fatalf("part %d has no URL", number)
		}
		chunk := content[:min(size, len(content))]
		content = content[len(chunk):]
		r := s.send("PUT", href, "", chunk)
		r.status(200)
		if r.Header.Get("ETag") == "" {
			s.t.Fatalf("part %d has no ETag", number)
		}
		parts = append(parts, map[string]any{"partNumber": number, "etag": r.Header.Get("ETag")})
	}
	if len(up.Header) != len(parts)+1 {
		s.t.Errorf("there are %d headers for %d parts and their size", len(up.Header), len(parts))
	}
	s.send("POST", up.Href, "", map[string]any{"oid": oid, "parts": parts}, "Accept", lfsJSON, "Content-Type", lfsJSON).status(200)
}

func lfsLine(path, oid string, size int) map[string]any {
	return map[string]any{"path": path, "algo": "sha256", "oid": oid, "size": size}
}

func largeFile(s *session) {
	content := largeContent()
	oid := s.upload(content)
	if again := s.batch(oid, len(content)); again.Actions["upload"].Href != "" {
		s.t.Error("an object that is there is to be uploaded again")
	}
	s.large = s.commit("main", map[string]any{"summary": "Add weights"}, "lfsFile", lfsLine(largeName, oid, len(content)))
	if got := s.ask(map[string][]byte{largeName: []byte("x")})[largeName].OID; got != oid {
		s.t.Errorf("preupload says that %s is %s now, want its sha256 %s", largeName, got, oid)
	}
}

func commitWithoutObject(s *session) {
	r := s.postCommit("main", map[string]any{"summary": "no object"}, "lfsFile", lfsLine("none.safetensors", sha256Hex([]byte(s.repo)), 5))
	r.refused(400, "")
	if now := s.info("main").SHA; now != s.large {
		s.t.Errorf("a commit without its object moved main to %s", now)
	}
}

func deletions(s *session) {
	s.commit("main", map[string]any{"summary": "Add more"}, "file", file("gone/a.txt", "a"), "file", file("gone/b/c.txt", "c"), "file", file("gone.txt", "d"))
	s.commit("main", map[string]any{"summary": "Remove it"},
		"deletedFolder", map[string]any{"path": "gone/"}, "deletedFile", map[string]any{"path": "gone.txt"}, "file", file("kept.txt", "k"))
	names := s.names("main")
	for name, want := range map[string]bool{"gone/a.txt": false, "gone/b/c.txt": false, "gone.txt": false, "kept.txt": true, "config.json": true} {
		if names[name] != want {
			s.t.Errorf("%s is there: %v, want %v", name, names[name], want)
		}
	}
}
