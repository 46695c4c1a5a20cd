package hub

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Each request is a line of the trace, one that failed and one to storage too, and none has a secret.
func TestTrace(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		n.addModel()
		var mu sync.Mutex
		var lines []string
		c := n.client()
		c.Trace = func(line string) {
			mu.Lock()
			defer mu.Unlock()
			clean(t, "trace", line)
			lines = append(lines, line)
		}
		n.failTimes("/revision/", 1, status(503, "", "X-Request-Id: req-7"))
		n.failTimes("/tree/", 1, cut("SSH-2.0 "+testToken, ""))
		r, err := c.Resolve(t.Context(), "alice/model", "main")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := readAt(t, r, "model.safetensors", 800, 8); err != nil {
			t.Fatal(err)
		}
		const hub = "GET http://hub.test/"
		want := []string{
			hub + "api/models/alice/model/revision/main: 503 in 0s request req-7 (Authorization: ***)",
			hub + "api/models/alice/model/revision/main: 200 in 0s (Authorization: ***)",
			hub + "api/models/alice/model/tree/" + commitA + `: malformed HTTP status code in 0s (Authorization: ***)`,
			hub + "api/models/alice/model/tree/" + commitA + ": 200 in 0s (Authorization: ***)",
			hub + "alice/model/resolve/" + commitA + "/model.safetensors: 302 in 0s (Range: bytes=800-807, X-HF-Download-Counter: 1, Authorization: ***)",
			"GET http://store.test: 206 in 0s (Range: bytes=800-807, X-HF-Download-Counter: 1)",
		}
		if !slices.Equal(lines, want) {
			t.Errorf("trace:\n%s\nwant:\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
		}
	})
}

// The reads of files that go through the Hub ask to be counted, unless telemetry is off.
func TestDownloadCounter(t *testing.T) {
	for _, tt := range []struct {
		env  []string
		want int // requests with the header: of the Hub, and of the storage that it leads to
	}{{nil, 2}, {[]string{"HF_HUB_DISABLE_TELEMETRY=1"}, 0}, {[]string{"DO_NOT_TRACK=1"}, 0}} {
		bubble(t, func(t *testing.T, n *network) {
			n.addModel()
			got := 0
			e, err := ReadEnvironment(env(append(tt.env, "HF_ENDPOINT=http://hub.test")...))
			if err != nil {
				t.Fatal(err)
			}
			c := e.NewClient("", "", "lazymerge/test")
			c.HTTP = roundTrip(func(r *http.Request) (*http.Response, error) {
				if r.Header.Get("X-HF-Download-Counter") == "1" {
					got++
					if ok, _ := regexp.MatchString(`/resolve/|^/lfs/`, r.URL.Path); !ok {
						t.Errorf("%s asks to be counted", r.URL.Path)
					}
				}
				return n.pipes.RoundTrip(r)
			})
			r, err := c.Resolve(t.Context(), "alice/model", "main")
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if _, err := readAt(t, r, "model.safetensors", 0, 8); err != nil {
					t.Fatal(err)
				}
			}
			if got != tt.want {
				t.Errorf("%q: %d requests ask to be counted, want %d", tt.env, got, tt.want)
			}
		})
	}
}

// Where the environment keeps tokens from being used, the hints say so.
func TestHintOfATokenThatIsOff(t *testing.T) {
	for _, tt := range []struct {
		vars []string
		code string
		want string
	}{
		{[]string{"HF_HUB_DISABLE_IMPLICIT_TOKEN=1"}, "GatedRepo", "then unset HF_HUB_DISABLE_IMPLICIT_TOKEN, which disables HF_TOKEN and hf auth login, or pass --token"},
		{[]string{"HF_HUB_DISABLE_IMPLICIT_TOKEN=1"}, "RepoNotFound", "a private repo needs a token: unset HF_HUB_DISABLE_IMPLICIT_TOKEN"},
		{[]string{"HF_HUB_DISABLE_IMPLICIT_TOKEN=1"}, "", "unset HF_HUB_DISABLE_IMPLICIT_TOKEN"},
		{nil, "", "set HF_TOKEN or log in with hf auth login"},
	} {
		bubble(t, func(t *testing.T, n *network) {
			n.addModel()
			n.failTimes("/revision/", always, status(401, "", "X-Error-Code: "+tt.code))
			e, err := ReadEnvironment(env(append(tt.vars, "HF_ENDPOINT=http://hub.test")...))
			if err != nil {
				t.Fatal(err)
			}
			c := e.NewClient("", "", "lazymerge/test")
			c.HTTP = n.pipes
			_, err = c.Repo(t.Context(), "alice/model")
			if e, ok := errors.AsType[*Error](err); !ok || !strings.Contains(e.Hint(), tt.want) {
				t.Errorf("%q, %q: %v, want a hint with %q", tt.vars, tt.code, err, tt.want)
			}
		})
	}
}
