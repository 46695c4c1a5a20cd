package localhub_test

import (
	"encoding/binary"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

// safetensors is a file with that header and n zero bytes after it.
func safetensors(header string, n int) localhub.Content {
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return localhub.Bytes(append(append(file, header...), make([]byte, n)...))
}

func model() map[string]localhub.Content {
	return map[string]localhub.Content{
		"README.md": localhub.Text("---\nlicense: mit\nbase_model: [a/b, c/d]\nbase_model_relation: merge\n" +
			"tags: [mergekit, merge]\nlanguage: en\npipeline_tag: text-generation\n---\n# model\n"),
		"config.json":                      localhub.Text(`{"model_type": "llama", "architectures": ["LlamaForCausalLM"], "x": 1}`),
		"model-00001-of-00002.safetensors": safetensors(`{"__metadata__":{"format":"pt"},"a":{"dtype":"BF16","shape":[2,3],"data_offsets":[0,12]}}`, 12),
		"model-00002-of-00002.safetensors": safetensors(`{"b":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}`, 4),
		"extra/other.safetensors":          localhub.Text("not one"),
		"empty.txt":                        localhub.Text(""),
	}
}

type infoReply struct {
	UnderID      string `json:"_id"`
	ID           string
	ModelID      string
	Author       string
	SHA          string
	Private      bool
	Gated        any
	Tags         []string
	PipelineTag  string `json:"pipeline_tag"`
	LibraryName  string `json:"library_name"`
	CreatedAt    string
	LastModified string
	UsedStorage  int64
	CardData     map[string]any
	Config       map[string]any
	Safetensors  *struct {
		Parameters map[string]int
		Total      int
	}
	Siblings []struct {
		RFilename string
		Size      *int64
		BlobID    string
		LFS       *struct {
			SHA256      string
			Size        int64
			PointerSize int
		}
	}
}

func TestInfo(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	server := start(t, localhub.Options{Now: func() time.Time { return now }})
	commit := put(t, server, "alice/x", localhub.RepoOptions{Gated: localhub.Manual}, model())
	var info infoReply
	send(t, server, "GET", "/api/models/alice/x", anonymous, nil).json(t, &info)
	if info.ID != "alice/x" || info.ModelID != "alice/x" || info.Author != "alice" || info.SHA != commit || info.Private ||
		info.Gated != "manual" || len(info.UnderID) != 24 || info.CreatedAt != "2026-01-02T03:04:05.678Z" ||
		info.LastModified != "2026-01-02T03:04:05.000Z" {
		t.Errorf("info = %+v", info)
	}
	wantTags := "transformers safetensors llama text-generation mergekit merge en base_model:a/b base_model:c/d " +
		"base_model:merge:a/b base_model:merge:c/d license:mit"
	if got := strings.Join(info.Tags, " "); got != wantTags {
		t.Errorf("tags = %s, want %s", got, wantTags)
	}
	if info.LibraryName != "transformers" || info.PipelineTag != "text-generation" || info.CardData["license"] != "mit" {
		t.Errorf("library %q, task %q, card %v", info.LibraryName, info.PipelineTag, info.CardData)
	}
	if want := map[string]any{"model_type": "llama", "architectures": []any{"LlamaForCausalLM"}}; !reflect.DeepEqual(info.Config, want) {
		t.Errorf("config = %v, want %v", info.Config, want)
	}
	if p := info.Safetensors; p == nil || p.Total != 7 || p.Parameters["BF16"] != 6 || p.Parameters["F32"] != 1 {
		t.Errorf("safetensors = %+v, want 6 BF16 and 1 F32", p)
	}
	if len(info.Siblings) != 7 || info.Siblings[0].RFilename != ".gitattributes" || info.Siblings[0].Size != nil {
		t.Errorf("siblings = %+v", info.Siblings)
	}

	send(t, server, "GET", "/api/models/alice/x/revision/"+commit+"?blobs=true", anonymous, nil).json(t, &info)
	for _, s := range info.Siblings {
		if s.Size == nil || len(s.BlobID) != 40 || (s.LFS != nil) != strings.HasSuffix(s.RFilename, ".safetensors") {
			t.Errorf("sibling %+v", s)
		}
		if s.LFS != nil && (len(s.LFS.SHA256) != 64 || s.LFS.Size != *s.Size || s.LFS.PointerSize < 100) {
			t.Errorf("LFS of %s is %+v", s.RFilename, *s.LFS)
		}
	}

	var short map[string]any
	for _, query := range []string{"expand=sha&expand=gated", "expand[]=sha&expand[]=gated", "expand=sha,gated"} {
		short = nil
		send(t, server, "GET", "/api/models/alice/x/revision/HEAD?"+query, anonymous, nil).json(t, &short)
		if len(short) != 4 || short["id"] != "alice/x" || short["_id"] == nil || short["sha"] != commit || short["gated"] != "manual" {
			t.Errorf("info with %s = %v", query, short)
		}
	}
	send(t, server, "GET", "/api/models/alice/x?expand=sha&blobs=true", anonymous, nil).wantError(t, 400, "", "exclude")
	send(t, server, "GET", "/api/models/alice/x?expand=password", anonymous, nil).wantError(t, 400, "", "password")
	send(t, server, "GET", "/api/models/alice/x/revision/none", anonymous, nil).wantError(t, 404, "RevisionNotFound", "none")
	send(t, server, "GET", "/api/models/alice/x/revision/main/none", anonymous, nil).wantError(t, 404, "RevisionNotFound", "main/none")
}

func TestInfoOfPlainRepos(t *testing.T) {
	server := start(t, localhub.Options{})
	put(t, server, "alice/x", localhub.RepoOptions{}, nil)
	put(t, server, "datasets/alice/d", localhub.RepoOptions{}, map[string]localhub.Content{
		"README.md": localhub.Text("---\ntags: [a]\n---\n"),
	})
	// What cannot be read is left out, and stops nothing.
	put(t, server, "alice/odd", localhub.RepoOptions{}, map[string]localhub.Content{
		"config.json":       localhub.Text("["),
		"model.safetensors": safetensors(`{"a":{"dtype":"F32","shape":[1099511627776,1099511627776]}}`, 4),
	})
	var info infoReply
	send(t, server, "GET", "/api/models/alice/x", anonymous, nil).json(t, &info)
	if info.Gated != false || info.Tags == nil || len(info.Tags) != 0 || info.CardData != nil || info.Config != nil || info.Safetensors != nil {
		t.Errorf("info of an empty repo = %+v", info)
	}
	info = infoReply{}
	send(t, server, "GET", "/api/datasets/alice/d", anonymous, nil).json(t, &info)
	if info.ModelID != "" || !slices.Equal(info.Tags, []string{"a"}) {
		t.Errorf("info of a dataset = %+v", info)
	}
	info = infoReply{}
	send(t, server, "GET", "/api/models/alice/odd", anonymous, nil).json(t, &info)
	if info.Config != nil || info.Safetensors != nil || !slices.Equal(info.Tags, []string{"safetensors"}) {
		t.Errorf("info of odd files = %+v", info)
	}
}

type entry struct {
	Type, Path, OID string
	Size            int64
	LFS             *struct {
		OID         string
		Size        int64
		PointerSize int
	}
	LastCommit *struct{ ID, Title, Date string }
	XetHash    *string
}

func paths(entries []entry) string {
	var all []string
	for _, e := range entries {
		all = append(all, e.Path)
	}
	return strings.Join(all, " ")
}

func TestTree(t *testing.T) {
	server := start(t, localhub.Options{})
	put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{
		"a.txt": localhub.Text("x"), "d/b.txt": localhub.Text("y"), "d/e f/c.bin": localhub.Text("z"), "d-1/g": localhub.Text(""),
	})
	for _, tt := range []struct{ path, want string }{
		{"main", ".gitattributes a.txt d d-1"},
		{"main?recursive=false", ".gitattributes a.txt d d-1"},
		{"main?recursive=true", ".gitattributes a.txt d d-1 d-1/g d/b.txt d/e f d/e f/c.bin"},
		{"main?recursive=True", ".gitattributes a.txt d d-1 d-1/g d/b.txt d/e f d/e f/c.bin"},
		{"main/d", "d/b.txt d/e f"},
		{"main/d/", "d/b.txt d/e f"},
		{"main/d/e%20f", "d/e f/c.bin"},
		{"main/d%2Fe%20f", "d/e f/c.bin"},
		{"refs%2Fheads%2Fmain/d?recursive=true", "d/b.txt d/e f d/e f/c.bin"},
		{"refs/heads/main/d", "d/b.txt d/e f"},
		{"HEAD/d-1", "d-1/g"},
	} {
		var entries []entry
		send(t, server, "GET", "/api/models/alice/x/tree/"+tt.path, anonymous, nil).json(t, &entries)
		if got := paths(entries); got != tt.want {
			t.Errorf("tree/%s = %s, want %s", tt.path, got, tt.want)
		}
		for _, e := range entries {
			if e.XetHash != nil || len(e.OID) != 40 || (e.Type == "directory") != (e.Path == "d" || e.Path == "d-1" || e.Path == "d/e f") {
				t.Errorf("tree/%s has %+v", tt.path, e)
			}
			if (e.LFS != nil) != strings.HasSuffix(e.Path, ".bin") || e.LFS != nil && (e.LFS.OID != sha("z") || e.LFS.Size != 1 || e.Size != 1) {
				t.Errorf("tree/%s has %+v", tt.path, e)
			}
		}
	}
	send(t, server, "GET", "/api/models/alice/x/tree/none", anonymous, nil).wantError(t, 404, "RevisionNotFound", "none")
	send(t, server, "GET", "/api/models/alice/x/tree/main/none", anonymous, nil).wantError(t, 404, "EntryNotFound", "none")
	send(t, server, "GET", "/api/models/alice/x/tree/main/a.txt", anonymous, nil).wantError(t, 404, "EntryNotFound", "a.txt")
	send(t, server, "GET", "/api/models/alice/x/tree/main?limit=0", anonymous, nil).wantError(t, 400, "", "limit")
	send(t, server, "GET", "/api/models/alice/x/tree/main?cursor=!", anonymous, nil).wantError(t, 400, "", "cursor")
}

