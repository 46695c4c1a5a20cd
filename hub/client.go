package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultEndpoint is the public Hub.
const DefaultEndpoint = "https://huggingface.co"

// Client talks to one Hub. The zero value reads public repos of the public Hub; a Client is
// safe for concurrent use, and its fields must not change after the first call.
type Client struct {
	Endpoint  string            // base URL, may have a path prefix; "" means DefaultEndpoint
	Token     func() string     // asked before each request, so it may rotate; nil or "" is anonymous
	TokenFrom string            // where the token comes from, for error texts: "HF_TOKEN", "--token", "the token file"
	OIDC      *OIDC             // makes the tokens of a CI job, and Token is not asked; nil is none
	UserAgent string            // for example "lazymerge/0.1.0; go/1.26"
	HTTP      http.RoundTripper // nil means a transport of ours; redirects and retries sit above it
	Proxies   *Proxies          // of that transport of ours; nil means those of the environment
	Notice    func(string)      // gets one line for a person: a wait, a rename, a warning of the Hub; nil is silent. Called concurrently, never with a secret
	Trace     func(string)      // gets one line for each request that was sent, without secrets; nil is silent. Called concurrently
	Advice    Advice            // the words of hints; the zero value is for someone at a terminal
	Uncounted bool              // reads of files do not ask the Hub to count them as downloads
	Offline   bool              // every call is ErrOffline and opens no socket

	MetadataTimeout time.Duration // longest wait for the answer to a request about a file; 0 means a minute
	ReadTimeout     time.Duration // longest silence within a body, either way; 0 means half a minute

	once      sync.Once
	base      *url.URL // of Endpoint
	tokenOff  bool     // a token would have been looked for, were it not for HF_HUB_DISABLE_IMPLICIT_TOKEN
	err       error    // what is wrong with the fields
	transport http.RoundTripper
	received  atomic.Int64

	mu      sync.Mutex
	told    map[string]bool      // notices that are given once
	waiting map[string]time.Time // until when a wait has been announced, by host and reason
	account *Account
}

// How long an answer may take from the end of the request to its headers.
const (
	answerTimeout = time.Minute
	commitTimeout = 3 * time.Minute // the Hub gives up after about one, and some proxies later
	silence       = 30 * time.Second
)

// NewClient makes a client from the environment: endpoint, offline mode, timeouts and user agent.
// token and from are FindToken's.
func (e Environment) NewClient(token, from, userAgent string) *Client {
	return &Client{
		Endpoint:        e.Endpoint,
		Token:           func() string { return token },
		TokenFrom:       from,
		UserAgent:       userAgent,
		Offline:         e.Offline,
		MetadataTimeout: e.EtagTimeout,
		ReadTimeout:     e.DownloadTimeout,
		Proxies:         &e.Proxies,
		Uncounted:       !e.Telemetry,
		tokenOff:        !e.ImplicitToken && token == "",
	}
}

// Page returns the address of repo's web page.
func (c *Client) Page(repo string) string {
	if c.ready() != nil {
		return ""
	}
	return c.route(repo).String()
}

// ready checks the fields once.
func (c *Client) ready() error {
	c.once.Do(func() {
		endpoint := c.Endpoint
		if endpoint == "" {
			endpoint = DefaultEndpoint
		}
		c.base, c.err = parseEndpoint("endpoint", endpoint)
		c.transport = c.HTTP
		if c.transport == nil {
			proxies := c.Proxies
			if proxies == nil {
				found, faults := ReadProxies(os.Getenv)
				c.err = errors.Join(append(faults, c.err)...)
				proxies = &found
			}
			c.transport = newTransport(*proxies)
		}
		c.transport = counted{c.transport, &c.received}
		if c.Trace != nil {
			c.transport = traced{c.transport, c}
		}
	})
	return c.err
}

// token returns the current token, and why it cannot be sent.
func (c *Client) token(ctx context.Context) (string, error) {
	if c.OIDC != nil {
		return c.OIDC.get(ctx, c)
	}
	if c.Token == nil {
		return "", nil
	}
	token := strings.TrimSpace(c.Token())
	if token == "" {
		return "", nil
	}
	_, _, err := checkToken(token, c.tokenFrom())
	return token, err
}

