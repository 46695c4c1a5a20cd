package hub

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/hub/openfiles"
)

// What a caller may act on. With errors.Is, an [*Error] is one of them.
var (
	ErrNotFound     = errors.New("not found on the Hub") // a repo, revision or file, or a repo the token may not see
	ErrUnauthorized = errors.New("a valid token is needed")
	ErrGated        = errors.New("access to a gated repo is needed")
	ErrForbidden    = errors.New("the token is not allowed to do this")
	ErrConflict     = errors.New("the repo has changed in the meantime")
	ErrChanged      = errors.New("the file has changed since it was pinned")
	ErrOffline      = error(offline{})
	ErrUnchecked    = errors.New("the Hub could not check the card")
	ErrCard         = errors.New("the Hub rejects the model card")
	ErrRateLimited  = errors.New("too many requests")
	ErrNetwork      = errors.New("the Hub is unreachable or failing") // after all tries
	ErrAnswer       = errors.New("the server did not answer like a Hub")
	ErrUnsafePath   = errors.New("unsafe file name")
	ErrTransfer     = errors.New("the Hub requires an unsupported transfer")
)

// offline is the type of ErrOffline.
type offline struct{}

func (offline) Error() string { return "offline mode is on, so no request is made" }

// Hint says how to turn it off.
func (offline) Hint() string { return "unset HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE" }

// Error is a request that the Hub refused or that never reached it. It holds no header, body,
// token or signed URL, and is safe to print.
type Error struct {
	Op        string // what we were doing, for example "commit to"
	Repo      string // namespace/name; may be empty
	Method    string // HTTP method
	URL       string // without query; of storage only scheme and host
	Status    int    // HTTP status; 0 when no answer came
	Code      string // X-Error-Code, for example "GatedRepo"; often empty
	Message   string // the server's own words, cleaned; often empty
	RequestID string // what the Hub's support asks for; may be empty
	Storage   bool   // the answer came from storage behind a signed URL
	Tries     int    // how often the request was sent
	TokenFrom string // where the token came from; "" when none was sent
	Err       error  // the transport's error when Status is 0
	Advice    Advice // the words of Hint

	page     string // the repo's web page
	tokenOff bool   // none was sent because HF_HUB_DISABLE_IMPLICIT_TOKEN says so
	quota    string // of a 429: which quota is used up
}

// Error gives one line: operation, repo, reason, status and request id. Without a code of the Hub it adds the URL.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.what())
	b.WriteString(": ")
	b.WriteString(e.reason())
	var facts []string
	if e.Status != 0 {
		facts = append(facts, strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, e.Code)))
	}
	if e.Method != "" && e.URL != "" && (e.Code == "" || len(e.kinds()) == 0) { // of what a Hub refuses by its code, the rest says all
		facts = append(facts, e.Method+" "+e.URL)
	}
	if e.RequestID != "" {
		facts = append(facts, "request "+e.RequestID)
	}
	if len(facts) > 0 {
		fmt.Fprintf(&b, " (%s)", strings.Join(facts, ", "))
	}
	return b.String()
}

func (e *Error) what() string { return strings.TrimSpace(e.Op + " " + e.Repo) }

// reason says in a few words why it failed.
func (e *Error) reason() string {
	said := func(s string) string {
		if e.Message == "" {
			return s
		}
		return s + ": " + e.Message
	}
	tries := ""
	if e.Tries > 1 {
		tries = fmt.Sprintf(", %d times", e.Tries)
	}
	switch {
	case e.Status == 0 && e.Err != nil:
		return redact(e.Err.Error()) + tries
	case e.Storage:
		return said(fmt.Sprintf("Hub storage answered %d", e.Status) + tries)
	case e.Code == "GatedRepo" && e.TokenFrom == "":
		return "gated, but no token was sent"
	case e.Code == "GatedRepo":
		return "gated, and the token from " + e.TokenFrom + " has no access"
	case e.Code == "RepoNotFound":
		return "not found, or private"
	case e.Code == "RevisionNotFound":
		return "no such revision"
	case e.Code == "EntryNotFound":
		return "no such file"
	case e.Status == http.StatusUnauthorized && e.TokenFrom == "":
		return "this needs a token, but none was sent" // the Hub would talk of a failed login
	case e.Status == http.StatusUnauthorized:
		return said("the token from " + e.TokenFrom + " was rejected")
	case e.disabled():
		return "disabled by Hub staff"
	case e.Status == http.StatusForbidden:
		return said("not allowed")
	case e.Status == http.StatusPaymentRequired:
		return said("not covered by the account's plan or storage")
	case e.Status == http.StatusNotFound:
		return said("not found")
	case e.Status == http.StatusConflict || e.Status == http.StatusPreconditionFailed:
		return said("it has changed in the meantime")
	case e.Status == http.StatusTooManyRequests && e.quota != "":
		return "too many requests: " + e.quota + tries
	case e.Status == http.StatusTooManyRequests:
		return said("too many requests" + tries)
	}
	return said(fmt.Sprintf("the Hub answered %d", e.Status) + tries)
}

