package hub

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// maxRedirects is the limit of the official client.
const maxRedirects = 20

// publicOrigins are one Hub under two names.
var publicOrigins = []string{DefaultEndpoint, "https://hf.co"}

// origin is scheme, host and port, the port left out where it is the scheme's own.
func origin(u *url.URL) string {
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	}
	return u.Scheme + "://" + host
}

// trusted tells whether the token may go to u: to the endpoint and to the public Hub. Scheme and
// port count, unlike in net/http, which would send a token to another port of the same host.
func (c *Client) trusted(u *url.URL) bool {
	o := origin(u)
	if o == origin(c.base) {
		return true
	}
	for _, public := range publicOrigins {
		if o == public {
			return true
		}
	}
	return false
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// follow returns where a redirect leads. A request with a body is sent on only where the status
// says so, and a request to the Hub's API that changes something only to the Hub.
func (c *Client) follow(cl *call, from *url.URL, status int, location string) (*url.URL, error) {
	refuse := func(format string, args ...any) error {
		return &answerError{fmt.Sprintf("%s redirects ", from.Host) + fmt.Sprintf(format, args...), true}
	}
	if location == "" {
		return nil, refuse("to nowhere")
	}
	to, err := url.Parse(location)
	if err != nil {
		return nil, refuse("to something that is no URL")
	}
	to = from.ResolveReference(to)
	to.Fragment, to.RawFragment = "", ""
	safe := cl.method == http.MethodGet || cl.method == http.MethodHead
	switch {
	case to.Scheme != "http" && to.Scheme != "https" || to.Host == "":
		return nil, refuse("to something that is neither http nor https")
	case to.User != nil:
		return nil, refuse("to a URL with a user name in it")
	case from.Scheme == "https" && to.Scheme == "http":
		return nil, refuse("from https to http (%s)", to.Host)
	case !safe && status != http.StatusTemporaryRedirect && status != http.StatusPermanentRedirect:
		return nil, refuse("a %s with status %d, which would lose what it says", cl.method, status)
	case !safe && cl.auth && !c.trusted(to):
		return nil, refuse("a %s to another place (%s)", cl.method, to.Host)
	}
	return to, nil
}
