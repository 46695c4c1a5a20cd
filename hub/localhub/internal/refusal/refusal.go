// Package refusal has the errors that a client is told: those of the API, in JSON with codes, and those of storage, in XML.
package refusal

import (
	"fmt"
	"net/http"
)

// A Refusal is an answer of 4xx or 5xx: what the Hub tells a client that it will not do.
type Refusal struct {
	Status  int
	Code    string // X-Error-Code; "" where the Hub has none
	Message string // X-Error-Message and the body, for people
	Header  http.Header
	Body    any // instead of {"error": message}
}

func (e *Refusal) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Message) }

// New is a refusal with a status and a message.
func New(status int, format string, args ...any) *Refusal {
	return &Refusal{Status: status, Message: fmt.Sprintf(format, args...)}
}

// BadRequest is a refusal of what makes no sense: 400.
func BadRequest(format string, args ...any) *Refusal {
	return New(http.StatusBadRequest, format, args...)
}

// Coded gives e one of the codes that clients act on.
func (e *Refusal) Coded(code string) *Refusal {
	e.Code = code
	return e
}

// The values of X-Error-Code.
const (
	CodeRepoNotFound     = "RepoNotFound"
	CodeRevisionNotFound = "RevisionNotFound"
	CodeEntryNotFound    = "EntryNotFound"
	CodeGatedRepo        = "GatedRepo"
)

// NoRevision is a revision that is not there.
func NoRevision(rev string) *Refusal {
	return New(http.StatusNotFound, "invalid rev id: %.200q", rev).Coded(CodeRevisionNotFound)
}

// NoEntry is a file or folder that is not there.
func NoEntry(path string) *Refusal {
	return New(http.StatusNotFound, "Entry not found: %.400q does not exist at this revision", path).Coded(CodeEntryNotFound)
}

// NoRepo is what a repo that does not exist and one that the caller may not see have in common.
func NoRepo(anonymous bool) *Refusal {
	if anonymous {
		return New(http.StatusUnauthorized, "Invalid username or password.").Coded(CodeRepoNotFound)
	}
	return New(http.StatusNotFound, "Repository not found").Coded(CodeRepoNotFound)
}

// Unauthorized asks for a token.
func Unauthorized() *Refusal {
	return New(http.StatusUnauthorized, "Invalid username or password.")
}

// NotFound is a path that leads nowhere.
func NotFound() *Refusal {
	return New(http.StatusNotFound, "there is no such page")
}

// NoDiscussion is a discussion that is not there.
func NoDiscussion(num int) *Refusal {
	return New(http.StatusNotFound, "there is no discussion %d", num)
}
