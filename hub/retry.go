package hub

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// maxTries is how often a request is sent, and how often a body that ends early is asked for
// without a byte of progress. Waits in between are 1, 2, 4 and 8 s and a little more; a server's own
// word takes precedence, up to maxWait.
const (
	maxTries  = 5
	maxWait   = 5 * time.Minute
	maxWaited = (maxTries - 1) * maxWait // between all tries of one call, those after redirects included
)

// maxOdd is how often something is asked for where storage refuses it, or answers something else than it should. A
// signed URL that has expired and a proxy that mixed two answers up pass; most other causes do not.
const maxOdd = 3

// pause is the wait after the given failed try, counted from 1. The extra part keeps several
// clients from coming back in step.
func pause(try int) time.Duration {
	d := time.Second << min(max(try-1, 0), 3)
	return d + rand.N(d/4)
}

// short is a wait as a person reads it.
func short(d time.Duration) time.Duration { return d.Round(100 * time.Millisecond) }

// sleep waits for d or for the end of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// passing tells whether a status is one that goes away by itself.
func passing(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// tries is the retry policy of one hop of one call; it plugs into go-retryablehttp.
type tries struct {
	client *Client
	call   *call
	host   string
	count  int            // requests sent
	last   error          // of the last try
	waited *time.Duration // between the tries of the call so far
}

// check is a retryablehttp.CheckRetry. A call that must not be sent twice is repeated only where
// it was turned away before anything happened: no connection, or a quota.
func (t *tries) check(ctx context.Context, resp *http.Response, err error) (bool, error) {
	t.last = err
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case *t.waited >= maxWaited:
		return false, nil
	case err != nil && t.call.once:
		return isDial(err) && !isFinal(err), nil
	case err != nil:
		return !isFinal(err), nil
	case t.call.once:
		return resp.StatusCode == http.StatusTooManyRequests, nil
	}
	return passing(resp.StatusCode), nil
}

// backoff is a retryablehttp.Backoff. It also tells the person about the wait.
func (t *tries) backoff(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
	wait := pause(attempt + 1)
	var reason string
	asked := time.Duration(-1)
	switch {
	case t.last != nil || resp == nil:
		reason = fmt.Sprintf("%s: %v", t.host, bare(t.last))
	default:
		reason = fmt.Sprintf("%s answered %d", t.host, resp.StatusCode)
		if q, ok := spent(resp.Header); ok && resp.StatusCode == http.StatusTooManyRequests {
			reason = fmt.Sprintf("%s: %s", t.host, q)
			asked = q.reset + time.Second
		} else if d, ok := retryAfter(resp.Header.Get("Retry-After"), time.Now()); ok {
			asked = d
		}
	}
	line := ""
	if asked >= 0 {
		wait = max(asked, 100*time.Millisecond)
		if wait > maxWait {
			wait = maxWait
			line = fmt.Sprintf(" (it asked for %s)", asked.Round(time.Second))
		}
	}
	*t.waited += wait
	t.client.noticeWait(reason, wait, fmt.Sprintf("%s; trying again in %s%s", reason, short(wait), line))
	return wait
}

// prepare is a retryablehttp.PrepareRetry: the token may have rotated during the wait. The
// header is copied, for the transport may still hold the old request.
func (t *tries) prepare(req *http.Request) error {
	t.count++
	if !t.call.auth || req.Header.Get("Authorization") == "" {
		return nil
	}
	token, err := t.client.token(req.Context())
	if err != nil || token == "" {
		return err
	}
	req.Header = req.Header.Clone()
	req.Header.Set("Authorization", "Bearer "+token)
	return nil
}

// do sends req over rt until it has an answer that stays. The response is returned even if it is a
// refusal; the error is the transport's.
func (t *tries) do(rt http.RoundTripper, req *retryablehttp.Request) (*http.Response, error) {
	t.count = 1
	rc := &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport:     rt,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		RetryMax:     maxTries - 1,
		CheckRetry:   t.check,
		Backoff:      t.backoff,
		PrepareRetry: t.prepare,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	resp, err := rc.Do(req)
	if err != nil && resp != nil {
		resp.Body.Close()
		resp = nil
	}
	return resp, err
}
