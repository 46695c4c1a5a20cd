package hub

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Limits of answers that are held in memory, in bytes.
const (
	smallAnswer = 1 << 20
	infoAnswer  = 32 << 20 // names every file of the repo
	treeAnswer  = 64 << 20 // one page
	errorAnswer = 64 << 10 // of an error we read no more than this
)

// A call is one request before it is sent.
type call struct {
	op, repo string // for error texts
	method   string
	url      *url.URL
	header   http.Header // beyond what every request has
	body     func() (io.ReadCloser, error)
	size     int64         // of the body, in bytes
	once     bool          // it changes something and has no key that would make a second one harmless
	auth     bool          // one of the Hub's own routes: the token goes along, where the origin is trusted
	stays    bool          // no redirect is followed, for it carries a secret of its own
	limit    int64         // of the answer; 0 means that the caller reads answer.stream and closes it
	answer   time.Duration // longest wait for the headers; 0 means answerTimeout
}

// bytesBody sets the body of a call.
func (cl *call) bytesBody(contentType string, data []byte) {
	cl.setHeader("Content-Type", contentType)
	cl.body = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
	cl.size = int64(len(data))
}

// jsonBody sets the body of a call.
func (cl *call) jsonBody(v any) error {
	data, err := json.Marshal(v)
	if err == nil {
		cl.bytesBody("application/json", data)
	}
	return err
}

func (cl *call) setHeader(key, value string) {
	if cl.header == nil {
		cl.header = http.Header{}
	}
	cl.header.Set(key, value)
}

// An answer is the last response to a call.
type answer struct {
	status int
	header http.Header
	trail  []http.Header // of the redirects before it, first one first
	url    *url.URL      // of the last hop
	body   []byte        // with a limit, or of a refusal
	stream io.ReadCloser // without
	length int64         // of the stream; -1 when not known
	tries  int
	sent   string // the token that went along; "" for none
}

// answerError is an answer that no Hub gives. It is ErrAnswer.
type answerError struct {
	what     string
	redirect bool // one that is not followed, so that nothing has happened
}

func (e *answerError) Error() string        { return e.what }
func (e *answerError) Is(target error) bool { return target == ErrAnswer }

// sourceError is a body of the caller's that cannot be read.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return e.err.Error() }
func (e *sourceError) Unwrap() error { return e.err }

// wrap puts what we were doing before an error that is not an *Error.
func (cl *call) wrap(err error) error {
	return fmt.Errorf("%s: %w", strings.TrimSpace(cl.op+" "+cl.repo), err)
}

// send sends a call, follows redirects and repeats what may be repeated. For a status that
// is no success the error is an *Error, and the answer is returned as well.
func (c *Client) send(ctx context.Context, cl *call) (*answer, error) {
	if c.Offline {
		return nil, cl.wrap(ErrOffline)
	}
	u := cl.url
	var trail []http.Header
	var waited time.Duration // between tries
	for {
		ans, err := c.hop(ctx, cl, u, &waited)
		if err != nil {
			return nil, err
		}
		ans.trail = trail
		if c.trusted(u) {
			c.warnings(ans.header, ans.sent)
		}
		if !isRedirect(ans.status) {
			return c.judge(cl, ans)
		}
		ans.close()
		if cl.stays {
			return nil, cl.wrap(&answerError{u.Host + " redirects, which is not followed with a secret", true})
		}
		if len(trail) == maxRedirects {
			return nil, cl.wrap(&answerError{fmt.Sprintf("more than %d redirects", maxRedirects), true})
		}
		trail = append(trail, ans.header)
		if u, err = c.follow(cl, u, ans.status, ans.location()); err != nil {
			return nil, cl.wrap(err)
		}
	}
}

// location is the Location header, which patience has hidden.
func (a *answer) location() string {
	if values := a.header[hiddenLocation]; len(values) > 0 {
		return values[0]
	}
	return ""
}

func (a *answer) close() {
	if a.stream != nil {
		a.stream.Close()
	}
}

// hop sends a call to one URL, with retries. Where the token is refused and has changed
// since, it is sent once more.
func (c *Client) hop(ctx context.Context, cl *call, u *url.URL, waited *time.Duration) (*answer, error) {
	for rotated := false; ; rotated = true {
		ans, err := c.hopOnce(ctx, cl, u, waited)
		if err != nil || ans.status != http.StatusUnauthorized || !cl.auth || ans.sent == "" || rotated {
			return ans, err
		}
		now, err := c.tokenAfter(ctx, ans)
		if c.OIDC != nil && err != nil {
			return nil, err
		}
		if err != nil || now == "" || now == ans.sent {
			return ans, nil
		}
		ans.close()
	}
}

