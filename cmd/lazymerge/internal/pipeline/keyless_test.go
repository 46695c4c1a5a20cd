package pipeline_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/sample"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/hub/localhub"
	"github.com/lazymerge/lazymerge/hub/localhub/pipenet"
)

// A merge may take longer than the tokens of a CI job: new ones are made in between, and nothing is sent twice.
func TestPushOutlivesTheTokensOfAJob(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		const life = 2 * time.Minute
		server, err := localhub.New(localhub.Options{
			Publishers: []localhub.Publisher{{Subject: "a job", Resource: "me/out"}},
			TokenLife:  life,
		})
		if err != nil {
			t.Fatal(err)
		}
		server.Fault = func(r *http.Request) localhub.Fault { // storage is slow
			if !localhub.ToStorage(r) {
				return nil
			}
			return func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					time.Sleep(50 * time.Second)
					next.ServeHTTP(w, r)
				})
			}
		}
		shape := sample.Shape{Type: "llama", Layers: 2, Hidden: 32, Intermediate: 64, Heads: 2, KeyValues: 1, Vocabulary: 96, ShardSize: 30_000}
		putSamples(t, server, shape, dir, "org/a", "org/b")
		if _, err := server.PutRepo("me/out", localhub.RepoOptions{Private: true}, nil); err != nil {
			t.Fatal(err)
		}
		api, storage := pipenet.Listen("127.0.0.1:81"), pipenet.Listen("127.0.0.1:82")
		transport := pipenet.Transport(api, storage)
		if err := server.Serve(api, storage); err != nil {
			t.Fatal(err)
		}
		defer func() {
			transport.CloseIdleConnections()
			server.Close()
			time.Sleep(time.Second) // a connection of net/http lingers for half of that
		}()

		tools := toolsOf(t, server, transport)
		request := requestOf("merge_method: linear\nmodels:\n- {model: org/a, parameters: {weight: 1}}\n- {model: org/b, parameters: {weight: 1}}\n", 10_000, "me/out")
		tools.WorkDir = dir
		tools.Hub.Token = nil
		job := server.NewJob("a job")
		tools.Target = &hub.Client{Endpoint: server.URL(), HTTP: transport,
			OIDC: &hub.OIDC{Resource: "me/out", GitHub: true, RequestURL: job.RequestURL, RequestToken: job.RequestToken}}
		start := time.Now()
		run, err := pipeline.Push(t.Context(), tools, request)
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took < 2*life {
			t.Errorf("the push took %s, too little to outlive its tokens", took)
		}
		history, err := server.Commits("me/out", "")
		if err != nil || history[0].OID != run.Published.Commit || history[0].Author != "[OIDC]" {
			t.Errorf("the history is %+v, %v", history, err)
		}
		exchanges, puts := 0, map[string]int{}
		for _, r := range server.Log() {
			switch {
			case r.Path == "/oauth/token":
				exchanges++
			case r.Method == "PUT":
				puts[r.Path]++
			case r.Status == 401:
				t.Errorf("%s %s was sent with a token that had ended", r.Method, r.Path)
			case !strings.Contains(r.Path, "/me/out") && r.Auth && !strings.Contains(r.Path, "id-token") && !strings.Contains(r.Path, "validate-yaml"):
				t.Errorf("%s %s was sent with the target's token", r.Method, r.Path)
			}
		}
		if exchanges < 3 {
			t.Errorf("%d tokens were made in %s, and each is good for %s", exchanges, time.Since(start), life)
		}
		for path, n := range puts {
			if n != 1 {
				t.Errorf("%s was sent %d times", path, n)
			}
		}
	})
}
