package hub

import (
	"net/url"
	"regexp"
	"strings"
)

// An AddressError tells why an address that a flag or variable gives cannot be used. It never repeats the address, which
// may hold a password.
type AddressError struct {
	From string // the flag or variable, for example "HF_ENDPOINT"

	reason, hint string
}

func (e *AddressError) Error() string { return e.From + ": the address " + e.reason }

// Hint says what to write instead.
func (e *AddressError) Hint() string { return e.hint }

// ParseEndpoint reads the base URL of a Hub, which may have a path prefix, and returns it without a trailing slash. from
// is the flag or variable that it comes from. The error is an *AddressError.
func ParseEndpoint(from, text string) (string, error) {
	u, err := parseEndpoint(from, text)
	if err != nil {
		return "", err
	}
	return u.String(), nil
}

func parseEndpoint(from, text string) (*url.URL, error) {
	text = strings.TrimRight(strings.TrimSpace(text), "/")
	u, err := url.Parse(text)
	refuse := func(reason, hint string) (*url.URL, error) { return nil, &AddressError{from, reason, hint} }
	switch {
	case strings.Contains(text, "@"): // anywhere: a password may hold what ends a host
		return refuse("has a user name or password in it", "give a token with HF_TOKEN instead")
	case strings.ContainsAny(text, "?#"):
		return refuse("has a query or fragment", "remove what follows the ? or #")
	case bareHost.MatchString(text):
		scheme := "https://"
		if hostPort.MatchString(text) {
			scheme = "http://"
		}
		return refuse("has no scheme", "write "+scheme+redact(text))
	case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
		return refuse("is no http or https URL with a host", "write it as https://HOST or http://HOST:PORT")
	}
	return u, nil
}

var (
	bareHost = regexp.MustCompile(`^(localhost|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+|[A-Za-z0-9-]+:[0-9]{1,5}|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+:[0-9]{1,5}|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?)(/[A-Za-z0-9._/-]*)?$`)
	hostPort = regexp.MustCompile(`^localhost(/|$)|^[^/]*:[0-9]+(/|$)|^[0-9.]+(/|$)|^\[`)
)