func (c *Client) hopOnce(ctx context.Context, cl *call, u *url.URL, waited *time.Duration) (*answer, error) {
	var raw any
	if cl.body != nil {
		raw = retryablehttp.ReaderFunc(func() (io.Reader, error) { return cl.body() })
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, cl.method, u.String(), raw)
	ans := &answer{url: u}
	if err != nil {
		return nil, c.lost(ctx, cl, ans, err)
	}
	if cl.body != nil {
		req.ContentLength = cl.size
	}
	for key, values := range cl.header {
		req.Header[key] = values
	}
	req.Header.Set("Accept-Encoding", "identity") // compression would change sizes and ranges
	req.Header.Set("User-Agent", c.UserAgent)
	if cl.auth && c.trusted(u) {
		if ans.sent, err = c.token(ctx); err != nil {
			if c.OIDC != nil {
				return nil, err // it tells what it was about
			}
			return nil, cl.wrap(err)
		}
		if ans.sent != "" {
			req.Header.Set("Authorization", "Bearer "+ans.sent)
		}
	}
	if cl.limit > 0 {
		req.SetResponseHandler(func(resp *http.Response) error {
			var err error
			ans.body, err = readBody(resp, cl.limit)
			return err
		})
	}
	p := patience{next: c.transport, answer: orDefault(cl.answer, answerTimeout), silence: orDefault(c.ReadTimeout, silence), tell: c.waits(cl, u.Host)}
	if cl.limit > 0 {
		p.whole = wholeTimeout
	}
	t := &tries{client: c, call: cl, host: u.Host, waited: waited}
	resp, err := t.do(p, req)
	ans.tries = t.count
	if err != nil {
		return nil, c.lost(ctx, cl, ans, err)
	}
	if auth := req.Header.Get("Authorization"); auth != "" {
		ans.sent = strings.TrimPrefix(auth, "Bearer ")
	}
	ans.status, ans.header, ans.length = resp.StatusCode, resp.Header, resp.ContentLength
	switch {
	case cl.limit > 0 && ans.body != nil:
	case ans.status < 300:
		ans.stream = resp.Body
	default:
		ans.body, _ = io.ReadAll(io.LimitReader(resp.Body, errorAnswer))
		resp.Body.Close()
	}
	return ans, nil
}

// readBody reads and closes the body of an answer that is held in memory. Of a refusal it
// takes only the start.
func readBody(resp *http.Response, limit int64) ([]byte, error) {
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		data, _ := io.ReadAll(io.LimitReader(resp.Body, errorAnswer))
		return append([]byte{}, data...), nil
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, &answerError{what: fmt.Sprintf("the answer is longer than %d bytes", limit)}
	}
	return append([]byte{}, data...), nil
}

