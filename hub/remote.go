package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Open returns the bytes of one file and its size. The error is fs.ErrNotExist for a name that
// the revision does not have, and ErrUnsafePath for one that nobody should have.
//
// Each ReadAt is one range request, and a few more where something goes wrong; concurrent calls are
// fine, and all readers of a file share its signed URL. Nothing is sent before the first
// ReadAt. Reads end with ctx, so keep the result no longer than ctx. Where a read gives fewer bytes
// than asked before the end of the file, its error says why.
func (r *Revision) Open(ctx context.Context, name string) (io.ReaderAt, int64, error) {
	f, ok := r.files[name]
	if !ok {
		return nil, 0, r.unknown(name)
	}
	return &reader{ctx, f}, f.file.Size, nil
}

type reader struct {
	ctx context.Context
	f   *remote
}

func (r *reader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("read %s of %s: offset %d is negative", r.f.file.Path, r.f.rev.Repo, off)
	}
	if off >= r.f.file.Size {
		return 0, io.EOF
	}
	want := p[:min(int64(len(p)), r.f.file.Size-off)]
	n, err := r.f.read(r.ctx, want, off)
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}

// remote is one file at one commit, shared by its readers.
type remote struct {
	rev  *Revision
	file File

	gate chan struct{} // held while a new place is looked up

	mu sync.Mutex
	at *place
}

// place is where the Hub said that the bytes are: usually a signed URL, which is good for about an
// hour. Asking the Hub again counts against a quota, reading there does not.
type place struct {
	url   *url.URL
	renew time.Time // zero when not known
}

func newRemote(r *Revision, f File) *remote {
	return &remote{rev: r, file: f, gate: make(chan struct{}, 1)}
}

// rangeFault is an answer to a range request that is no answer to it, or one that ended early.
type rangeFault struct {
	what string
	lies bool // the answer says what it should not; otherwise it only ended early
	err  error
}

func (e *rangeFault) Error() string {
	if e.err != nil {
		return e.what + ": " + redact(e.err.Error())
	}
	return e.what
}

func (e *rangeFault) Unwrap() error { return e.err }

func (e *rangeFault) Is(target error) bool {
	return e.lies && target == ErrAnswer || !e.lies && target == ErrNetwork
}

// maxCrumbs is how many answers that end early a read takes for slowBytes.
const maxCrumbs = 40

// read fills p from offset off. Good bytes of an answer that ends early are kept and the rest is
// asked for, at most maxTries times without a byte of progress, or with too few in their time, and at most maxCrumbs
// times for little; for an answer that says something else than it should, at most maxOdd times.
func (f *remote) read(ctx context.Context, p []byte, off int64) (int, error) {
	got, still, lies := 0, 0, 0
	crumbs, mark := 0, 0 // answers that ended early since mark bytes were there
	renewals := maxOdd - 1
	for got < len(p) {
		n, err := f.readOnce(ctx, p[got:], off+int64(got), &renewals)
		got += n
		if err == nil {
			continue
		}
		var fault *rangeFault
		if ctx.Err() != nil || !errors.As(err, &fault) {
			return got, err
		}
		if fault.lies {
			lies++
		}
		var slow *stalled
		if n >= slowBytes || n > 0 && !errors.As(err, &slow) {
			still = 0
		}
		if got-mark >= slowBytes {
			crumbs, mark = 0, got
		}
		still++
		crumbs++
		if still == maxTries || lies == maxOdd || crumbs == maxCrumbs {
			return got, f.wrap(err)
		}
		wait := pause(still)
		c := f.rev.client
		c.noticeWait("read "+f.file.Path, wait, fmt.Sprintf("%s of %s: %v; asking for the rest in %s", f.file.Path, f.rev.Repo, err, short(wait)))
		if err := sleep(ctx, wait); err != nil {
			return got, f.wrap(err)
		}
	}
	return got, nil
}

