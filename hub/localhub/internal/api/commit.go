package api

import (
	"strconv"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/git"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/model"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
)

// postCommit makes one commit on a branch or pull request, or a new pull request of it, whole
// or not at all.
func postCommit(c *call) error {
	rev, createPull := strings.Join(c.Rest, "/"), c.Flag("create_pr")
	if err := c.checkCommit(rev, createPull); err != nil {
		return err
	}
	ch, err := readChange(c.R.Body, standardLimits)
	if err != nil {
		return err
	}
	if err := checkRegular(ch.Ops); err != nil {
		return err
	}
	ch.Rev, ch.Author, ch.CreatePull = rev, c.Login.Name, createPull
	ch.Quota = c.CommitsPerHour
	commit, pull, err := c.Repo.Apply(ch, c.Now())
	if err != nil {
		return err
	}
	answer := map[string]any{
		"success":    true,
		"commitOid":  commit.OID,
		"commitUrl":  c.Page(c.Repo.ID(), "commit", commit.OID),
		"hookOutput": "",
	}
	if pull > 0 {
		answer["pullRequestUrl"] = c.Page(c.Repo.ID(), "discussions", strconv.Itoa(pull))
	}
	return c.JSON(answer)
}

// checkRegular refuses regular files that are too large or binary, and a card with errors.
func checkRegular(ops []store.Op) error {
	var large, binary []string
	for _, o := range ops {
		switch {
		case o.Kind != store.OpFile:
		case len(o.Data) > store.MaxRegular:
			large = append(large, o.Path)
		case git.LooksBinary(o.Data):
			binary = append(binary, o.Path)
		case o.Path == model.CardPath:
			if v := model.Judge(string(o.Data), ""); len(v.Errors) > 0 {
				return v.Refusal()
			}
		}
	}
	if len(large) > 0 {
		return store.TooLarge(large)
	}
	if len(binary) > 0 {
		return refusal.BadRequest("Your push was rejected because it contains binary files: %s. Send them through LFS.", strings.Join(binary, ", "))
	}
	return nil
}
