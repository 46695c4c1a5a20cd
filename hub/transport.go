package hub

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/lazymerge/lazymerge/hub/openfiles"
)

// newTransport makes the transport of a Client that has none. It speaks HTTP/1.1, for HTTP/2
// would put all range reads on one connection, and it never asks for compression, which would change
// sizes and ranges.
func newTransport(proxies Proxies) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:               proxies.choose(),
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout: 10 * time.Second,
		MaxIdleConnsPerHost: 32,
		IdleConnTimeout:     90 * time.Second,
		DisableCompression:  true,
		Protocols:           protocols,
		ReadBufferSize:      64 << 10,
		WriteBufferSize:     64 << 10,

		MaxResponseHeaderBytes: 1 << 20,
	}
}

// notHTTP is what net/http says of an answer that it cannot read, whose bytes it quotes.
var notHTTP = regexp.MustCompile(`(?s)(malformed HTTP [a-z ]*[a-z]) ".*$`)

// bare returns a transport's error without the URLs that net/http puts around it, and without what
// it quotes of an answer that it cannot read: they may be signed, or be a proxy's with a password.
func bare(err error) error {
	for {
		outer, ok := err.(*url.Error) //nolint:errorlint // what stands before one further in stays
		if !ok {
			break
		}
		err = outer.Err
	}
	if m := notHTTP.FindStringSubmatch(err.Error()); m != nil {
		return errors.New(m[1])
	}
	var inner *url.Error
	if text := redact(err.Error()); text != err.Error() || errors.As(err, &inner) {
		return errors.New(text) // what it wraps is lost, for that could be printed too
	}
	var op *net.OpError
	if errors.As(err, &op) && !isDial(err) && !op.Timeout() {
		return &brokenOff{err}
	}
	return err
}

// brokenOff is a connection that ended in the middle of a request. What the sockets say of it, one inside the other, are
// ports of this machine and calls of the system; only the last cause tells a person something.
type brokenOff struct{ err error }

func (e *brokenOff) Error() string {
	var cause syscall.Errno
	if errors.As(e.err, &cause) {
		return "the connection broke off: " + cause.Error()
	}
	return "the connection broke off"
}

func (e *brokenOff) Unwrap() error { return e.err }

// isDial tells whether the request cannot have left this machine.
func isDial(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect" || op.Op == "socks connect")
}

// isFinal tells whether asking again cannot help: a certificate, a proxy's password, a
// server that does not speak TLS, our own mistake, or a body of ours that cannot be read.
func isFinal(err error) bool {
	var (
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		verify  *tls.CertificateVerificationError
		record  tls.RecordHeaderError
		alert   tls.AlertError
		ours    *sourceError
		answer  *answerError
	)
	return errors.Is(err, context.Canceled) || isProxyAuth(err) || isPlain(err) ||
		errors.As(err, &unknown) || errors.As(err, &name) || errors.As(err, &invalid) || errors.As(err, &verify) ||
		errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &ours) || errors.As(err, &answer) ||
		strings.Contains(err.Error(), "unsupported protocol scheme") || strings.Contains(err.Error(), "invalid header field")
}

// isProxyAuth and isPlain know errors of net/http that have no type.
func isProxyAuth(err error) bool {
	return strings.Contains(err.Error(), "Proxy Authentication Required")
}

func isPlain(err error) bool {
	return errors.Is(err, http.ErrSchemeMismatch) || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

const proxyHint = "put the proxy's password in HTTPS_PROXY, as in http://USER:PASSWORD@HOST:PORT"

// networkHint says what a person can do about an error of the transport.
func networkHint(err error, again string) string {
	var (
		dns     *net.DNSError
		unknown x509.UnknownAuthorityError
		verify  *tls.CertificateVerificationError
		record  tls.RecordHeaderError
		timeout interface{ Timeout() bool }
	)
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return ""
	case openfiles.Is(err):
		return openfiles.Hint(err)
	case errors.As(err, &dns):
		return "check the network and the name of the Hub (HF_ENDPOINT)"
	case isProxyAuth(err):
		return proxyHint
	case errors.As(err, &unknown), errors.As(err, &verify):
		return "put the certificate of a proxy that inspects TLS in SSL_CERT_FILE, and check the clock"
	case errors.As(err, &record), isPlain(err):
		return "check HF_ENDPOINT and HTTPS_PROXY: that server does not speak https"
	case isDial(err):
		return "check the network, HF_ENDPOINT, and HTTPS_PROXY or ALL_PROXY"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "check the network, then " + again
	}
	return again
}
