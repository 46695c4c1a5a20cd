package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/lazymerge/lazymerge/hub/internal/lfs"
)

// An Object is the content of a large file.
type Object struct {
	Path   string // for error texts
	SHA256 string // 64 hex digits
	Size   int64  // bytes

	// Open returns the content from its start. It is called for every try, and for every part of
	// an upload in parts, also concurrently.
	Open func() (io.ReadSeekCloser, error)

	// Sent is told how many bytes have gone out, and with a negative number when a try is taken
	// back. The sum is Size in the end, and 0 for what was there already. It may be nil and is called
	// concurrently for several parts.
	Sent func(n int64)
}

// puts is how many bodies go up at a time, as in the official clients.
const puts = 5

// Upload stores the contents of large files for rev, a branch, a PR ref or [NewPullRequest], so that a commit can
// point to them. What the Hub has already is not sent again, and a call that failed can be
// made again. Only the commit makes a file visible.
func (c *Client) Upload(ctx context.Context, repo, rev string, objects []Object) error {
	const op = "upload to"
	if err := c.checkTarget(op, repo, rev); err != nil {
		return err
	}
	unique := map[string]int{}
	var batch []Object
	for _, o := range objects {
		if !isHex(o.SHA256, 64) || o.Size < 1 || o.Open == nil {
			return fmt.Errorf("%s %s: %.200q has no sha256, size or content", op, repo, o.Path)
		}
		if i, ok := unique[o.SHA256]; ok {
			if batch[i].Size != o.Size {
				return fmt.Errorf("%s %s: %.200q and %.200q have one sha256 and two sizes", op, repo, batch[i].Path, o.Path)
			}
			batch[i].Sent = both(batch[i].Sent, o.Sent)
			continue
		}
		unique[o.SHA256] = len(batch)
		batch = append(batch, o)
	}
	u := &uploads{client: c, repo: repo, rev: rev, slots: make(chan struct{}, puts)}
	for some := range slices.Chunk(batch, lfs.MaxBatch) {
		actions, err := u.batch(ctx, some)
		if err != nil {
			return err
		}
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(puts)
		for i, o := range some {
			g.Go(func() error { return u.object(ctx, o, actions[i]) })
		}
		if err := g.Wait(); err != nil {
			return err
		}
	}
	return nil
}

func both(a, b func(int64)) func(int64) {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	return func(n int64) { a(n); b(n) }
}

// uploads is one call of Upload.
type uploads struct {
	client    *Client
	repo, rev string
	slots     chan struct{} // one for each body on the wire
}

func (u *uploads) call(op, method string, to *url.URL) *call {
	return &call{op: op, repo: u.repo, method: method, url: to, limit: smallAnswer}
}

// batch asks what is to be done for some objects.
func (u *uploads) batch(ctx context.Context, objects []Object) ([]lfs.Action, error) {
	c := u.client
	cl := u.call("ask how to upload to", http.MethodPost, c.route(u.repo+".git", "info/lfs/objects/batch"))
	cl.auth, cl.limit = true, infoAnswer // the URLs of 256 objects in parts are long
	asked := make([]lfs.Object, len(objects))
	for i, o := range objects {
		asked[i] = lfs.Object{OID: o.SHA256, Size: o.Size}
	}
	ref := u.rev
	if ref == NewPullRequest {
		ref = ""
	}
	body, err := lfs.EncodeBatch(ref, asked)
	if err != nil {
		return nil, err
	}
	cl.bytesBody(lfs.MediaType, body)
	cl.setHeader("Accept", lfs.MediaType)
	ans, err := c.send(ctx, cl)
	if err != nil {
		return nil, err
	}
	actions, err := lfs.ParseBatch(ans.body, asked)
	var refused *lfs.ObjectError
	switch {
	case err == nil:
		return actions, nil
	case errors.As(err, &refused):
		i := slices.IndexFunc(objects, func(o Object) bool { return o.SHA256 == refused.OID })
		return nil, &Error{Op: "upload " + objects[i].Path + " to", Repo: u.repo, Method: cl.method, URL: cl.url.String(), Status: refused.Code,
			Message: sentence(refused.Message, ans.sent), page: c.route(u.repo).String(), TokenFrom: c.tokenFrom(), Advice: c.Advice}
	case errors.Is(err, lfs.ErrTransfer):
		return nil, cl.wrap(fmt.Errorf("%w: %s", ErrTransfer, sentence(err.Error(), ans.sent)))
	}
	if isHTML(string(ans.body[:min(len(ans.body), 512)])) {
		return nil, cl.decode(ans, new(any))
	}
	return nil, cl.wrap(&answerError{what: sentence(err.Error(), ans.sent)})
}

