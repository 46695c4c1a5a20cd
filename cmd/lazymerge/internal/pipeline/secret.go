package pipeline

import (
	"bytes"
	"regexp"
	"unicode/utf8"

	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// secrets match what services give out as tokens: the Hub's of users, organisations, apps and jobs, GitHub's, and those that
// begin as OpenAI's and Anthropic's do.
var secrets = regexp.MustCompile(`\b(hf_(oauth_|jwt_)?[A-Za-z0-9]{20,}|api_org_[A-Za-z0-9]{20,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|sk-(proj|ant)-[\w-]{20,}|sk-[A-Za-z0-9]{24,})`)

// noSecrets refuses a config that holds a token, of this run or by its looks: it would be published with the merge. The token
// itself is not repeated.
func (s *Setup) noSecrets(text []byte) *recipe.Fault {
	at := -1
	if found := secrets.FindIndex(text); found != nil {
		at = found[0]
	}
	for _, c := range []*hub.Client{s.Hub, s.Target} {
		if c == nil || c.Token == nil || c.Token() == "" {
			continue
		}
		if i := bytes.Index(text, []byte(c.Token())); i >= 0 && (at < 0 || i < at) {
			at = i
		}
	}
	if at < 0 {
		return nil
	}
	before := text[:at]
	start := bytes.LastIndexByte(before, '\n') + 1
	pos := recipe.Pos{Line: 1 + bytes.Count(before, []byte("\n")), Col: 1 + utf8.RuneCount(before[start:])}
	return &recipe.Fault{File: s.name(), Pos: pos, Code: "secret", Message: "this looks like a token, and the config is published with the merge",
		Hint: "take it out, revoke it, and give a new one in the environment, as HF_TOKEN"}
}