func (f *remote) wrap(err error) error {
	return fmt.Errorf("read %s of %s: %w", f.file.Path, f.rev.Repo, err)
}

// readOnce makes one range request for p and returns how many good bytes it gave.
func (f *remote) readOnce(ctx context.Context, p []byte, off int64, renewals *int) (int, error) {
	ans, err := f.open(ctx, off, int64(len(p)), renewals)
	if err != nil {
		return 0, err
	}
	defer ans.close()
	if err := f.checkRange(ans, off, int64(len(p))); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(ans.stream, p)
	if err != nil {
		if ctx.Err() != nil {
			return n, f.wrap(ctx.Err())
		}
		return n, &rangeFault{what: fmt.Sprintf("the answer ended %d bytes early", len(p)-n), err: bare(err)}
	}
	if ans.length < 0 { // the end is where it should be only if nothing follows
		var more [1]byte
		if n, _ := io.ReadFull(ans.stream, more[:]); n > 0 {
			return 0, &rangeFault{what: "the answer is longer than what was asked for", lies: true}
		}
	}
	return n, nil
}

// checkRange accepts only a 206 that says exactly what was asked for.
func (f *remote) checkRange(ans *answer, off, n int64) error {
	lie := func(format string, args ...any) *rangeFault {
		return &rangeFault{what: ans.url.Host + " " + fmt.Sprintf(format, args...), lies: true}
	}
	if ans.status != http.StatusPartialContent {
		return lie("ignores ranges: it answered %d", ans.status)
	}
	value := ans.header.Get("Content-Range")
	got, err := parseContentRange(value)
	switch {
	case err != nil:
		return lie("gave another range than asked: %v", err)
	case got.First != off || got.Last != off+n-1:
		return lie("gave another range than asked: %v, not bytes %d-%d", got, off, off+n-1)
	case got.Total != f.file.Size:
		fault := lie("has another size than the listing: %v, not %d", got, f.file.Size)
		fault.err = ErrChanged
		return fault
	case ans.length >= 0 && ans.length != n:
		return lie("announced %d bytes for a range of %d", ans.length, n)
	}
	return nil
}

// open sends one range request: to the place that is known, or else to the Hub, which usually
// leads to one. A place that does not work any more is looked up anew, as often as renewals says, which counts down.
func (f *remote) open(ctx context.Context, off, n int64, renewals *int) (*answer, error) {
	for {
		var ans *answer
		at, err := f.place(ctx)
		if err != nil {
			return nil, f.wrap(err)
		}
		known := at != nil
		if known {
			ans, err = f.rev.client.send(ctx, f.call(at.url, off, n))
		} else { // we hold the gate
			ans, at, err = f.lookUp(ctx, off, n)
			<-f.gate
		}
		if err == nil {
			return ans, nil
		}
		var refusal *Error
		if !errors.As(err, &refusal) {
			return nil, err
		}
		again := *renewals > 0 && (known || refusal.Storage)
		switch refusal.Status {
		case http.StatusRequestedRangeNotSatisfiable:
			if !again || !known {
				return nil, fmt.Errorf("%w: %w", err, f.sizeChanged(ans))
			}
		case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone:
			if !again {
				return nil, err
			}
		default:
			return nil, err
		}
		*renewals--
		f.forget(at)
	}
}

// sizeChanged is what a range beyond the end means.
func (f *remote) sizeChanged(ans *answer) error {
	now := "unknown now"
	if r, err := parseContentRange(ans.header.Get("Content-Range")); err == nil && r.Total >= 0 {
		now = strconv.FormatInt(r.Total, 10) + " now"
	}
	return fmt.Errorf("%w: its size was %d in the listing and is %s", ErrChanged, f.file.Size, now)
}