// nextPage reads a Link header as the JavaScript client does.
func nextPage(t *testing.T, r reply) string {
	t.Helper()
	link := r.Header.Get("Link")
	if link == "" {
		return ""
	}
	address, ok := strings.CutSuffix(link, `>; rel="next"`)
	address, ok2 := strings.CutPrefix(address, "<")
	if u, err := url.Parse(address); err != nil || !ok || !ok2 || !u.IsAbs() {
		t.Fatalf("Link %q is not an absolute URL in its usual form", link)
	}
	return address
}

func TestTreePages(t *testing.T) {
	server := start(t, localhub.Options{PageSize: 3})
	files := make(map[string]localhub.Content)
	for i := range 10 {
		files[fmt.Sprintf("ü/%02d", i)] = localhub.Text("x")
	}
	put(t, server, "alice/x", localhub.RepoOptions{}, files)
	var all []entry
	pages := 0
	for next := "/api/models/alice/x/tree/main?recursive=true&expand=true"; next != ""; pages++ {
		r := send(t, server, "GET", next, anonymous, nil)
		var page []entry
		r.json(t, &page)
		all = append(all, page...)
		if len(page) > 3 || page[0].LastCommit == nil {
			t.Errorf("GET %s = %+v, want at most 3 with their commits", next, page)
		}
		next = nextPage(t, r)
	}
	if pages != 4 || len(all) != 12 || all[11].Path != "ü/09" {
		t.Errorf("%d pages have %s", pages, paths(all))
	}
	var limited []entry
	r := send(t, server, "GET", "/api/models/alice/x/tree/main/%C3%BC?limit=9", anonymous, nil)
	r.json(t, &limited)
	if len(limited) != 9 || !strings.Contains(nextPage(t, r), "limit=9") {
		t.Errorf("a limit of 9 gives %d entries and Link %s", len(limited), r.Header.Get("Link"))
	}
	// An origin in Host is an origin in Link: clients compare them.
	r = send(t, server, "GET", strings.Replace(server.URL(), "127.0.0.1", "localhost", 1)+"/api/models/alice/x/tree/main/%C3%BC", anonymous, nil)
	if !strings.HasPrefix(nextPage(t, r), "http://localhost:") {
		t.Errorf("asked as localhost, Link is %s", r.Header.Get("Link"))
	}
}

