package hub

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// env is an environment of "NAME=value".
func env(vars ...string) func(string) string {
	return func(name string) string {
		for _, v := range vars {
			if key, value, _ := strings.Cut(v, "="); key == name {
				return value
			}
		}
		return ""
	}
}

func TestFindToken(t *testing.T) {
	files := func(path, content string) func(string) ([]byte, error) {
		return func(name string) ([]byte, error) {
			if filepath.ToSlash(name) == path {
				return []byte(content), nil
			}
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
	}
	none := files("", "")
	home := files("/home/a/.cache/huggingface/token", "hf_file\n")
	for _, tt := range []struct {
		name     string
		explicit string
		env      func(string) string
		files    func(string) ([]byte, error)
		token    string
		from     string
		err      string
	}{
		{"nothing anywhere", "", env("HOME=/home/a"), none, "", "", ""},
		{"no home at all", "", env(), home, "", "", ""},
		{"the flag before everything", " hf_flag\n", env("HF_TOKEN=hf_env", "HF_OIDC_RESOURCE=a/b", "HOME=/home/a"), home, "hf_flag", "--token", ""},
		{"HF_TOKEN before the rest", "", env("HF_TOKEN=hf_env", "HUGGING_FACE_HUB_TOKEN=hf_old", "HOME=/home/a"), home, "hf_env", "HF_TOKEN", ""},
		{"an empty HF_TOKEN is none", "", env("HF_TOKEN= \r\n", "HUGGING_FACE_HUB_TOKEN=hf_old"), home, "hf_old", "HUGGING_FACE_HUB_TOKEN", ""},
		{"the file of hf auth login", "", env("HOME=/home/a"), home, "hf_file", "the token file", ""},
		{"the file on Windows", "", env("USERPROFILE=/home/a"), home, "hf_file", "the token file", ""},
		{"XDG_CACHE_HOME", "", env("HOME=/home/a", "XDG_CACHE_HOME=/x"), files("/x/huggingface/token", "hf_file"), "hf_file", "the token file", ""},
		{"HF_HOME with a tilde", "", env("HOME=/home/a", "HF_HOME=~/hf"), files("/home/a/hf/token", "hf_file"), "hf_file", "the token file", ""},
		{"HF_TOKEN_PATH with a variable", "", env("HOME=/home/a", "D=/d", "HF_TOKEN_PATH=$D/${D}/t"), files("/d//d/t", "hf_file"), "hf_file", "the token file", ""},
		{"a variable that is not set stays", "", env("HF_TOKEN_PATH=/$NOPE/t"), files("/$NOPE/t", "hf_file"), "hf_file", "the token file", ""},
		{"an empty file", "", env("HOME=/home/a"), files("/home/a/.cache/huggingface/token", "\n"), "", "", ""},
		{"implicit tokens off", "", env("HF_TOKEN=hf_env", "HF_HUB_DISABLE_IMPLICIT_TOKEN=yes", "HOME=/home/a"), home, "", "", ""},
		{"implicit tokens off, but the flag", "hf_flag", env("HF_HUB_DISABLE_IMPLICIT_TOKEN=1"), home, "hf_flag", "--token", ""},
		{"two tokens in a file", "", env("HOME=/home/a"), files("/home/a/.cache/huggingface/token", "hf_secretone\nhf_secrettwo\n"), "", "", "the token from the token file has an invalid character"},
		{"a token with a quote from a web page", "", env("HF_TOKEN=“hf_secretone”"), home, "", "", "the token from HF_TOKEN"},
		{"a file that cannot be read", "", env("HOME=/home/a"), func(string) ([]byte, error) { return nil, fs.ErrPermission }, "", "", "token file: permission denied"},
		{"a bad endpoint", "", env("HF_ENDPOINT=hub", "HF_TOKEN=hf_env"), home, "", "", "HF_ENDPOINT"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			token, from, err := FindToken(tt.explicit, tt.env, tt.files)
			if token != tt.token || from != tt.from {
				t.Errorf("FindToken = %q from %q, %v; want %q from %q", token, from, err, tt.token, tt.from)
			}
			if (err != nil) != (tt.err != "") || err != nil && (!strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "secret")) {
				t.Errorf("FindToken: error %v, want one with %q and without the token", err, tt.err)
			}
		})
	}
}