// waits tells of a try of cl that takes long.
func (c *Client) waits(cl *call, host string) func(time.Duration, int64) {
	what := strings.TrimSpace(cl.op + " " + cl.repo)
	return func(waited time.Duration, bytes int64) {
		line := fmt.Sprintf("still waiting for %s after %s: %s", host, waited.Round(time.Second), what)
		if bytes > 0 {
			line += fmt.Sprintf(", %d bytes so far", bytes)
		}
		c.noticeWait("waits "+host+" "+what, nextNotice, line)
	}
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

// lost makes the error of a request that got no answer.
func (c *Client) lost(ctx context.Context, cl *call, ans *answer, err error) error {
	if ctx.Err() != nil {
		return cl.wrap(ctx.Err())
	}
	var ours *sourceError
	var odd *answerError
	switch {
	case errors.As(err, &ours):
		return cl.wrap(ours)
	case errors.As(err, &odd):
		return cl.wrap(odd)
	}
	e := c.newError(cl, ans)
	e.Err = bare(err)
	return e
}

func (c *Client) newError(cl *call, ans *answer) *Error {
	e := &Error{Op: cl.op, Repo: cl.repo, Method: cl.method, Status: ans.status, Tries: ans.tries, Advice: c.Advice}
	e.Storage = !c.trusted(ans.url)
	e.URL = c.shown(ans.url)
	if ans.sent != "" {
		e.TokenFrom = c.tokenFrom()
	} else {
		e.tokenOff = c.tokenOff
	}
	if cl.repo != "" {
		e.page = c.route(cl.repo).String()
	}
	return e
}

// judge makes an error of a status that is no success, and of a compressed answer, which
// we never ask for.
func (c *Client) judge(cl *call, ans *answer) (*answer, error) {
	encoding := ans.header.Get("Content-Encoding")
	if encoding == "identity" {
		encoding = ""
	}
	if ans.status >= 200 && ans.status < 300 {
		if encoding != "" {
			ans.close()
			return nil, cl.wrap(&answerError{what: fmt.Sprintf("the answer is compressed (%.20q), which nobody asked for", encoding)})
		}
		return ans, nil
	}
	if encoding != "" {
		ans.body = nil
	}
	e := c.newError(cl, ans)
	e.RequestID = requestID(ans.header)
	if e.Storage {
		if m := storageCode.FindSubmatch(ans.body); m != nil {
			e.Message = string(m[1])
		}
		return ans, e
	}
	if code := ans.header.Get("X-Error-Code"); errorCode.MatchString(code) {
		e.Code = code
	}
	e.Message = sentence(ans.header.Get("X-Error-Message"), ans.sent)
	if e.Message == "" {
		e.Message = sentence(strings.Join(messages(ans.body), "; "), ans.sent)
	}
	if e.Status == http.StatusTooManyRequests {
		if q, ok := spent(ans.header); ok {
			e.quota = q.String()
		}
	}
	return ans, e
}

var (
	storageCode = regexp.MustCompile(`<Code>([A-Za-z]{1,64})</Code>`) // of S3's XML; the rest may repeat the signed URL
	errorCode   = regexp.MustCompile(`^[A-Za-z]{1,64}$`)
)

// requestID is what the Hub's or a storage's support asks for, or "".
func requestID(h http.Header) string {
	for _, key := range []string{"X-Request-Id", "X-Amzn-Trace-Id", "X-Amz-Request-Id", "X-Amz-Cf-Id"} {
		if id := shortID(h.Get(key)); id != "" {
			return id
		}
	}
	return ""
}

// shown is what may be printed of a URL: no query, and of storage, where the path may be a permission too, only the host.
func (c *Client) shown(u *url.URL) string {
	s := u.Scheme + "://" + u.Host
	if c.trusted(u) {
		s += u.EscapedPath()
	}
	return s
}

func shortID(s string) string {
	if s = sentence(s, ""); len(s) > 100 {
		return s[:100]
	}
	return s
}

// messages returns the words of an error's body. Servers have several forms:
// {"error":"a"}, {"error":["a","b"]}, {"error":..,"error_description":"a"}, {"errors":[{"message":"a"}]},
// {"message":"a"}, plain text. A page of HTML says nothing.
func messages(body []byte) []string {
	var m map[string]any
	if json.Unmarshal(body, &m) != nil {
		if s := sentence(string(body), ""); s != "" && !strings.HasPrefix(s, "{") && !strings.HasPrefix(s, "[") {
			return []string{s}
		}
		return nil
	}
	for _, key := range []string{"error_description", "error", "errors", "message"} {
		if found := texts(m[key]); len(found) > 0 {
			return found
		}
	}
	return nil
}

// texts returns v's strings, and the "message" of v's objects.
func texts(v any) []string {
	switch v := v.(type) {
	case string:
		if v != "" {
			return []string{v}
		}
	case map[string]any:
		return texts(v["message"])
	case []any:
		var all []string
		for _, each := range v {
			all = append(all, texts(each)...)
		}
		return all
	}
	return nil
}

// decode reads the JSON of an answer into out. Anything else is ErrAnswer.
func (cl *call) decode(ans *answer, out any) error {
	if isHTML(string(ans.body[:min(len(ans.body), 512)])) {
		return cl.wrap(&answerError{what: fmt.Sprintf("%s gave a web page, which is not a Hub's answer; is the endpoint right, and is there a proxy or a login page in between?", ans.url.Host)})
	}
	if err := json.Unmarshal(ans.body, out); err != nil {
		return cl.wrap(&answerError{what: fmt.Sprintf("%s gave something that is not the JSON of a Hub: %s", ans.url.Host, sentence(err.Error(), ans.sent))})
	}
	return nil
}

// get is send and decode for a route of the API.
func (c *Client) get(ctx context.Context, op, repo string, u *url.URL, limit int64, out any) (*answer, error) {
	cl := &call{op: op, repo: repo, method: http.MethodGet, url: u, auth: true, limit: limit}
	ans, err := c.send(ctx, cl)
	if err != nil {
		return ans, err
	}
	return ans, cl.decode(ans, out)
}
