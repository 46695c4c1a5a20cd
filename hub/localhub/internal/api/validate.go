package api

import (
	"github.com/lazymerge/lazymerge/hub/localhub/internal/model"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/web"
)

// validateYAML judges a card that a client is about to commit. Its answer is JSON whatever
// happens, for the Python client reads it before it looks at the status.
func validateYAML(c *call) error {
	var body struct {
		Content  string `json:"content"`
		RepoType string `json:"repoType"`
	}
	if err := c.DecodeUpTo(c.Fit(web.MaxFilesJSON), &body); err != nil {
		return err
	}
	v := model.Judge(body.Content, body.RepoType)
	if len(v.Errors) > 0 {
		return v.Refusal()
	}
	return c.JSON(v)
}
