package hub

import (
	"errors"
	"strings"
)

// Reason is the text of err without the operation and repo of an [Error], for a line that names them itself.
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

// Common names the cause of an error that would fail all requests to a Hub: a rejected token, an unreachable Hub. It is "" for
// an error about one repo.
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