func TestReadEnvironment(t *testing.T) {
	e, err := ReadEnvironment(env("HOME=/h"))
	want := Environment{Endpoint: DefaultEndpoint, Home: "/h/.cache/huggingface", Cache: "/h/.cache/huggingface/hub", TokenFile: "/h/.cache/huggingface/token", ImplicitToken: true, Telemetry: true}
	if e.Home = filepath.ToSlash(e.Home); err != nil {
		t.Fatal(err)
	}
	e.Cache, e.TokenFile = filepath.ToSlash(e.Cache), filepath.ToSlash(e.TokenFile)
	if e != want {
		t.Errorf("nothing set: %+v, want %+v", e, want)
	}
	for _, tt := range []struct {
		vars  []string
		holds func(e Environment) bool
	}{
		{[]string{"HF_ENDPOINT=https://mirror.test/hub/"}, func(e Environment) bool { return e.Endpoint == "https://mirror.test/hub" }},
		{[]string{"HF_HUB_OFFLINE=TRUE"}, func(e Environment) bool { return e.Offline }},
		{[]string{"TRANSFORMERS_OFFLINE=on"}, func(e Environment) bool { return e.Offline }},
		{[]string{"HF_HUB_OFFLINE=0", "TRANSFORMERS_OFFLINE=no"}, func(e Environment) bool { return !e.Offline }},
		{[]string{"HF_HUB_CACHE=/c"}, func(e Environment) bool { return e.Cache == "/c" }},
		{[]string{"HUGGINGFACE_HUB_CACHE=/d"}, func(e Environment) bool { return e.Cache == "/d" }},
		{[]string{"HF_HUB_CACHE=/c", "HUGGINGFACE_HUB_CACHE=/d"}, func(e Environment) bool { return e.Cache == "/c" }},
		{[]string{"HF_HUB_ETAG_TIMEOUT=30", "HF_HUB_DOWNLOAD_TIMEOUT=90"}, func(e Environment) bool {
			return e.EtagTimeout == 30*time.Second && e.DownloadTimeout == 90*time.Second
		}},
		{[]string{"HF_HUB_ETAG_TIMEOUT=0", "HF_HUB_DOWNLOAD_TIMEOUT=0"}, func(e Environment) bool {
			return e.EtagTimeout == 0 && e.DownloadTimeout == 0
		}},
		{[]string{"HF_DEBUG=1"}, func(e Environment) bool { return e.Debug }},
		{[]string{"DO_NOT_TRACK=1"}, func(e Environment) bool { return !e.Telemetry }},
		{[]string{"DISABLE_TELEMETRY=Yes"}, func(e Environment) bool { return !e.Telemetry }},
		{[]string{"HF_HUB_DISABLE_TELEMETRY=1"}, func(e Environment) bool { return !e.Telemetry }},
		{[]string{"HF_HUB_USER_AGENT_ORIGIN=ci\r\nX-Evil: 1"}, func(e Environment) bool { return e.Origin == "ciX-Evil: 1" }},
	} {
		e, err := ReadEnvironment(env(tt.vars...))
		if err != nil || !tt.holds(e) {
			t.Errorf("%q: %+v, %v", tt.vars, e, err)
		}
	}
	_, err = ReadEnvironment(env("HF_ENDPOINT=https://u:"+testToken+"@x.test", "HF_HUB_ETAG_TIMEOUT=soon", "HF_HUB_DOWNLOAD_TIMEOUT=-1", "HTTPS_PROXY=ftp://u:"+testToken+"@x.test"))
	if err == nil || strings.Contains(err.Error(), testToken) {
		t.Fatalf("four faults: %v", err)
	}
	for _, name := range []string{"HF_ENDPOINT", "HF_HUB_ETAG_TIMEOUT", "HF_HUB_DOWNLOAD_TIMEOUT", "HTTPS_PROXY"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("four faults: %v does not name %s", err, name)
		}
	}
}

func TestUserAgent(t *testing.T) {
	for _, tt := range []struct {
		e    Environment
		want string
	}{
		{Environment{Telemetry: true}, "lazymerge/0.1.0; go/1.26"},
		{Environment{Telemetry: true, Origin: "colab"}, "lazymerge/0.1.0; go/1.26; origin/colab"},
		{Environment{Origin: "colab"}, "lazymerge/0.1.0"},
	} {
		if got := tt.e.UserAgent("lazymerge", "0.1.0", "go1.26"); got != tt.want {
			t.Errorf("UserAgent of %+v = %q, want %q", tt.e, got, tt.want)
		}
	}
}

