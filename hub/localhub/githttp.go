package localhub

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// refuseGit answers the first request of git clone, fetch and push in the form in which git shows an
// error: a line of the pack protocol, after "fatal: remote error: ". It says the same of any name, so
// nothing is told of a private repo. The result is false for another request.
func (c *call) refuseGit(path []string) bool {
	if n := len(path); n < 3 || !slices.Equal(path[n-2:], []string{"info", "refs"}) || c.r.Method != http.MethodGet {
		return false
	}
	name := strings.TrimSuffix(strings.Join(path[:len(path)-2], "/"), ".git")
	id, err := parseRepoID(name)
	if err != nil {
		return false
	}
	service := c.r.URL.Query().Get("service")
	use, ok := map[string]string{"git-upload-pack": "hf download", "git-receive-pack": "hf upload"}[service]
	if !ok {
		return false
	}
	if id.kind != "model" {
		use += " --repo-type " + id.kind
	}
	message := fmt.Sprintf("this local Hub does not speak git; use HF_ENDPOINT=%s HF_HUB_DISABLE_XET=1 %s %s", c.origin(), use, id.name)
	line := "ERR " + message + "\n"
	c.w.Header().Set("Content-Type", "application/x-"+service+"-advertisement")
	c.w.Header().Set("Cache-Control", "no-cache")
	c.send(http.StatusOK, fmt.Appendf(nil, "%04x%s", len(line)+4, line))
	return true
}
