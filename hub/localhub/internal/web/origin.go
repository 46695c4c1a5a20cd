package web

import (
	"cmp"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
)

// An origin is where a client has found this server. URLs in answers start with it, since clients
// refuse those of another host.
type origin struct {
	scheme string // http or https
	host   string // a name or an address, in brackets where it has colons, and perhaps a port
}

func (o origin) String() string { return o.scheme + "://" + o.host }

// at is the same host with another port.
func (o origin) at(port string) origin {
	return origin{o.scheme, net.JoinHostPort(hostName(o.host), port)}
}

// The headers that a proxy tells with how it was asked.
const (
	forwardedProto = "X-Forwarded-Proto"
	forwardedHost  = "X-Forwarded-Host"
)

// originOf tells where the client of r has found this server: at the Host of its request or, where
// the request came through one of the proxies that are trusted, at what the proxy says. own is for
// a request without a Host, which HTTP/1.0 allows. The error is a *Refusal.
func originOf(r *http.Request, own string, proxies []netip.Prefix) (origin, error) {
	o := origin{"http", cmp.Or(r.Host, own)}
	if !ValidHost(o.host) {
		return origin{}, refusal.BadRequest("the Host header %.80q is no host", o.host)
	}
	if !fromProxy(r.RemoteAddr, proxies) {
		return o, nil
	}
	if scheme := lastValue(r.Header, forwardedProto); scheme != "" {
		if o.scheme = strings.ToLower(scheme); o.scheme != "http" && o.scheme != "https" {
			return origin{}, refusal.BadRequest("%s %.80q is neither http nor https", forwardedProto, scheme)
		}
	}
	if host := lastValue(r.Header, forwardedHost); host != "" {
		if o.host = host; !ValidHost(host) {
			return origin{}, refusal.BadRequest("%s %.80q is no host", forwardedHost, host)
		}
	}
	return o, nil
}

// fromProxy tells whether a peer, host:port, is one of the proxies.
func fromProxy(peer string, proxies []netip.Prefix) bool {
	if len(proxies) == 0 {
		return false
	}
	from, err := netip.ParseAddrPort(peer)
	if err != nil {
		return false
	}
	address := from.Addr().Unmap().WithZone("")
	return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(address) })
}

// lastValue is the last element of a header that may be a list: that of the nearest proxy, which
// is the one that is trusted. Those before it came from anywhere.
func lastValue(h http.Header, name string) string {
	values := h.Values(name)
	if len(values) == 0 {
		return ""
	}
	last := values[len(values)-1]
	return strings.TrimSpace(last[strings.LastIndex(last, ",")+1:])
}

var dnsName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?$`)

// maxHost is the longest name that DNS has, in bytes, with a port.
const maxHost = 253 + len(":65535")

// ValidHost tells whether host is a name, an IPv4 address or an IPv6 address in brackets, with or
// without a port.
func ValidHost(host string) bool {
	if len(host) > maxHost {
		return false
	}
	name, port := host, ""
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		name, port = host[:i], host[i+1:]
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return false
		}
	}
	if inside, ok := strings.CutPrefix(name, "["); ok {
		inside, ok = strings.CutSuffix(inside, "]")
		address, err := netip.ParseAddr(inside)
		return ok && err == nil && address.Is6() && address.Zone() == ""
	}
	return dnsName.MatchString(name)
}

// hostName is a valid host without its port and brackets.
func hostName(host string) string {
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		host = host[:i]
	}
	return strings.Trim(host, "[]")
}

// isLoopback tells whether a name without a port means this machine wherever it is used. Browsers
// take localhost and what ends in .localhost for it without asking DNS.
func isLoopback(name string) bool {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(name)
	return err == nil && address.Unmap().IsLoopback()
}

// HostCheck refuses requests for a name that is not this server's. A page of somebody else can give
// its own name the address of this machine and so read, in a browser, what only this machine can
// reach; its name in the Host header tells.
type HostCheck struct {
	Listen  string   // host that is listened at
	Allowed []string // names and addresses beside it
}

// Refusal tells why a request for host, which is valid, is refused, or nil. Who listens for the
// network is known by names that this server cannot know, so there all are taken unless some are given.
func (h HostCheck) Refusal(host string) *refusal.Refusal {
	name := hostName(host)
	same := func(other string) bool {
		return strings.EqualFold(strings.TrimSuffix(name, "."), strings.TrimSuffix(hostName(other), "."))
	}
	switch {
	case len(h.Allowed) == 0 && !isLoopback(h.Listen):
		return nil
	case isLoopback(name), same(h.Listen), slices.ContainsFunc(h.Allowed, same):
		return nil
	}
	return refusal.New(http.StatusMisdirectedRequest,
		"this Hub does not answer to the name %s; where that is its own, start it with --allow-host %s", name, name)
}
