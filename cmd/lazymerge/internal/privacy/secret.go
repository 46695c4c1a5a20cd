// Package privacy looks at what a merge would tell others: tokens and passwords in what is published, names of folders and private repos,
// paths of this machine, and whether the names that take their place are true.
package privacy

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// tokens match what services give out as tokens, from its beginning on: the Hub's of users, organizations, apps and jobs, GitHub's,
// GitLab's, key ids of AWS, and those that begin as OpenAI's and Anthropic's do.
var tokens = regexp.MustCompile(`^(hf_(oauth_|jwt_)?[A-Za-z0-9]{20,}|api_org_[A-Za-z0-9]{20,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|sk-(proj|ant)-[\w-]{20,}|sk-[A-Za-z0-9]{24,}|glpat-[\w-]{20,}|AKIA[0-9A-Z]{16}\b)`)

// privateKey matches the first line of a private key in PEM (RFC 7468).
var privateKey = regexp.MustCompile(`-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----`)

// tokenStarts are how the texts that tokens matches begin. To look for them first makes the check of a tokenizer of many MB a
// matter of milliseconds.
var tokenStarts = []string{"hf_", "api_org_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "sk-", "glpat-", "AKIA"}

// maxToken is how much of a text is matched with tokens, in bytes. It is more than they ask for.
const maxToken = 64

// A secret is a place in a text that should not be published.
type secret struct {
	at   int    // bytes from the start of the text
	what string // it is, or looks like
	sure bool   // it is one of this run's own tokens
}

// Secrets looks for what must not be published: this run's own tokens and, unless they are accepted, what looks like a secret.
type Secrets struct {
	Clients []*hub.Client // whose tokens are this run's; a nil one has none
	Allow   bool          // what only looks like one
}

// find is the first secret in text; nil where there is none.
func (s Secrets) find(text []byte) *secret {
	for _, c := range s.Clients {
		if c == nil || c.Token == nil {
			continue
		}
		token := strings.TrimSpace(c.Token())
		if len(token) < 8 { // what people write where no token is needed, and might be any word
			continue
		}
		if i := bytes.Index(text, []byte(token)); i >= 0 {
			return &secret{i, "a token of this run", true}
		}
	}
	if s.Allow {
		return nil
	}
	if at := findToken(text); at >= 0 {
		return &secret{at, "a token", false}
	}
	if at := privateKey.FindIndex(text); at != nil {
		return &secret{at[0], "a private key", false}
	}
	if at := findPassword(text); at >= 0 {
		return &secret{at, "an address with a password", false}
	}
	return nil
}

// findToken is the place of the first token in text, or -1. One in the middle of a longer word is none, as in base64; a word has
// letters, digits, _ and, between those, -.
func findToken(text []byte) int {
	first := -1
	for _, start := range tokenStarts {
		for i := range indexes(text, start) {
			if first >= 0 && i > first {
				break
			}
			if inWord(text[:i]) {
				continue
			}
			found := tokens.Find(text[i:min(len(text), i+maxToken)])
			if found != nil && !sameLetters(found[max(len(start), len(found)-20):]) {
				first = i
				break
			}
		}
	}
	return first
}

// inWord tells whether what follows a text goes on with its last word.
func inWord(before []byte) bool {
	before = bytes.TrimRight(before, "-")
	return len(before) > 0 && isWord(before[len(before)-1])
}

func isWord(b byte) bool {
	return b == '_' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

// sameLetters tells whether a text is one letter again and again, as the x of an example.
func sameLetters(text []byte) bool {
	return len(bytes.Trim(text, string(text[:1]))) == 0
}

// indexes gives the places of all that equals part, in their order.
func indexes(text []byte, part string) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for from := 0; ; from += len(part) {
			i := bytes.Index(text[from:], []byte(part))
			if i < 0 || !yield(from+i) {
				return
			}
			from += i
		}
	}
}

// credentials match user and password of an address, from behind its "://" to the start of the host, in the letters that RFC 3986 allows there.
var credentials = regexp.MustCompile(`^[\w.~%!$&'()*+,;=-]*:([\w.~%!$&'()*+,;=:-]+)@[\w[]`)

// maxCredentials is how much of an address is matched with credentials, in bytes.
const maxCredentials = 512

// findPassword is the place of the first address with a password in text, user:password@, or -1.
func findPassword(text []byte) int {
	first := -1
	for _, slashes := range []string{"://", `:\/\/`} { // the second in some JSON
		for i := range indexes(text, slashes) {
			if first >= 0 && i > first {
				break
			}
			rest := text[i+len(slashes):]
			found := credentials.FindSubmatch(rest[:min(len(rest), maxCredentials)])
			if found == nil || i == 0 || !isWord(text[i-1]) || isExample(found[1]) {
				continue
			}
			for first = i; first > 0 && isWord(text[first-1]); {
				first--
			}
			break
		}
	}
	return first
}

// examples are the passwords in addresses of examples, without what is no letter.
var examples = strings.Fields("password passwd pass pwd pw secret token key apikey accesstoken yourpassword yourtoken mypassword mytoken")

var noLetters = regexp.MustCompile(`[^a-z]`)

// isExample tells whether a password only stands for one: a variable, a name of what belongs there, or one letter again and again.
func isExample(password []byte) bool {
	word := noLetters.ReplaceAllString(strings.ToLower(string(password)), "")
	return password[0] == '$' || string(password) == "%s" || slices.Contains(examples, word) && !bytes.ContainsAny(password, "0123456789") || sameLetters(password)
}

// position is the line and column of a place in text.
func position(text []byte, at int) recipe.Pos {
	before := text[:at]
	start := bytes.LastIndexByte(before, '\n') + 1
	return recipe.Pos{Line: 1 + bytes.Count(before, []byte("\n")), Col: 1 + utf8.RuneCount(before[start:])}
}

// InConfig refuses a config, called file, that holds a secret: it would be published with the merge. The secret itself is not repeated.
func (s Secrets) InConfig(file string, text []byte) *recipe.Fault {
	found := s.find(text)
	if found == nil {
		return nil
	}
	this, hint := "this looks like ", "take it out, revoke it, and give a new one in the environment, as HF_TOKEN"
	if found.sure {
		this = "this is "
	} else {
		hint += "; if it is no secret, add --allow-secrets"
	}
	return &recipe.Fault{File: file, Pos: position(text, found.at), Code: "secret", Message: this + found.what + ", and the config is published with the merge", Hint: hint}
}

// A Text is something that is published with a merge.
type Text struct {
	Name string     // as faults call it
	Pos  recipe.Pos // in the config, of the source that it comes from; zero for none
	Data []byte
}

// In refuses texts that hold a secret, and names each with the place. The secrets themselves are not repeated.
func (s Secrets) In(config string, texts ...Text) error {
	var errs []error
	for _, t := range texts {
		found := s.find(t.Data)
		if found == nil {
			continue
		}
		holds, hint := "holds what looks like ", "take it out of there and revoke it"
		if found.sure {
			holds = "holds "
		} else {
			hint += "; if it is no secret, add --allow-secrets"
		}
		at := position(t.Data, found.at)
		f := &recipe.Fault{Pos: t.Pos, Code: "secret", Hint: hint,
			Message: fmt.Sprintf("%s %s%s in line %d, column %d, and is published with the merge", t.Name, holds, found.what, at.Line, at.Col)}
		if t.Pos.Line > 0 {
			f.File = config
		}
		errs = append(errs, f)
	}
	return errors.Join(errs...)
}
