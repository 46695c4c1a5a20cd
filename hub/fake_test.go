package hub

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

const (
	commitA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	commitB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	commitC = "cccccccccccccccccccccccccccccccccccccccc"
)

func sha256Hex(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// A fakeModel is one repo at one commit, served by hub.test, its large files by store.test.
type fakeModel struct {
	name   string
	commit string
	info   string // more fields of the info, `,"gated":"auto"`
	files  map[string][]byte
	large  map[string]bool
	life   time.Duration // of signed URLs; 0: they do not say
	signed int           // URLs given out
}

// weights are bytes that tell where they come from: the number of each 8-byte word.
func weights(n int) []byte {
	data := make([]byte, 0, n+8)
	for i := 0; len(data) < n; i++ {
		data = fmt.Appendf(data, "%08d", i)
	}
	return data[:n]
}

// addModel serves alice/model with a small and a large file.
func (n *network) addModel() *fakeModel {
	m := &fakeModel{
		name:   "alice/model",
		commit: commitA,
		files:  map[string][]byte{"config.json": []byte(`{"a":1}`), "model.safetensors": weights(5000), "empty.txt": {}},
		large:  map[string]bool{"model.safetensors": true},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/models/{ns}/{name}/revision/{rev}", m.serveInfo)
	mux.HandleFunc("GET /api/models/{ns}/{name}/tree/{rev}", m.serveTree)
	mux.HandleFunc("GET /alice/{name}/resolve/{rev}/{path...}", m.serveFile)
	n.hosts["hub.test"] = mux
	n.hosts["store.test"] = http.HandlerFunc(m.serveStorage)
	return m
}

func (m *fakeModel) serveInfo(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("ns")+"/"+r.PathValue("name") != m.name {
		status(404, `{"error":"Repository not found"}`, "X-Error-Code: RepoNotFound", "X-Request-Id: req-1")(w, r)
		return
	}
	if rev := r.PathValue("rev"); rev != "main" && rev != m.commit && rev != "refs/pr/1" {
		status(404, `{"error":"Invalid rev id"}`, "X-Error-Code: RevisionNotFound")(w, r)
		return
	}
	fmt.Fprintf(w, `{"id":%q,"sha":%q,"private":false,"gated":false,"pipeline_tag":"text-generation","library_name":"transformers","cardData":{"license":"mit"},"siblings":[{"rfilename":"config.json"}]%s}`, m.name, m.commit, m.info)
}

func (m *fakeModel) tree() []map[string]any {
	entries := []map[string]any{{"type": "directory", "oid": commitC, "size": 0, "path": "sub"}}
	for name, data := range m.files {
		entry := map[string]any{"type": "file", "oid": gitBlob(data), "size": len(data), "path": name}
		if m.large[name] {
			entry["lfs"] = map[string]any{"oid": sha256Hex(data), "size": len(data), "pointerSize": 130}
			entry["oid"] = commitC
		}
		entries = append(entries, entry)
	}
	return entries
}

func (m *fakeModel) serveTree(w http.ResponseWriter, r *http.Request) {
	json.NewEncoder(w).Encode(m.tree())
}

func (m *fakeModel) serveFile(w http.ResponseWriter, r *http.Request) {
	path := r.PathValue("path")
	data, ok := m.files[path]
	if !ok {
		status(404, "", "X-Error-Code: EntryNotFound")(w, r)
		return
	}
	w.Header().Set("X-Repo-Commit", m.commit)
	if !m.large[path] {
		w.Header().Set("ETag", `"`+gitBlob(data)+`"`)
		w.Header().Set("Content-Type", "application/octet-stream")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
		return
	}
	w.Header().Set("X-Linked-Etag", `"`+sha256Hex(data)+`"`)
	w.Header().Set("X-Linked-Size", fmt.Sprint(len(data)))
	m.signed++
	location := fmt.Sprintf("http://store.test/lfs/%s?sig=%s&n=%d", path, signature, m.signed)
	if m.life > 0 {
		location += fmt.Sprintf("&Expires=%d", time.Now().Add(m.life).Unix())
	}
	w.Header().Set("Location", location)
	w.WriteHeader(http.StatusFound)
}

func (m *fakeModel) serveStorage(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("sig") != signature {
		status(403, "<Error><Code>AccessDenied</Code></Error>")(w, r)
		return
	}
	data, ok := m.files[strings.TrimPrefix(r.URL.Path, "/lfs/")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("ETag", `"another-hash"`)
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// resolve pins the model of addModel and forgets the requests for it.
func (n *network) resolve(t *testing.T) *Revision {
	t.Helper()
	r, err := n.client().Resolve(t.Context(), "alice/model", "main")
	if err != nil {
		t.Fatalf("Resolve(alice/model, main) = %v", err)
	}
	n.lines()
	return r
}
