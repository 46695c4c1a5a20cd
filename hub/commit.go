package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// A Commit is a set of changes that become visible together.
type Commit struct {
	Summary     string // one line, not empty
	Description string // may be empty
	Parent      string // the commit that must be the tip, 40 hex digits; "" commits onto whatever the tip is
	Ops         []Op   // no path twice
}

// A CommitResult says where a commit landed.
type CommitResult struct {
	Commit string // 40 hex digits
	URL    string // of its web page
}

// Commit makes one commit on rev, a branch or PR ref. The contents of large files must have been
// uploaded before.
//
// It never makes the commit twice: when an answer is lost, or is one that may hide a success, it reads
// the history of rev and sends the commit again only if it is not there. With a Parent the Hub itself makes
// sure of that, so give one where two people may write. ErrConflict means that the tip is
// another one than Parent, or that another operation was in the way at each try; nothing was changed.
func (c *Client) Commit(ctx context.Context, repo, rev string, cm Commit) (*CommitResult, error) {
	const op = "commit to"
	if err := c.checkTarget(op, repo, rev); err != nil {
		return nil, err
	}
	if err := cm.check(); err != nil {
		return nil, fmt.Errorf("%s %s: %w", op, repo, err)
	}
	body, err := cm.body()
	if err != nil {
		return nil, err
	}
	cl := &call{op: op, repo: repo, method: http.MethodPost, url: c.api(repo, "commit", segment(rev)), auth: true, once: true,
		limit: smallAnswer, answer: commitTimeout, body: body.open, size: body.size}
	cl.setHeader("Content-Type", "application/x-ndjson")
	var doubt error // why it is not known whether an earlier try landed
	for try := 1; ; try++ {
		ans, err := c.send(ctx, cl)
		if err == nil {
			commit, odd := c.landed(cl, ans)
			if odd == nil {
				return c.result(repo, commit), nil
			}
			err = odd
		}
		switch {
		case ctx.Err() != nil:
			return nil, fmt.Errorf("%w: the commit may have landed; run the same command to find out", err)
		case isBusy(err): // whether it was a commit that was in the way, the tip will tell
			doubt = err
		case doubt != nil && errors.Is(err, ErrConflict): // the earlier try may be what is in the way
		case !inDoubt(err):
			return nil, err
		default:
			doubt = err
		}
		wait := pause(try + 1)
		c.noticeWait("commit to "+repo, wait, fmt.Sprintf("%v; checking in %s whether the commit landed", err, short(wait)))
		if err := sleep(ctx, wait); err != nil {
			return nil, fmt.Errorf("%w: the commit may have landed: %w", err, doubt)
		}
		found, moved, readErr := c.readBack(ctx, repo, rev, cm)
		switch {
		case readErr != nil:
			return nil, fmt.Errorf("%w: the commit may have landed: %w", doubt, readErr)
		case found != "":
			return c.result(repo, found), nil
		case moved:
			return nil, fmt.Errorf("%s %s: %w: %s is no longer at %.12s", op, repo, ErrConflict, rev, cm.Parent)
		case try == maxTries || errors.Is(err, ErrConflict) && !isBusy(err):
			return nil, err
		}
	}
}

func (c *Client) result(repo, commit string) *CommitResult {
	return &CommitResult{Commit: commit, URL: c.route(repo, "commit", commit).String()}
}

// inDoubt tells whether a commit may have landed although the answer says otherwise: the Hub ends a
// request after about a minute and may still finish the commit.
func inDoubt(err error) bool {
	var e *Error
	if errors.As(err, &e) {
		return e.Status == 0 && !isDial(e.Err) && !isFinal(e.Err) || e.Status == http.StatusRequestTimeout || e.Status >= 500
	}
	var odd *answerError
	return errors.As(err, &odd) && !odd.redirect
}

// isBusy tells whether a commit was turned away because another operation is under way in the repo, which passes.
// A tip that has moved is 412.
func isBusy(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == http.StatusConflict
}

