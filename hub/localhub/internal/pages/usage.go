package pages

import (
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/page"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
)

// use is what works here for the caller: to publish under an account, or else to read.
func (c *call) use(repos []page.Listed) *page.Use {
	if c.Preview {
		return nil
	}
	endpoint := "export HF_ENDPOINT=" + c.Origin()
	namespace := c.Accounts.Writer()
	if c.Login != nil {
		namespace = c.Login.Writer()
	}
	if namespace != "" {
		return &page.Use{
			Note: "Replace hf_... by a token that may write to " + namespace + "/.",
			Commands: []string{
				endpoint,
				"export HF_TOKEN=hf_...",
				"lazymerge push merge.yaml --repo " + namespace + "/name",
				"HF_HUB_DISABLE_XET=1 hf upload " + namespace + "/name ./folder",
			},
		}
	}
	use := &page.Use{Note: "Nobody can write here, as it was started without a token.", Commands: []string{endpoint}}
	switch {
	case c.Login != nil:
		use.Note = "The token that you have given may write to no namespace."
	case len(c.Accounts.Publishers) > 0:
		use.Note = "Only its trusted publishers can write here."
	case c.Accounts.Any():
		use.Note = "Its tokens may write to no namespace."
	}
	i := slices.IndexFunc(repos, func(r page.Listed) bool {
		kind, _, _ := strings.Cut(r.Namespace, "/")
		return !r.Private && !r.Gated && names.Kinds[kind] == ""
	})
	if i >= 0 {
		use.Commands = append(use.Commands, "hf download "+strings.TrimPrefix(repos[i].Path, "/"))
	}
	return use
}

// downloadCommand is how the hf client gets the files of the repo from this server at a revision.
func (c *call) downloadCommand(rev string) string {
	now := c.Repo.Current()
	lines := []string{"HF_ENDPOINT=" + c.Origin()}
	if now.Private || now.Gate != store.Open {
		lines = append(lines, "HF_TOKEN=hf_...")
	}
	command := "hf download"
	if kind := now.ID().Kind; kind != "model" {
		command += " --repo-type " + kind
	}
	command += " " + now.Name
	if rev != names.DefaultBranch {
		command += " --revision " + shellWord(rev)
	}
	return strings.Join(append(lines, command), " \\\n  ")
}

// shellWord quotes s for a POSIX shell where it has other signs than those of usual names.
func shellWord(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
