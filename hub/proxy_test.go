package hub

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestProxies(t *testing.T) {
	for _, tt := range []struct {
		name string
		env  []string
		url  string
		want string // "" is none
	}{
		{"none", nil, "https://hub.test/x", ""},
		{"of https", []string{"HTTPS_PROXY=http://p.test:1", "HTTP_PROXY=http://q.test:1"}, "https://hub.test/x", "http://p.test:1"},
		{"of http", []string{"HTTPS_PROXY=http://p.test:1", "HTTP_PROXY=http://q.test:1"}, "http://hub.test/x", "http://q.test:1"},
		{"of all, for https", []string{"ALL_PROXY=http://a.test:1"}, "https://hub.test/x", "http://a.test:1"},
		{"of all, for http", []string{"all_proxy=http://a.test:1"}, "http://hub.test/x", "http://a.test:1"},
		{"of its own before that of all", []string{"ALL_PROXY=http://a.test:1", "https_proxy=http://p.test:1"}, "https://hub.test/x", "http://p.test:1"},
		{"small letters before capitals", []string{"HTTPS_PROXY=http://c.test:1", "https_proxy=http://s.test:1"}, "https://hub.test/x", "http://s.test:1"},
		{"SOCKS", []string{"ALL_PROXY=socks5h://a.test:1080"}, "https://hub.test/x", "socks5h://a.test:1080"},
		{"SOCKS with a password", []string{"ALL_PROXY=socks5://u:p@a.test:1080"}, "https://hub.test/x", "socks5://u:p@a.test:1080"},
		{"without a scheme", []string{"ALL_PROXY=a.test:8080"}, "https://hub.test/x", "http://a.test:8080"},
		{"but not for a host", []string{"ALL_PROXY=http://a.test:1", "NO_PROXY=x.test, hub.test"}, "https://hub.test/x", ""},
		{"nor for what is below it", []string{"ALL_PROXY=http://a.test:1", "no_proxy=hub.test"}, "https://cdn.hub.test/x", ""},
		{"nor for any", []string{"ALL_PROXY=http://a.test:1", "NO_PROXY=*"}, "https://hub.test/x", ""},
		{"nor for this machine", []string{"ALL_PROXY=http://a.test:1"}, "http://127.0.0.1:8080/x", ""},
		{"nor where a header of a request sets the variable", []string{"HTTP_PROXY=http://evil.test:1", "REQUEST_METHOD=GET"}, "http://hub.test/x", ""},
	} {
		p, faults := ReadProxies(env(tt.env...))
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tt.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		u, err := p.choose()(r)
		got := ""
		if u != nil {
			got = u.String()
		}
		if got != tt.want || err != nil || len(faults) > 0 {
			t.Errorf("%s: %q leads %s through %q, %v, %v; want %q", tt.name, tt.env, tt.url, got, err, faults, tt.want)
		}
	}
}

func TestProxiesThatAreNone(t *testing.T) {
	for _, tt := range []struct{ value, reason string }{
		{"ftp://u:sesame@p.test", "has a scheme that no proxy has"},
		{"socks4://p.test:1", "has a scheme that no proxy has"},
		{"http://", "is no URL of a proxy"},
		{"http://u:%zzsesame@p.test", "is no URL of a proxy"},
		{"http://u:ses#ame@p.test:x", "is no URL of a proxy"},
		{"http://u:1#sesame@p.test", "is no URL of a proxy"},
		{"u:sesame@p.test:port", "is no URL of a proxy"},
	} {
		for _, name := range []string{"all_proxy", "HTTP_PROXY", "https_proxy"} {
			_, faults := ReadProxies(env(name + "=" + tt.value))
			var fault *AddressError
			if len(faults) != 1 || !errors.As(faults[0], &fault) || fault.Error() != name+": the address "+tt.reason || fault.Hint() == "" {
				t.Errorf("%s=%s: %v, want that it %s", name, tt.value, faults, tt.reason)
			} else if said := fault.Error() + fault.Hint(); strings.Contains(said, "sesame") || strings.Contains(said, "ame@") {
				t.Errorf("%s=%s: %s repeats the password", name, tt.value, said)
			}
		}
	}
}
