package localhub

import (
	"fmt"
	"net/http"
)

// A refusal is an answer of 4xx or 5xx: what the Hub tells a client that it will not do.
type refusal struct {
	status  int
	code    string // X-Error-Code; "" where the Hub has none
	message string // X-Error-Message and the body, for people
	header  http.Header
	body    any // instead of {"error": message}
}

func (e *refusal) Error() string { return fmt.Sprintf("%d %s: %s", e.status, e.code, e.message) }

func refuse(status int, format string, args ...any) *refusal {
	return &refusal{status: status, message: fmt.Sprintf(format, args...)}
}

func badRequest(format string, args ...any) *refusal {
	return refuse(http.StatusBadRequest, format, args...)
}

// coded gives e one of the codes that clients act on.
func (e *refusal) coded(code string) *refusal {
	e.code = code
	return e
}

// The values of X-Error-Code.
const (
	codeRepoNotFound     = "RepoNotFound"
	codeRevisionNotFound = "RevisionNotFound"
	codeEntryNotFound    = "EntryNotFound"
	codeGatedRepo        = "GatedRepo"
)

func noRevision(rev string) *refusal {
	return refuse(http.StatusNotFound, "invalid rev id: %.200q", rev).coded(codeRevisionNotFound)
}

func noEntry(path string) *refusal {
	return refuse(http.StatusNotFound, "Entry not found: %.400q does not exist at this revision", path).coded(codeEntryNotFound)
}

// noRepo is what a repo that does not exist and one that l may not see have in common.
func noRepo(l *login) *refusal {
	if l == nil {
		return refuse(http.StatusUnauthorized, "Invalid username or password.").coded(codeRepoNotFound)
	}
	return refuse(http.StatusNotFound, "Repository not found").coded(codeRepoNotFound)
}

func unauthorized() *refusal {
	return refuse(http.StatusUnauthorized, "Invalid username or password.")
}
