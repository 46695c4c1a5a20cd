package localhub

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// postCommit makes one commit on a branch or pull request, or a new pull request of it, whole
// or not at all.
func postCommit(c *call) error {
	rev, createPull := strings.Join(c.rest, "/"), c.flag("create_pr")
	if err := c.checkCommit(rev, createPull); err != nil {
		return err
	}
	ch, err := readChange(c.r.Body, standardLimits)
	if err != nil {
		return err
	}
	if err := c.checkRegular(ch.ops); err != nil {
		return err
	}
	ch.rev, ch.author, ch.createPull = rev, c.login.name, createPull
	ch.quota = c.options.CommitsPerHour
	commit, pull, err := c.repo.apply(ch, c.now())
	if err != nil {
		return err
	}
	answer := map[string]any{
		"success":    true,
		"commitOid":  commit.OID,
		"commitUrl":  c.page(c.repo.id(), "commit", commit.OID),
		"hookOutput": "",
	}
	if pull > 0 {
		answer["pullRequestUrl"] = c.page(c.repo.id(), "discussions", strconv.Itoa(pull))
	}
	return c.json(answer)
}

// checkRegular refuses regular files that are too large or binary, and a card with errors.
func (s *Server) checkRegular(ops []op) error {
	var large, binary []string
	for _, o := range ops {
		switch {
		case o.kind != opFile:
		case len(o.data) > maxRegular:
			large = append(large, o.path)
		case looksBinary(o.data):
			binary = append(binary, o.path)
		case o.path == cardPath:
			if v := judgeCard(string(o.data), ""); len(v.Errors) > 0 {
				return v.refusal()
			}
		}
	}
	if len(large) > 0 {
		return tooLarge(large)
	}
	if len(binary) > 0 {
		return badRequest("Your push was rejected because it contains binary files: %s. Send them through LFS.", strings.Join(binary, ", "))
	}
	return nil
}

func tooLarge(paths []string) error {
	return badRequest("Your push was rejected because it contains files larger than %d MiB: %s. Send them through LFS.",
		maxRegular>>20, strings.Join(paths, ", "))
}

// checkQuota refuses a commit beyond limit within an hour; 0 is no limit. The caller holds
// r.mu, and adds to r.landed what did land.
func (r *repo) checkQuota(limit int, now time.Time) error {
	if limit == 0 {
		return nil
	}
	r.landed = slices.DeleteFunc(r.landed, func(t time.Time) bool { return now.Sub(t) >= time.Hour })
	if len(r.landed) < limit {
		return nil
	}
	wait := r.landed[0].Add(time.Hour).Sub(now)
	seconds := int(wait/time.Second) + 1
	e := refuse(http.StatusTooManyRequests, "this repo has had %d commits within an hour; retry in %d s", limit, seconds)
	e.header = http.Header{
		"Retry-After":      {strconv.Itoa(seconds)},
		"Ratelimit":        {fmt.Sprintf(`"commits";r=0;t=%d`, seconds)},
		"Ratelimit-Policy": {fmt.Sprintf(`"fixed window";"commits";q=%d;w=3600`, limit)},
	}
	return e
}