func (e *Error) disabled() bool {
	return e.Status == http.StatusForbidden && strings.Contains(strings.ToLower(e.Message), "disabled")
}

// Is maps status and code to the Err variables. Storage does not check tokens, so its answers are
// never access errors.
func (e *Error) Is(target error) bool { return slices.Contains(e.kinds(), target) }

func (e *Error) kinds() []error {
	switch {
	case openfiles.Is(e.Err): // it is this machine's
		return nil
	case e.Status == 0, e.Status == http.StatusRequestTimeout, e.Status >= 500:
		return []error{ErrNetwork}
	case e.Status == http.StatusTooManyRequests:
		return []error{ErrRateLimited}
	case e.Storage:
		return nil
	case e.Code == "GatedRepo":
		return []error{ErrGated}
	case e.Code == "RepoNotFound", e.Code == "RevisionNotFound", e.Code == "EntryNotFound":
		return []error{ErrNotFound}
	}
	switch e.Status {
	case http.StatusUnauthorized:
		return []error{ErrUnauthorized}
	case http.StatusPaymentRequired, http.StatusForbidden, http.StatusUnavailableForLegalReasons:
		return []error{ErrForbidden}
	case http.StatusNotFound, http.StatusGone:
		return []error{ErrNotFound}
	case http.StatusConflict, http.StatusPreconditionFailed:
		return []error{ErrConflict}
	}
	return nil
}

// Unwrap returns the transport's error, so that errors.Is finds context.Canceled and the like.
func (e *Error) Unwrap() error { return e.Err }

// Hint says in a few words what a person can do; "" for nothing.
func (e *Error) Hint() string {
	login, again, page := e.Advice.login(e.tokenOff), e.Advice.again(), cmp.Or(e.page, "the repo's page")
	switch {
	case e.Status == 0:
		return networkHint(e.Err, again)
	case e.Status == http.StatusTooManyRequests && e.TokenFrom == "":
		return "wait a few minutes, or use a token for a larger quota of your own"
	case e.Status == http.StatusTooManyRequests:
		return "wait a few minutes, then " + again
	case e.Status >= 500 || e.Status == http.StatusRequestTimeout || e.Storage:
		return again + " in a few minutes"
	case e.Code == "GatedRepo" && e.TokenFrom == "":
		return "accept the terms on " + page + ", then " + login
	case e.Code == "GatedRepo":
		return "accept the terms on " + page + " with that token's account, then " + again
	case e.Code == "RepoNotFound" && e.TokenFrom == "":
		return "check the spelling; a private repo needs a token: " + login
	case e.Code == "RepoNotFound":
		return "check the spelling, or replace the token from " + e.TokenFrom + " with one that can read it"
	case e.Code == "RevisionNotFound":
		return "see the branches and tags on " + page
	case e.Code == "EntryNotFound":
		return "see the files on " + page
	case e.Status == http.StatusUnauthorized && e.TokenFrom == "":
		return login
	case e.Status == http.StatusUnauthorized:
		return "replace it: it may be mistyped, expired or revoked"
	case e.disabled():
		return "contact Hub support, or use another repo"
	case e.Status == http.StatusForbidden && e.TokenFrom == "":
		return login
	case e.Status == http.StatusForbidden:
		return "replace the token from " + e.TokenFrom + " with one that may do this, or ask the repo's owner"
	case e.Status == http.StatusConflict || e.Status == http.StatusPreconditionFailed:
		return "check the latest commit on " + page + ", then " + again
	case e.Status == http.StatusProxyAuthRequired:
		return proxyHint
	case e.Status == http.StatusRequestEntityTooLarge:
		return "make the small files smaller: outside large file storage, they are too much for one commit"
	}
	return ""
}
