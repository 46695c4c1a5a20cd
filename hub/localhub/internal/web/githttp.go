package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
)

// refuseGit answers the first request of git clone, fetch and push in the form in which git shows an
// error: a line of the pack protocol, after "fatal: remote error: ". It says the same of any name, so
// nothing is told of a private repo. The result is false for another request.
func (c *Call) refuseGit(path []string) bool {
	if n := len(path); n < 3 || !slices.Equal(path[n-2:], []string{"info", "refs"}) || c.R.Method != http.MethodGet {
		return false
	}
	name := strings.TrimSuffix(strings.Join(path[:len(path)-2], "/"), ".git")
	id, err := names.ParseRepoID(name)
	if err != nil {
		return false
	}
	service := c.R.URL.Query().Get("service")
	use, ok := map[string]string{"git-upload-pack": "hf download", "git-receive-pack": "hf upload"}[service]
	if !ok {
		return false
	}
	if id.Kind != "model" {
		use += " --repo-type " + id.Kind
	}
	message := fmt.Sprintf("this local Hub does not speak git; use HF_ENDPOINT=%s HF_HUB_DISABLE_XET=1 %s %s", c.Origin(), use, id.Name)
	line := "ERR " + message + "\n"
	c.W.Header().Set("Content-Type", "application/x-"+service+"-advertisement")
	c.W.Header().Set("Cache-Control", "no-cache")
	c.Send(http.StatusOK, fmt.Appendf(nil, "%04x%s", len(line)+4, line))
	return true
}