// object uploads one object. After a fault it asks the Hub anew: that gives fresh URLs where the old
// ones have expired, and tells when the bytes had arrived although the answer was lost.
func (u *uploads) object(ctx context.Context, o Object, a lfs.Action) (err error) {
	m := &meter{sent: o.Sent}
	went := false // a body has gone out, though its answer may have been lost
	defer func() {
		switch {
		case err != nil:
			m.back()
		case went:
			m.whole(o.Size)
		}
	}()
	refusals, wrong := 0, 0
	var unverified error
	for try := 1; ; try++ {
		if a.Present {
			if unverified != nil { // the Hub says both that it is there and that it is wrong
				return unverified
			}
			return nil
		}
		went = true
		err := u.transfer(ctx, o, a, m)
		if err == nil {
			if err = u.verify(ctx, o, a); err == nil {
				return nil
			}
			if isRefusal(err) {
				unverified = err
				wrong++
			}
		}
		if ctx.Err() != nil || !again(err) {
			return err
		}
		if isRefusal(err) {
			refusals++
		}
		if try == maxTries || refusals == maxOdd || wrong == 2 || a.Parts != nil && try-refusals == 2 { // parts in trouble have had tries of their own
			return err
		}
		wait := pause(try)
		u.client.noticeWait("upload "+o.Path, wait, fmt.Sprintf("%v; trying again in %s", err, short(wait)))
		if err := sleep(ctx, wait); err != nil {
			return fmt.Errorf("upload %s to %s: %w", o.Path, u.repo, err)
		}
		actions, err := u.batch(ctx, []Object{o})
		if err != nil {
			return err
		}
		a = actions[0]
	}
}

// isRefusal tells an answer that says no from trouble that passes.
func isRefusal(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status >= 400 && !passing(e.Status)
}

// again tells whether another try of an upload may help.
func again(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Err == nil || !isFinal(e.Err)) && e.Status != http.StatusRequestEntityTooLarge
}