func TestLastCommit(t *testing.T) {
	server := start(t, localhub.Options{})
	put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"a": localhub.Text("1"), "d/b": localhub.Text("1"), "e/c": localhub.Text("1")})
	second := commit(t, server, "alice/x", alice, lines(titled("second"), "file", fileLine("d/b", "2")))
	third := commit(t, server, "alice/x", alice, lines(titled("third"), "deletedFile", map[string]any{"path": "a"}))
	commit(t, server, "alice/x", alice, lines(titled("fourth"), "file", fileLine("d/b", "2")))
	fifth := commit(t, server, "alice/x", alice, lines(titled("fifth"), "file", fileLine("a", "1")))
	var entries []entry
	send(t, server, "GET", "/api/models/alice/x/tree/main?recursive=true&expand=true", anonymous, nil).json(t, &entries)
	want := map[string]string{
		".gitattributes": "initial commit", "a": "fifth", "d": "second", "d/b": "second", "e": "Upload 3 files", "e/c": "Upload 3 files",
	}
	for _, e := range entries {
		if e.LastCommit == nil || e.LastCommit.Title != want[e.Path] || e.LastCommit.Date != "2026-01-02T03:04:05.000Z" {
			t.Errorf("%s was last changed by %+v, want %q", e.Path, e.LastCommit, want[e.Path])
		}
		if e.Path == "d" && e.LastCommit.ID != second || e.Path == "a" && e.LastCommit.ID != fifth {
			t.Errorf("%s was last changed by %+v", e.Path, e.LastCommit)
		}
	}
	send(t, server, "GET", "/api/models/alice/x/tree/"+third+"?expand=true", anonymous, nil).json(t, &entries)
	if got := paths(entries); got != ".gitattributes d e" {
		t.Errorf("at the third commit there is %s", got)
	}
}