// The client of an environment does what the environment says.
func TestNewClient(t *testing.T) {
	bubble(t, func(t *testing.T, n *network) {
		n.addModel()
		e, err := ReadEnvironment(env("HF_ENDPOINT=http://hub.test/", "HF_HUB_ETAG_TIMEOUT=4", "HF_HUB_DOWNLOAD_TIMEOUT=3"))
		if err != nil {
			t.Fatal(err)
		}
		c := e.NewClient("hf_abc", "HF_TOKEN", "lazymerge/9")
		c.HTTP = n.pipes
		r, err := c.Resolve(t.Context(), "alice/model", "main")
		if err != nil {
			t.Fatal(err)
		}
		if got := n.requests[0]; got.token != "hf_abc" || got.agent != "lazymerge/9" {
			t.Errorf("sent token %q and user agent %q", got.token, got.agent)
		}
		n.failTimes("store.test", 1, hang)
		start := time.Now()
		if _, err := readAt(t, r, "model.safetensors", 0, 8); err != nil {
			t.Error(err)
		}
		within(t, start, 5*time.Second, 6*time.Second)
		n.failTimes("store.test", 1, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Range", "bytes 0-7/5000")
			w.Header().Set("Content-Length", "8")
			w.WriteHeader(206)
			w.(http.Flusher).Flush()
			hang(w, r)
		})
		start = time.Now()
		if _, err := readAt(t, r, "model.safetensors", 0, 8); err != nil {
			t.Error(err)
		}
		within(t, start, 4*time.Second, 5*time.Second)
	})
	offline, err := ReadEnvironment(env("HF_HUB_OFFLINE=1"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := offline.NewClient("", "", "").Repo(t.Context(), "a/b"); !errors.Is(err, ErrOffline) {
		t.Errorf("offline: %v", err)
	}
}

func TestRenewAt(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, query string
		want        time.Duration // after now; 0: not known
	}{
		{"S3", "X-Amz-Date=20260102T030000Z&X-Amz-Expires=3600&X-Amz-Signature=x", 55 * time.Minute},
		{"S3, made earlier", "X-Amz-Date=20260102T025000Z&X-Amz-Expires=3600", 45 * time.Minute},
		{"CloudFront", fmt.Sprintf("Expires=%d&Policy=x", now.Add(time.Hour).Unix()), 55 * time.Minute},
		{"a small server", fmt.Sprintf("sig=x&exp=%d", now.Add(time.Hour).Unix()), 55 * time.Minute},
		{"a short life", fmt.Sprintf("exp=%d", now.Add(time.Minute).Unix()), 45 * time.Second},
		{"passed already", fmt.Sprintf("exp=%d", now.Add(-time.Minute).Unix()), 0},
		{"no date", "X-Amz-Expires=3600", 0},
		{"nonsense", "Expires=soon&exp=-5", 0},
		{"nothing", "", 0},
	} {
		c := &Client{}
		if err := c.ready(); err != nil {
			t.Fatal(err)
		}
		u := c.route("x")
		u.RawQuery = tt.query
		var want time.Time
		if tt.want > 0 {
			want = now.Add(tt.want)
		}
		if got := renewAt(u, now); !got.Equal(want) {
			t.Errorf("%s: renewAt(%s) = %s, want %s", tt.name, tt.query, got, want)
		}
	}
}

// A name that passes can be joined to a folder on any system and stays in it.
func FuzzCheckPath(f *testing.F) {
	for _, s := range []string{"a/b.json", "../x", `a\..\b`, "C:x", `\\h\s`, "a/.. /b", ".git/x", "x/.CACHE./y", "a//b", "..."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if checkPath(name) != nil {
			return
		}
		if path.IsAbs(name) || strings.ContainsAny(name, "\x00\n\x1b") {
			t.Errorf("%q passes", name)
		}
		depth := 0
		for _, part := range strings.FieldsFunc(name, isSeparator) {
			if strings.TrimRight(part, ". ") == "" {
				t.Errorf("%q passes with the segment %q", name, part)
			}
			depth++
		}
		if joined := path.Join("/base", strings.ReplaceAll(name, `\`, "/")); depth == 0 || !strings.HasPrefix(joined, "/base/") {
			t.Errorf("%q passes and joins to %s", name, joined)
		}
		if checkUpload(name) == nil && (name == ".git" || strings.HasPrefix(strings.ToLower(name), ".git/")) {
			t.Errorf("%q may be uploaded", name)
		}
	})
}