func (u *uploads) transfer(ctx context.Context, o Object, a lfs.Action, m *meter) error {
	c := u.client
	target, err := c.returned(c.base, a.Upload)
	if err != nil {
		return fmt.Errorf("upload %s to %s: %w", o.Path, u.repo, &answerError{what: err.Error()})
	}
	if a.Parts == nil {
		_, err := u.put(ctx, o, target, 0, o.Size, true, m)
		return err
	}
	m.back() // of an earlier try
	etags := make([]string, len(a.Parts))
	g, partCtx := errgroup.WithContext(ctx)
	g.SetLimit(puts)
	for i, href := range a.Parts {
		g.Go(func() error {
			to, err := c.returned(c.base, href)
			if err != nil {
				return fmt.Errorf("upload %s to %s: %w", o.Path, u.repo, &answerError{what: err.Error()})
			}
			off, n := a.Part(i)
			ans, err := u.put(partCtx, o, to, off, n, false, m.part())
			if err != nil {
				return err
			}
			if etags[i] = ans.header.Get("ETag"); etags[i] == "" {
				return fmt.Errorf("upload %s to %s: %w", o.Path, u.repo, &answerError{what: fmt.Sprintf("%s gave no ETag for part %d", to.Host, i+1)})
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	body, err := lfs.EncodeCompletion(o.SHA256, etags)
	if err != nil {
		return err
	}
	cl := u.call("complete the upload of "+o.Path+" to", http.MethodPost, target)
	cl.answer = commitTimeout
	cl.bytesBody(lfs.MediaType, body)
	cl.setHeader("Accept", lfs.MediaType)
	_, err = c.send(ctx, cl)
	return err
}

// put sends size bytes of o from off to a signed URL, without a token: the URL is the permission. A
// part is repeated by itself; a whole object is not, for its caller asks first whether it
// has arrived.
func (u *uploads) put(ctx context.Context, o Object, to *url.URL, off, size int64, once bool, m *meter) (*answer, error) {
	select {
	case u.slots <- struct{}{}:
		defer func() { <-u.slots }()
	case <-ctx.Done():
		return nil, fmt.Errorf("upload %s to %s: %w", o.Path, u.repo, ctx.Err())
	}
	cl := u.call("upload "+o.Path+" to", http.MethodPut, to)
	cl.once, cl.size, cl.answer = once, size, commitTimeout // storage may check a large body before it answers
	cl.body = func() (io.ReadCloser, error) { return m.open(o, off, size) }
	return u.client.send(ctx, cl)
}

// verify asks the Hub to compare what it stored. It sends the token, so only the Hub is asked.
func (u *uploads) verify(ctx context.Context, o Object, a lfs.Action) error {
	if a.Verify == "" {
		return nil
	}
	cl := u.call("verify "+o.Path+" in", http.MethodPost, nil)
	to, err := u.client.returned(u.client.base, a.Verify)
	if err != nil {
		return cl.wrap(&answerError{what: err.Error()})
	}
	cl.url, cl.auth = to, true
	if err := cl.jsonBody(a.Object); err != nil {
		return err
	}
	cl.setHeader("Content-Type", lfs.MediaType)
	cl.setHeader("Accept", lfs.MediaType)
	_, err = u.client.send(ctx, cl)
	return err
}

// meter counts what has gone out of one body, or of all parts of one object, and reports it.
type meter struct {
	sent  func(int64)
	above *meter // of the object, for a part

	mu      sync.Mutex
	count   int64
	current *sending
}

// part makes the meter of one part.
func (m *meter) part() *meter { return &meter{above: m} }

func (m *meter) add(n int64) {
	m.mu.Lock()
	m.count += n
	m.mu.Unlock()
	if m.above != nil {
		m.above.add(n)
	} else if m.sent != nil && n != 0 {
		m.sent(n)
	}
}

// back takes back what has been counted.
func (m *meter) back() { m.whole(0) }

// whole sets the count to size.
func (m *meter) whole(size int64) {
	m.mu.Lock()
	m.current = nil
	n := size - m.count
	m.mu.Unlock()
	m.add(n)
}

// open starts a try: size bytes of o from off.
func (m *meter) open(o Object, off, size int64) (io.ReadCloser, error) {
	content, err := o.Open()
	if err != nil {
		return nil, &sourceError{fmt.Errorf("open %s: %w", o.Path, err)}
	}
	if _, err := content.Seek(off, io.SeekStart); err != nil {
		content.Close()
		return nil, &sourceError{fmt.Errorf("seek in %s: %w", o.Path, err)}
	}
	m.back()
	s := &sending{m: m, content: content, left: size, name: o.Path}
	m.mu.Lock()
	m.current = s
	m.mu.Unlock()
	return s, nil
}

// sending is the body of one try. Only the latest try counts: the transport may still read
// an older one that it has given up.
type sending struct {
	m       *meter
	content io.ReadCloser
	left    int64
	name    string
}

func (s *sending) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	n, err := s.content.Read(p[:min(int64(len(p)), s.left)])
	s.left -= int64(n)
	switch {
	case err == io.EOF && s.left > 0:
		err = &sourceError{fmt.Errorf("read %s: %w: %d bytes are missing", s.name, io.ErrUnexpectedEOF, s.left)}
	case err != nil && err != io.EOF:
		err = &sourceError{fmt.Errorf("read %s: %w", s.name, err)}
	}
	s.m.mu.Lock()
	counts := s.m.current == s
	s.m.mu.Unlock()
	if counts {
		s.m.add(int64(n))
	}
	return n, err
}

func (s *sending) Close() error { return s.content.Close() }
