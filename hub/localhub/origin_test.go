package localhub_test

import (
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/hub/localhub"
)

// ask sends a GET with another Host than that of the connection, "" for its own, and header fields in pairs.
func ask(t testing.TB, server *localhub.Server, path, host string, header ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", server.URL()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	resp, err := hop.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return reply{resp, body, err}
}

// A page whose name leads to this machine reads nothing here.
func TestHostIsChecked(t *testing.T) {
	server := start(t, localhub.Options{AllowHosts: []string{"hub.example.org", "10.0.0.7"}})
	put(t, server, "carol/x", localhub.RepoOptions{}, map[string]localhub.Content{"a": localhub.Text("a")})
	for _, host := range []string{
		"", "127.0.0.1", "127.9.9.9:80", "localhost", "LocalHost:1", "localhost.", "a.localhost:9", "[::1]:8080", "[::ffff:127.0.0.1]",
		"hub.example.org", "HUB.example.org:443", "hub.example.org.", "10.0.0.7:81",
	} {
		if r := ask(t, server, "/carol/x/resolve/main/a", host); string(r.body) != "a" {
			t.Errorf("with the Host %s: %d %s, want the file", host, r.StatusCode, r.body)
		}
	}
	for _, host := range []string{"evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.8", "[::2]", "sub.hub.example.org"} {
		for _, path := range []string{"/carol/x/resolve/main/a", "/api/models/carol/x", "/", "/oauth/token", "/-/style.css"} {
			name, _, _ := strings.Cut(strings.Trim(host, "[]"), ":8080")
			ask(t, server, path, host).wantError(t, http.StatusMisdirectedRequest, "", "start it with --allow-host "+name)
		}
	}
	for _, host := range []string{"a;script-src", "localhost:0", "localhost:99999", "localhost:", "[::1", "::1", "-a", "a..b", "user'x", strings.Repeat("a", 64)} {
		r := ask(t, server, "/api/models/carol/x", host)
		if r.StatusCode != http.StatusBadRequest || strings.Contains(string(r.body), "carol") {
			t.Errorf("with the Host %s: %d %s, want 400", host, r.StatusCode, r.body)
		}
	}
}

// Storage looks at the Host, too, whether or not it has a listener of its own.
func TestHostIsCheckedOfStorage(t *testing.T) {
	for _, one := range []bool{false, true} {
		server := start(t, localhub.Options{OnePort: one})
		put(t, server, "carol/x", localhub.RepoOptions{}, map[string]localhub.Content{"w.bin": localhub.Text("weights")})
		location := send(t, server, "GET", "/carol/x/resolve/main/w.bin", anonymous, nil).Header.Get("Location")
		req, err := http.NewRequestWithContext(t.Context(), "GET", location, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = "evil.example"
		resp, err := hop.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("storage with another Host = %d, want 421 (one port: %v)", resp.StatusCode, one)
		}
	}
}

// Who listens for others is known by names that nobody has told it.
func TestHostIsOpenForTheNetwork(t *testing.T) {
	for _, tt := range []struct {
		allowed []string
		host    string
		status  int
	}{
		{nil, "hub.example.org", 200},
		{[]string{"hub.example.org"}, "hub.example.org", 200},
		{[]string{"hub.example.org"}, "evil.example", 421},
		{[]string{"hub.example.org"}, "localhost", 200},
	} {
		server, err := localhub.New(localhub.Options{AllowHosts: tt.allowed})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		if err := server.Start(t.Context(), ":0"); err != nil {
			t.Fatal(err)
		}
		if r := ask(t, server, "/", tt.host); r.StatusCode != tt.status {
			t.Errorf("on all addresses, %q allowed, the Host %s: %d, want %d", tt.allowed, tt.host, r.StatusCode, tt.status)
		}
	}
}

func TestAllowHostsAndProxiesAreJudged(t *testing.T) {
	for _, bad := range []string{"", "a b", "http://hub.example.org", "hub.example.org/x", "*.example.org"} {
		if _, err := localhub.New(localhub.Options{AllowHosts: []string{bad}}); err == nil {
			t.Errorf("New takes the host %q", bad)
		}
	}
}

