// Package privacy checks what a merge would publish: tokens and passwords, names of folders and private repos, paths on this machine, and
// whether the names given instead are true.
package privacy

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// tokens match tokens from their beginning: the Hub's for users, organizations, apps and jobs, GitHub's, GitLab's, AWS key ids, and those
// that begin like OpenAI's and Anthropic's.
var tokens = regexp.MustCompile(`^(hf_(oauth_|jwt_)?[A-Za-z0-9]{20,}|api_org_[A-Za-z0-9]{20,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|sk-(proj|ant)-[\w-]{20,}|sk-[A-Za-z0-9]{24,}|glpat-[\w-]{20,}|AKIA[0-9A-Z]{16}\b)`)

// privateKey matches the first line of a private key in PEM (RFC 7468).
var privateKey = regexp.MustCompile(`-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----`)

// tokenStarts are the beginnings of what tokens matches. Searching for them first checks a tokenizer of many MB in milliseconds.
var tokenStarts = []string{"hf_", "api_org_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "sk-", "glpat-", "AKIA"}

// maxToken is the length of text matched with tokens, in bytes. They need less.
const maxToken = 64

// A secret is a place in a text that should not be published.
type secret struct {
	at   int    // bytes from the start of the text
	what string // is there
	sure bool   // it is a token of this run
}

// Secrets finds what must not be published: this run's own tokens and, unless allowed, what looks like a secret.
type Secrets struct {
	Clients []*hub.Client // with this run's tokens; may be nil
	Allow   bool          // what only looks like a secret
}

// find is the first secret in text, or nil.
func (s Secrets) find(text []byte) *secret {
	for _, c := range s.Clients {
		if c == nil || c.Token == nil {
			continue
		}
		token := strings.TrimSpace(c.Token())
		if len(token) < 8 { // a placeholder, which might be any word
			continue
		}
		if i := bytes.Index(text, []byte(token)); i >= 0 {
			return &secret{i, "a token used by this run", true}
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

// findToken is the place of the first token in text, or -1. A match inside a longer word does not count, as in base64; a word has
// letters, digits, _ and, between those, -.
func findToken(text []byte) int {
	return first(text, tokenStarts, func(i int, start string) int {
		found := tokens.Find(text[i:min(len(text), i+maxToken)])
		if found == nil || inWord(text[:i]) || sameLetters(found[max(len(start), len(found)-20):]) {
			return -1
		}
		return i
	})
}

// first is the least of the places that match returns for occurrences of any part in text; -1 for no match. match returns no place
// after its occurrence.
func first(text []byte, parts []string, match func(i int, part string) int) int {
	least := -1
	for _, part := range parts {
		for from := 0; ; from += len(part) {
			i := bytes.Index(text[from:], []byte(part))
			if from += i; i < 0 || least >= 0 && from > least {
				break
			}
			if at := match(from, part); at >= 0 {
				least = at
				break
			}
		}
	}
	return least
}

// inWord reports whether a text ends within a word, so what follows may continue it.
func inWord(before []byte) bool {
	before = bytes.TrimRight(before, "-")
	return len(before) > 0 && isWord(before[len(before)-1])
}

func isWord(b byte) bool {
	return b == '_' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

// sameLetters reports whether a text is one repeated letter, like the x of an example.
func sameLetters(text []byte) bool {
	return len(bytes.Trim(text, string(text[:1]))) == 0
}

// credentials match user and password of an address, from after its "://" to the start of the host, in characters that RFC 3986 allows there.
var credentials = regexp.MustCompile(`^[\w.~%!$&'()*+,;=-]*:([\w.~%!$&'()*+,;=:-]+)@[\w[]`)

// maxCredentials is the length of an address matched with credentials, in bytes.
const maxCredentials = 512

// findPassword is the place of the first address with a password in text, user:password@, or -1.
func findPassword(text []byte) int {
	return first(text, []string{"://", `:\/\/`}, func(i int, slashes string) int { // the second in some JSON
		rest := text[i+len(slashes):]
		found := credentials.FindSubmatch(rest[:min(len(rest), maxCredentials)])
		if found == nil || i == 0 || !isWord(text[i-1]) || isExample(found[1]) {
			return -1
		}
		for i > 0 && isWord(text[i-1]) {
			i--
		}
		return i
	})
}

// examples are passwords in example addresses, letters only.
var examples = strings.Fields("password passwd pass pwd pw secret token key apikey accesstoken yourpassword yourtoken mypassword mytoken")

var noLetters = regexp.MustCompile(`[^a-z]`)

// isExample reports whether a password is a placeholder: a variable, a word for a password, or one repeated letter.
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

// words put is or like before what a secret is, and end the hint about it.
func (s secret) words(is, like string) (what, hint string) {
	if s.sure {
		return is + s.what, ""
	}
	return like + s.what, "; if it is not a secret, add --allow-secrets"
}

// InConfig refuses a config, called file, that contains a secret: it would be published with the merge. The secret itself is not repeated.
func (s Secrets) InConfig(file string, text []byte) *recipe.Fault {
	found := s.find(text)
	if found == nil {
		return nil
	}
	what, hint := found.words("this is ", "this looks like ")
	return &recipe.Fault{File: file, Pos: position(text, found.at), Code: "secret", Message: what + ", and the config is published with the merge",
		Hint: "remove it, revoke it, and put a new one in the environment, such as in HF_TOKEN" + hint}
}

// A Text is something that is published with a merge.
type Text struct {
	Name string     // in faults
	Pos  recipe.Pos // in the config, of the source that it comes from; zero for none
	Data []byte
}

// TextsOf are the texts of files, except the config, which [Secrets.InConfig] checks.
func TextsOf(files []source.SmallFile) []Text {
	var all []Text
	for _, f := range files {
		switch {
		case f.Path == lock.Recipe:
		case f.From == nil:
			all = append(all, Text{Name: f.Path, Data: f.Data})
		default:
			all = append(all, Text{f.Name + " of " + f.From.Ref.String(), f.From.Ref.Pos, f.Data})
		}
	}
	return all
}

// In refuses texts that contain a secret, and says where. The secrets themselves are not repeated.
func (s Secrets) In(config string, texts ...Text) error {
	var errs []error
	for _, t := range texts {
		found := s.find(t.Data)
		if found == nil {
			continue
		}
		what, hint := found.words("contains ", "contains what looks like ")
		at := position(t.Data, found.at)
		f := &recipe.Fault{Pos: t.Pos, Code: "secret", Hint: "remove and revoke it" + hint,
			Message: fmt.Sprintf("%s %s in line %d, column %d, and is published with the merge", t.Name, what, at.Line, at.Col)}
		if t.Pos.Line > 0 {
			f.File = config
		}
		errs = append(errs, f)
	}
	return errors.Join(errs...)
}