func TestPathsInfo(t *testing.T) {
	server := start(t, localhub.Options{})
	put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"a b.json": localhub.Text("x"), "d/b.bin": localhub.Text("y")})
	asked := []string{"d", "a b.json", "none", "d/b.bin", "d/"}
	for name, body := range map[string]any{
		"form": url.Values{"paths": asked, "expand": {"True"}},
		"JSON": map[string]any{"paths": asked, "expand": true},
	} {
		var entries []entry
		send(t, server, "POST", "/api/models/alice/x/paths-info/main", anonymous, body).json(t, &entries)
		if got := paths(entries); got != "d a b.json d/b.bin d" || entries[0].Type != "directory" || entries[2].LFS == nil || entries[1].LastCommit == nil {
			t.Errorf("paths-info as %s = %+v", name, entries)
		}
	}
	var none []entry
	send(t, server, "POST", "/api/models/alice/x/paths-info/main", anonymous, map[string]any{"paths": []string{"none"}}).json(t, &none)
	if none == nil || len(none) != 0 {
		t.Errorf("paths-info of what is not there = %v, want []", none)
	}
	send(t, server, "POST", "/api/models/alice/x/paths-info/none", anonymous, url.Values{}).wantError(t, 404, "RevisionNotFound", "none")
	many := map[string]any{"paths": make([]string, 1001)}
	send(t, server, "POST", "/api/models/alice/x/paths-info/main", anonymous, many).wantError(t, 413, "", "at most 1000")
	send(t, server, "POST", "/api/models/alice/x/paths-info/main", anonymous, []byte("paths=x")).wantError(t, 400, "", "JSON")
}

func TestValidateYAML(t *testing.T) {
	server := start(t, localhub.Options{})
	type verdict struct {
		Errors, Warnings []struct{ Message string }
	}
	var good verdict
	card := func(text string) any { return map[string]any{"content": text, "repoType": "model"} }
	r := send(t, server, "POST", "/api/validate-yaml", anonymous, card("---\nlicense: mit\n---\n"))
	r.json(t, &good)
	if !strings.Contains(string(r.body), `"errors":[],"warnings":[]`) {
		t.Errorf("a good card is answered %s", r.body)
	}
	send(t, server, "POST", "/api/validate-yaml", anonymous, card("# none")).json(t, &good)
	if len(good.Warnings) != 1 || good.Warnings[0].Message == "" {
		t.Errorf("a card without metadata is answered %+v", good)
	}
	bad := send(t, server, "POST", "/api/validate-yaml", alice, card("---\nlicense: mine\ntags: 1\n---\n"))
	bad.wantError(t, 400, "", `"license" must be one of`)
	if !strings.Contains(string(bad.body), `"errors":[{"message":"\"license\" must be one of [apache-2.0,`) || !strings.Contains(string(bad.body), `\"tags\" must be`) {
		t.Errorf("a bad card is answered %s", bad.body)
	}
	send(t, server, "POST", "/api/validate-yaml", alice, []byte("no")).wantError(t, 400, "", "JSON")
}
