package pipeline_test

import (
	"fmt"
	"maps"
	"net/http"
	"path"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/sample"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/hub/localhub"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// TestPlanIsWhatHappens compares the reads and writes that a plan announces with what the Hub had to answer: as many
// ranges of weights, of as many bytes, and as many bytes of shards. The headers are read beside that, one range for each file.
func TestPlanIsWhatHappens(t *testing.T) {
	server, err := localhub.New(localhub.Options{
		Users: []localhub.User{{Name: "me", Tokens: []localhub.Token{{Secret: testToken, Role: localhub.Write}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	shape := sample.Shape{Type: "llama", Layers: 12, Hidden: 192, Intermediate: 384, Heads: 2, KeyValues: 1, Vocabulary: 96, ShardSize: 2_000_000}
	putSamples(t, server, shape, t.TempDir(), "org/a", "org/b", "org/c")
	if err := server.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	for i, tt := range []struct {
		name, config string
		shardSize    int64
	}{
		{"a linear merge of two models", "merge_method: linear\ndtype: bfloat16\nmodels:\n- {model: org/a, parameters: {weight: 1}}\n- {model: org/b, parameters: {weight: 2}}\n", 3_000_000},
		{"ties of a base and two models", "merge_method: ties\nbase_model: org/a\ndtype: float16\nmodels:\n- {model: org/a}\n- {model: org/b, parameters: {weight: 1, density: 0.5}}\n- {model: org/c, parameters: {weight: 1, density: 0.9}}\n", 0},
		{"a few layers of each model", "merge_method: passthrough\nslices:\n- sources: [{model: org/a, layer_range: [0, 5]}]\n- sources: [{model: org/b, layer_range: [3, 7]}]\n- sources: [{model: org/a, layer_range: [9, 12]}]\n", 1_000_000},
		{"values by tensor", "merge_method: slerp\nbase_model: org/a\nmodels: [{model: org/a}, {model: org/b}]\nparameters: {t: [{filter: mlp, value: 0}, {value: 1}]}\n", 2_000_000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tools, repo := toolsOf(t, server, nil), fmt.Sprintf("me/merge-%d", i)
			request := requestOf(tt.config, tt.shardSize, repo)
			since := len(server.Log())
			if _, err := pipeline.Prepare(t.Context(), tools, request); err != nil {
				t.Fatal(err)
			}
			heads := server.Log()[since:]
			since = len(server.Log())
			run, err := pipeline.Push(t.Context(), tools, request)
			if err != nil {
				t.Fatal(err)
			}
			m := run.Prepared.Merge
			shards := slices.Collect(maps.Values(weightsOf(t, server, repo))) // other files go to storage too
			var reads, read, written int64
			for _, r := range server.Log()[since:] {
				switch {
				case r.Storage && r.Method == http.MethodGet:
					reads++
					read += r.Sent
				case r.Storage && r.Method == http.MethodPut && slices.Contains(shards, path.Base(r.Path)):
					written += r.Received
				}
			}
			ranges := 0
			for _, r := range heads {
				if r.Storage {
					ranges++
					reads, read = reads-1, read-r.Sent // the push has read the headers again
				}
			}
			c := m.Plan.Cost
			if reads != c.Requests || read != c.ReadBytes || written != c.WriteBytes {
				t.Errorf("%d ranges of %d bytes were read and %d bytes written; the plan says %d, %d and %d", reads, read, written, c.Requests, c.ReadBytes, c.WriteBytes)
			}
			files := 0
			for _, src := range m.Plan.Sources {
				files += len(weightsOf(t, server, src.Repo))
			}
			if files < 4 || ranges > files {
				t.Errorf("%d ranges were read for the headers of %d files", ranges, files)
			}
		})
	}
}

const testToken = "hf_pipelinetest"

// putSamples publishes models of a shape, each another fine-tune of one base; dir is for their files.
func putSamples(t *testing.T, server *localhub.Server, shape sample.Shape, dir string, ids ...string) {
	t.Helper()
	for i, id := range ids {
		model := filepath.Join(dir, fmt.Sprint("model", i))
		if err := shape.Write(model, 1, uint64(i+1), "apache-2.0"); err != nil {
			t.Fatal(err)
		}
		files, err := localhub.Folder(model)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := server.PutRepo(id, localhub.RepoOptions{}, files); err != nil {
			t.Fatal(err)
		}
	}
}

// toolsOf are for a merge of models on server, with a client of its own. A nil transport is the client's.
func toolsOf(t *testing.T, server *localhub.Server, transport http.RoundTripper) pipeline.Tools {
	talk := ui.New(ui.Options{})
	t.Cleanup(func() { talk.Close() })
	return pipeline.Tools{UI: talk, Threads: 1,
		Hub: &hub.Client{Endpoint: server.URL(), Token: func() string { return testToken }, HTTP: transport}}
}

// requestOf asks for the merge of a config with shards of a size, published as repo; "" is nowhere.
func requestOf(config string, shardSize int64, repo string) pipeline.Request {
	r := pipeline.Request{Name: "stdin", Text: []byte(config), Tool: "test", Options: plan.Options{ShardSize: shardSize}}
	if repo != "" {
		r.Repo, r.Publish = repo, &pipeline.Publishing{Repo: repo}
	}
	return r
}
