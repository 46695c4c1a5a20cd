package localhub

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/depot"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/web"
)

var handedOut = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*://[^"<>\s]*`)

// FuzzProxyHeaders checks that every URL that is handed out leads to a plain host over HTTP, whatever
// headers a client or a proxy sends, and without trust to the host that was asked.
func FuzzProxyHeaders(f *testing.F) {
	for _, seed := range [][3]string{
		{"127.0.0.1:8080", "https", "hub.example.org"},
		{"localhost", "HTTP", "[2001:db8::1]:8443"},
		{"hub.internal", "https, http", "a.example, b.example:1"},
		{"", "javascript", "user:pw@evil.example"},
		{"a\r\nb", "https://x", "evil.example/path?x#y"},
		{"[::1%25lo]", "", "evil.example:99999999"},
		{"a;img-src *", "http", "xn--bcher-kva.example\x00"},
	} {
		f.Add(seed[0], seed[1], seed[2], true, true)
		f.Add(seed[0], seed[1], seed[2], false, false)
	}
	const own = "127.0.0.1:1"
	f.Fuzz(func(t *testing.T, host, proto, forwarded string, trusted, onePort bool) {
		options := Options{}
		if trusted {
			options.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
		}
		s, err := New(options)
		if err != nil {
			t.Fatal(err)
		}
		routes := s.router(own)
		if !onePort {
			routes.StoragePort = "2"
		}
		if _, err := s.PutRepo("alice/x", store.RepoOptions{}, map[string]depot.Content{"README.md": depot.Text("# x\n"), "w.bin": depot.Text("weights")}); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/alice/x/resolve/main/w.bin", "/api/models/alice/x/tree/main?limit=1", "/api/models?limit=1", "/", "/alice/x", "/alice/x/resolve/main/none"} {
			r := httptest.NewRequestWithContext(t.Context(), "GET", path, nil) // from 192.0.2.1
			r.Host = host
			r.Header = http.Header{"X-Forwarded-Proto": {proto}, "X-Forwarded-Host": {forwarded}, "Accept": {"text/html"}}
			w := httptest.NewRecorder()
			routes.ServeHTTP(w, r)
			text := w.Body.String()
			for name, values := range w.Result().Header {
				text += "\n" + name + ": " + strings.Join(values, "\n")
			}
			if w.Code >= 500 {
				t.Fatalf("GET %s = %d %s", path, w.Code, w.Body)
			}
			if w.Code == http.StatusBadRequest {
				continue // it quotes what it refuses
			}
			for _, address := range handedOut.FindAllString(text, -1) {
				address = strings.TrimSuffix(address, ";") // the end of what a policy says
				u, err := url.Parse(address)
				if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || strings.ContainsFunc(address, unicode.IsControl) || !web.ValidHost(u.Host) {
					t.Fatalf("GET %s with Host %q, %q, %q hands out %q: %v", path, host, proto, forwarded, address, err)
				}
				asked := host
				if host == "" {
					asked = own
				}
				if !trusted && (u.Scheme != "http" || !strings.EqualFold(u.Hostname(), (&url.URL{Host: asked}).Hostname()) || u.Host != asked && u.Port() != "2") {
					t.Fatalf("GET %s with Host %q, %q, %q hands out %q without trust", path, host, proto, forwarded, address)
				}
			}
		}
	})
}
