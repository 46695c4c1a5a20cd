package hub

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// Proxies are the proxies that the environment names, as URLs whose scheme is http, https, socks5 or socks5h; "" is
// none. They may hold passwords.
type Proxies struct {
	HTTP  string // for http: http_proxy, HTTP_PROXY, all_proxy, ALL_PROXY
	HTTPS string // for https: https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY
	No    string // no_proxy, NO_PROXY: hosts that are reached without one, joined by commas; "*" is all
}

// ReadProxies reads the variables through getenv, usually os.Getenv. Where both spellings are set, the small one counts,
// as in the official client and in curl. An error is an *AddressError for each variable that names no proxy.
//
// Source: huggingface_hub 2.4.0 through httpx2, _utils.py, and Python's urllib.request.getproxies.
func ReadProxies(getenv func(string) string) (Proxies, []error) {
	var faults []error
	read := func(scheme string) string {
		for _, name := range []string{scheme + "_proxy", strings.ToUpper(scheme) + "_PROXY"} {
			text := strings.TrimSpace(getenv(name))
			if text == "" || name == "HTTP_PROXY" && getenv("REQUEST_METHOD") != "" { // there a header of a request sets it
				continue
			}
			proxy, err := parseProxy(name, text)
			if err != nil {
				faults = append(faults, err)
			}
			return proxy
		}
		return ""
	}
	all := read("all")
	p := Proxies{HTTP: cmp.Or(read("http"), all), HTTPS: cmp.Or(read("https"), all)}
	p.No = cmp.Or(getenv("no_proxy"), getenv("NO_PROXY"))
	return p, faults
}

// parseProxy reads the address of a proxy. Without a scheme it is an http proxy.
func parseProxy(from, text string) (string, error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	switch {
	case err == nil && !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme):
		return "", &AddressError{from, "has a scheme that no proxy has", "write it as http://, https://, socks5:// or socks5h://HOST:PORT"}
	case err != nil || u.Hostname() == "" || u.User == nil && strings.Contains(text, "@"):
		return "", &AddressError{from, "is no URL of a proxy", "write it as http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT with % codes for signs in the password"}
	}
	return text, nil
}

// choose is what http.Transport.Proxy takes. Requests to this machine go without a proxy.
func (p Proxies) choose() func(*http.Request) (*url.URL, error) {
	proxy := (&httpproxy.Config{HTTPProxy: p.HTTP, HTTPSProxy: p.HTTPS, NoProxy: p.No}).ProxyFunc()
	return func(r *http.Request) (*url.URL, error) { return proxy(r.URL) }
}
