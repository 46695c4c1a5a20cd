package localhub

import (
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/page"
)

// use is what works here for the caller: to publish under an account, or else to read.
func (c *call) use(repos []page.Listed) *page.Use {
	if c.options.Preview {
		return nil
	}
	endpoint := "export HF_ENDPOINT=" + c.origin()
	namespace := c.writer()
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
	case c.login != nil:
		use.Note = "The token that you have given may write to no namespace."
	case len(c.options.Publishers) > 0:
		use.Note = "Only its trusted publishers can write here."
	case len(c.logins) > 0:
		use.Note = "Its tokens may write to no namespace."
	}
	i := slices.IndexFunc(repos, func(r page.Listed) bool {
		kind, _, _ := strings.Cut(r.Namespace, "/")
		return !r.Private && !r.Gated && kinds[kind] == ""
	})
	if i >= 0 {
		use.Commands = append(use.Commands, "hf download "+strings.TrimPrefix(repos[i].Path, "/"))
	}
	return use
}

// writer is a namespace that the caller may write to, or, where nobody has logged in, the first to which some
// token may; "" is none.
func (c *call) writer() string {
	of := func(l *login) string {
		for _, namespace := range append([]string{l.name}, l.orgs...) {
			if l.mayWrite(namespace) {
				return namespace
			}
		}
		return ""
	}
	if c.login != nil {
		return of(c.login)
	}
	for _, u := range c.options.Users {
		for _, t := range u.Tokens {
			if namespace := of(&login{name: u.Name, orgs: u.Orgs, role: t.Role, writes: t.Writes}); namespace != "" {
				return namespace
			}
		}
	}
	return ""
}

// downloadCommand is how the hf client gets the files of the repo from this server at a revision.
func (c *call) downloadCommand(rev string) string {
	now := c.repo.current()
	lines := []string{"HF_ENDPOINT=" + c.origin()}
	if now.Private || now.Gate != Open {
		lines = append(lines, "HF_TOKEN=hf_...")
	}
	command := "hf download"
	if kind := now.id().kind; kind != "model" {
		command += " --repo-type " + kind
	}
	command += " " + now.Name
	if rev != defaultBranch {
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
