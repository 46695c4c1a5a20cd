package hub

import (
	"errors"
	"strings"
)

// Reason is the text of err for a line that already says what was looked at: without the operation and the repo of an [Error].
func Reason(err error) string {
	if errors.Is(err, ErrOffline) {
		return ErrOffline.Error()
	}
	text := err.Error()
	if e, ok := errors.AsType[*Error](err); ok {
		before, after, found := strings.Cut(text, e.what()+": ")
		if found {
			return before + after
		}
	}
	return text
}

// Common names the cause of an error that all requests to a Hub have in common: a token that is not
// taken, a Hub that nobody answers for. It is "" for what concerns one repo.
func Common(err error) string {
	e, ok := errors.AsType[*Error](err)
	oidc, minting := errors.AsType[*OIDCError](err)
	switch {
	case minting:
		return oidc.Error()
	case errors.Is(err, ErrOffline):
		return ErrOffline.Error()
	case !ok:
		return ""
	case e.Status == 0 && e.Err != nil:
		return e.Err.Error()
	case errors.Is(err, ErrUnauthorized):
		return ErrUnauthorized.Error()
	}
	return ""
}