// tokenAfter returns the token to send where one was refused: another one, or the same where there is none.
func (c *Client) tokenAfter(ctx context.Context, ans *answer) (string, error) {
	if c.OIDC == nil {
		return c.token(ctx)
	}
	if ans.header.Get("X-Error-Code") != "" { // it is about a repo, and not about the token
		return ans.sent, nil
	}
	return c.OIDC.after(ctx, c, ans.sent)
}

func (c *Client) tokenFrom() string {
	switch {
	case c.TokenFrom != "":
		return c.TokenFrom
	case c.OIDC != nil:
		return c.OIDC.From()
	}
	return "the caller"
}

// route joins parts to the endpoint. The slashes of a part stay; the rest is escaped. Use
// segment for a part whose slashes are escaped too, like a revision.
func (c *Client) route(parts ...string) *url.URL {
	path, raw := c.base.Path, c.base.EscapedPath()
	for _, part := range parts {
		for piece := range strings.SplitSeq(part, "/") {
			piece = strings.ReplaceAll(piece, escapedSlash, "/")
			path += "/" + piece
			raw += "/" + url.PathEscape(piece)
		}
	}
	u := *c.base
	u.Path, u.RawPath = path, raw
	return &u
}

// escapedSlash stands for a slash within a segment until route has split its parts. It is
// no character that checkRevision or checkRepo lets through.
const escapedSlash = "\x00"

func segment(s string) string { return strings.ReplaceAll(s, "/", escapedSlash) }

// api is a route of a model repo's API.
func (c *Client) api(repo string, parts ...string) *url.URL {
	return c.route(append([]string{"api/models", repo}, parts...)...)
}

// returned makes an absolute URL of one that the Hub put in an answer, relative to where the
// answer came from. A Hub behind another address may still give the public one: that is replaced.
// The error does not repeat the URL.
func (c *Client) returned(from *url.URL, raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || raw == "" {
		return nil, errors.New("the Hub returned an invalid URL")
	}
	u = from.ResolveReference(u)
	u.Fragment, u.RawFragment = "", ""
	switch {
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, errors.New("the Hub returned a URL that is neither http nor https")
	case u.User != nil:
		return nil, errors.New("the Hub returned a URL with a user name in it")
	}
	if origin(u) == DefaultEndpoint && origin(c.base) != DefaultEndpoint {
		moved := *c.base
		moved.Path, moved.RawPath = c.base.Path+u.Path, c.base.EscapedPath()+u.EscapedPath()
		moved.RawQuery = u.RawQuery
		u = &moved
	}
	if c.base.Scheme == "https" && u.Scheme != "https" {
		return nil, errors.New("the Hub uses https but returned an http URL")
	}
	return u, nil
}

// notice passes a line to the person. It redacts once more, to be sure.
func (c *Client) notice(format string, args ...any) {
	if c.Notice != nil {
		c.Notice(redact(fmt.Sprintf(format, args...)))
	}
}

// noticeOnce is notice for what is said once in a Client's life.
func (c *Client) noticeOnce(key, format string, args ...any) {
	c.mu.Lock()
	seen := c.told[key]
	if !seen {
		if c.told == nil {
			c.told = map[string]bool{}
		}
		c.told[key] = true
	}
	c.mu.Unlock()
	if !seen {
		c.notice(format, args...)
	}
}

// noticeWait is notice for a wait; while one for the same reason runs, it is not said again, as
// concurrent reads often wait for the same thing.
func (c *Client) noticeWait(key string, wait time.Duration, line string) {
	c.mu.Lock()
	now := time.Now()
	running := now.Before(c.waiting[key])
	if !running {
		if c.waiting == nil {
			c.waiting = map[string]time.Time{}
		}
		c.waiting[key] = now.Add(wait)
	}
	c.mu.Unlock()
	if !running {
		c.notice("%s", line)
	}
}

// warnings passes on the X-HF-Warning lines of an answer, "topic; message", once per topic.
func (c *Client) warnings(h http.Header, token string) {
	for _, line := range h.Values("X-HF-Warning") {
		topic, message, ok := strings.Cut(line, ";")
		if !ok {
			topic, message = "", line
		}
		if message = sentence(message, token); message != "" {
			c.noticeOnce("warning "+strings.TrimSpace(topic), "the Hub says: %s", message)
		}
	}
}