// place returns the known place. Without one it takes the gate, so that only one read at a time
// asks the Hub, and returns nil.
func (f *remote) place(ctx context.Context) (*place, error) {
	if at := f.known(); at != nil {
		return at, nil
	}
	select {
	case f.gate <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if at := f.known(); at != nil { // found while we waited
		<-f.gate
		return at, nil
	}
	return nil, nil
}

func (f *remote) known() *place {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.at != nil && !f.at.renew.IsZero() && !time.Now().Before(f.at.renew) {
		f.at = nil
	}
	return f.at
}

func (f *remote) forget(at *place) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.at == at {
		f.at = nil
	}
}

func (f *remote) call(u *url.URL, off, n int64) *call {
	cl := &call{op: "read " + f.file.Path + " of", repo: f.rev.Repo, method: http.MethodGet, url: u, auth: true, answer: f.rev.client.MetadataTimeout}
	cl.setHeader("Range", fmt.Sprintf("bytes=%d-%d", off, off+n-1))
	return cl
}

// lookUp asks the Hub for a range of the file. If the answer leads elsewhere, that place is
// kept for the next reads. What the answer says of the file is compared with the listing.
func (f *remote) lookUp(ctx context.Context, off, n int64) (*answer, *place, error) {
	c := f.rev.client
	cl := f.call(c.route(f.rev.Repo, "resolve", f.rev.Commit, f.file.Path), off, n)
	if !c.Uncounted {
		cl.setHeader("X-HF-Download-Counter", "1") // as huggingface_hub 2.4.0 in each call of a download, utils/_http.py
	}
	ans, err := c.send(ctx, cl)
	var refusal *Error
	if err != nil && (ans == nil || !errors.As(err, &refusal) || !refusal.Storage) {
		return ans, nil, err
	}
	if changed := f.compare(ans); changed != nil {
		ans.close()
		return nil, nil, f.wrap(changed)
	}
	if len(ans.trail) == 0 {
		return ans, nil, err
	}
	at := &place{ans.url, renewAt(ans.url, time.Now())}
	f.mu.Lock()
	f.at = at
	f.mu.Unlock()
	return ans, at, err
}

// compare checks what the Hub says of the file against the listing. The headers of an earlier hop
// count more than those of a later one: storage has an ETag of its own, which is something else.
func (f *remote) compare(ans *answer) error {
	hops := append(slices.Clone(ans.trail), ans.header)
	first := func(key string) string {
		for _, h := range hops {
			if v := h.Get(key); v != "" {
				return v
			}
		}
		return ""
	}
	commit := first("X-Repo-Commit")
	if commit == "" {
		return &answerError{what: ans.url.Host + " does not say which commit it serves, which a Hub does; is there a proxy or a login page in between?"}
	}
	if commit != f.rev.Commit {
		return fmt.Errorf("%w: asked for commit %s, got %s", ErrChanged, f.rev.Commit, sentence(commit, ""))
	}
	if size, err := strconv.ParseInt(first("X-Linked-Size"), 10, 64); err == nil && size != f.file.Size {
		return fmt.Errorf("%w: its size was %d in the listing and is %d now", ErrChanged, f.file.Size, size)
	}
	etag := bareETag(first("X-Linked-Etag"))
	if f.file.SHA256 != "" {
		if isHex(etag, 64) && etag != f.file.SHA256 {
			return fmt.Errorf("%w: its sha256 was %s in the listing and is %s now", ErrChanged, f.file.SHA256, etag)
		}
		return nil
	}
	if etag == "" {
		etag = bareETag(hops[0].Get("ETag"))
	}
	if isHex(etag, 40) && isHex(f.file.OID, 40) && etag != f.file.OID {
		return fmt.Errorf("%w: its git blob was %s in the listing and is %s now", ErrChanged, f.file.OID, etag)
	}
	return nil
}

// bareETag strips the marks of a weak ETag and the quotes.
func bareETag(s string) string {
	return strings.Trim(strings.TrimPrefix(strings.TrimSpace(s), "W/"), `"`)
}