// URLs follow what a proxy says of itself, and only where it is trusted.
// A proxy may pass on a header that came from anybody; where the names of this server are given, no other is taken.
func TestForwardedHostIsChecked(t *testing.T) {
	server := start(t, localhub.Options{OnePort: true, AllowHosts: []string{"hub.example.org"}, Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	put(t, server, "carol/x", localhub.RepoOptions{}, map[string]localhub.Content{"a": localhub.Text("x")})
	for host, want := range map[string]int{"hub.example.org": 200, "evil.example": 421} {
		if r := ask(t, server, "/api/models/carol/x", "", "X-Forwarded-Host", host); r.StatusCode != want {
			t.Errorf("X-Forwarded-Host %s: %d %s, want %d", host, r.StatusCode, r.body, want)
		}
	}
}

func TestProxyHeaders(t *testing.T) {
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	elsewhere := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	headers := []string{"X-Forwarded-Proto", "https", "X-Forwarded-Host", "hub.example.org"}
	for _, tt := range []struct {
		name    string
		proxies []netip.Prefix
		headers []string
		want    string // "" is the server's own
	}{
		{"nobody is trusted", nil, headers, ""},
		{"another is trusted", elsewhere, headers, ""},
		{"the proxy is trusted", loopback, headers, "https://hub.example.org"},
		{"the proxy says nothing", loopback, nil, ""},
		{"the proxy names a port", loopback, []string{"X-Forwarded-Host", "hub.example.org:8443"}, "http://hub.example.org:8443"},
		{"what came before the proxy is not trusted", loopback, []string{"X-Forwarded-Proto", "ftp, HTTPS", "X-Forwarded-Host", "evil.example", "X-Forwarded-Host", "worse.example, hub.example.org"}, "https://hub.example.org"},
	} {
		server := start(t, localhub.Options{OnePort: true, Proxies: tt.proxies})
		put(t, server, "carol/x", localhub.RepoOptions{}, map[string]localhub.Content{"w.bin": localhub.Text("weights"), "a/b": localhub.Text("")})
		want := tt.want
		if want == "" {
			want = server.URL()
		}
		location := ask(t, server, "/carol/x/resolve/main/w.bin", "", tt.headers...).Header.Get("Location")
		next := ask(t, server, "/api/models/carol/x/tree/main?limit=1", "", tt.headers...).Header.Get("Link")
		if !strings.HasPrefix(location, want+"/-/lfs/") || !strings.HasPrefix(next, "<"+want+"/api/models/") {
			t.Errorf("%s: storage is at %s, the next page at %s; want %s", tt.name, location, next, want)
		}
		// What is behind the proxy is the same.
		_, signed, _ := strings.Cut(location, "/-/")
		if r := ask(t, server, "/-/"+signed, ""); string(r.body) != "weights" {
			t.Errorf("%s: the signed path = %d %s", tt.name, r.StatusCode, r.body)
		}
	}
	server := start(t, localhub.Options{Proxies: loopback})
	for name, value := range map[string]string{"X-Forwarded-Proto": "javascript", "X-Forwarded-Host": "user@hub.example.org"} {
		ask(t, server, "/api/models/carol/x", "", name, value).wantError(t, 400, "", name+` "`+value+`" is n`)
	}
}

// At one port storage is at the origin of the API, to which clients rightly take their tokens, and
// some go on there with the HEAD that asks what a file is.
func TestOnePort(t *testing.T) {
	server := start(t, localhub.Options{OnePort: true, MultipartAbove: 10, PartSize: 8})
	put(t, server, "alice/x", localhub.RepoOptions{}, map[string]localhub.Content{"w.bin": localhub.Text("weights")})
	r := send(t, server, "HEAD", "/alice/x/resolve/main/w.bin", alice, nil)
	location := r.Header.Get("Location")
	if !strings.HasPrefix(location, server.URL()+"/-/lfs/") {
		t.Fatalf("the file is at %s, want it at %s", location, server.URL())
	}
	for _, token := range []string{anonymous, alice} {
		for _, method := range []string{"HEAD", "GET"} {
			at := send(t, server, method, location, token, nil)
			for _, name := range []string{"X-Repo-Commit", "X-Linked-Etag", "X-Linked-Size"} {
				if got, want := at.Header.Get(name), r.Header.Get(name); got != want || want == "" {
					t.Errorf("%s of storage: %s is %q, want %q", method, name, got, want)
				}
			}
			if at.StatusCode != 200 || at.ContentLength != 7 || method == "GET" && string(at.body) != "weights" {
				t.Errorf("%s of storage with the token %q = %d %s", method, token, at.StatusCode, at.body)
			}
		}
	}
	if r := send(t, server, "GET", strings.Split(location, "?")[0], alice, nil); r.StatusCode != 403 {
		t.Errorf("a token in place of the signature = %d, want 403", r.StatusCode)
	}
	oid := upload(t, server, "alice/x", alice, "small")
	commit(t, server, "alice/x", alice, lines(titled("Add weights"), "lfsFile", map[string]any{"path": "v.bin", "algo": "sha256", "oid": oid, "size": 5}))
	if got, err := server.Read("alice/x", "", "v.bin"); string(got) != "small" {
		t.Errorf("v.bin is %q, %v", got, err)
	}
	if leaks := server.Leaks(); len(leaks) > 0 {
		t.Errorf("at one port there is nothing to leak: %+v", leaks)
	}
	var storage int
	for _, r := range server.Log() {
		if r.Storage {
			storage++
		}
	}
	if storage != 6 {
		t.Errorf("the log has %d requests for storage, want 6", storage)
	}
}