// landed reads the answer to a commit.
func (c *Client) landed(cl *call, ans *answer) (string, error) {
	var body struct {
		Success *bool  `json:"success"`
		Commit  string `json:"commitOid"`
		URL     string `json:"commitUrl"`
	}
	odd := func(what string) error { return cl.wrap(&answerError{what: "the answer to the commit " + what}) }
	if err := cl.decode(ans, &body); err != nil {
		return "", err
	}
	u, err := c.returned(ans.url, body.URL)
	switch {
	case body.Success != nil && !*body.Success:
		return "", odd("says that it was no success")
	case !isCommit(body.Commit):
		return "", odd("names no commit")
	case err != nil || !c.trusted(u) || !strings.HasSuffix(u.Path, "/commit/"+body.Commit):
		return "", odd("does not say where the commit is")
	}
	return body.Commit, nil
}

// readBack looks for a commit whose answer was lost. found is its id, or "". moved says that
// the tip is another one than the parent and that ours is not the commit after it. Without a
// parent nothing has moved, and the commit is found if the tip has all that it would change.
func (c *Client) readBack(ctx context.Context, repo, rev string, cm Commit) (found string, moved bool, err error) {
	info, err := c.info(ctx, repo, rev)
	if err != nil {
		return "", false, err
	}
	if info.Commit == cm.Parent {
		return "", false, nil
	}
	candidate := info.Commit
	if cm.Parent != "" {
		if candidate, err = c.child(ctx, repo, rev, cm); err != nil || candidate == "" {
			return "", err == nil, err
		}
	}
	files, err := c.tree(ctx, repo, candidate)
	if err != nil {
		return "", false, err
	}
	if !cm.isIn(files) {
		return "", cm.Parent != "", nil
	}
	return candidate, false, nil
}

// child returns the commit that follows cm.Parent in the latest history of rev, if its title is
// cm's; else "".
func (c *Client) child(ctx context.Context, repo, rev string, cm Commit) (string, error) {
	var history []struct {
		ID    string `json:"id"`
		Title string `json:"title"`
	}
	if _, err := c.get(ctx, "read the history of", repo, c.api(repo, "commits", segment(rev)), infoAnswer, &history); err != nil {
		return "", err
	}
	for i, h := range history {
		if h.ID == cm.Parent && i > 0 {
			if next := history[i-1]; isCommit(next.ID) && strings.TrimSpace(next.Title) == strings.TrimSpace(cm.Summary) {
				return next.ID, nil
			}
		}
	}
	return "", nil
}

// isIn tells whether a tree has all that cm adds and none of what it deletes. The Hub may itself add
// lines to .gitattributes in the same commit, so that file's content does not count.
func (cm Commit) isIn(files []File) bool {
	byPath := map[string]File{}
	for _, f := range files {
		byPath[f.Path] = f
	}
	for _, op := range cm.Ops {
		f, ok := byPath[op.Path]
		switch op.kind {
		case addFile:
			if !ok || f.SHA256 != "" || f.OID != gitBlob(op.Content) && op.Path != ".gitattributes" {
				return false
			}
		case addObject:
			if !ok || f.SHA256 != op.SHA256 || f.Size != op.Size {
				return false
			}
		case deleteFile:
			if ok {
				return false
			}
		case deleteFolder:
			for name := range byPath {
				if strings.HasPrefix(name, op.Path+"/") {
					return false
				}
			}
		}
	}
	return true
}

// check refuses what the Hub would refuse, or worse, would not.
func (cm Commit) check() error {
	if strings.TrimSpace(cm.Summary) == "" || strings.ContainsAny(cm.Summary, "\r\n") {
		return errors.New("the commit summary must be one non-empty line")
	}
	if cm.Parent != "" && !isCommit(cm.Parent) {
		return fmt.Errorf("parent %.60q is not a commit of 40 hex digits", cm.Parent)
	}
	if len(cm.Ops) == 0 {
		return errors.New("a commit without changes")
	}
	seen := map[string]bool{}
	for _, op := range cm.Ops {
		if err := op.check(); err != nil {
			return err
		}
		if seen[op.Path] {
			return fmt.Errorf("%q is changed twice", op.Path)
		}
		seen[op.Path] = true
	}
	return nil
}

// body makes the lines of the request: a header and one line for each op.
func (cm Commit) body() (*ndjson, error) {
	header := map[string]string{"summary": cm.Summary, "description": cm.Description}
	if cm.Parent != "" {
		header["parentCommit"] = cm.Parent
	}
	b := &ndjson{}
	if err := b.line("header", header, nil); err != nil {
		return nil, err
	}
	for _, op := range cm.Ops {
		if err := op.write(b); err != nil {
			return nil, err
		}
	}
	return b, nil
}
