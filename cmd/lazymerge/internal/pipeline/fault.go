package pipeline

import (
	"errors"
	"strings"

	"github.com/lazymerge/lazymerge/hub"
)

// besides is the text of err for a line that already says what was looked at.
func besides(err error) string {
	if errors.Is(err, hub.ErrOffline) {
		return hub.ErrOffline.Error()
	}
	text := err.Error()
	if e, ok := errors.AsType[*hub.Error](err); ok {
		before, after, found := strings.Cut(text, strings.TrimSpace(e.Op+" "+e.Repo)+": ")
		if found {
			return before + after
		}
	}
	return text
}

// hintOf is what err tells to do, or "".
func hintOf(err error) string {
	if errors.Is(err, hub.ErrOffline) {
		return "unset HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE"
	}
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		return h.Hint()
	}
	return ""
}

// general names the cause of an error that all requests to the Hub have in common: a token that is not
// taken, a Hub that nobody answers for. It is "" for what concerns one repo.
func general(err error) string {
	e, ok := errors.AsType[*hub.Error](err)
	oidc, minting := errors.AsType[*hub.OIDCError](err)
	switch {
	case minting:
		return oidc.Error()
	case errors.Is(err, hub.ErrOffline):
		return hub.ErrOffline.Error()
	case !ok:
		return ""
	case e.Status == 0 && e.Err != nil:
		return e.Err.Error()
	case errors.Is(err, hub.ErrUnauthorized):
		return hub.ErrUnauthorized.Error()
	}
	return ""
}

// withoutEchoes takes joined errors apart and keeps the first of those that have one general cause.
func withoutEchoes(errs []error) []error {
	var out []error
	heard := map[string]bool{}
	for _, err := range flat(errs) {
		if cause := general(err); cause != "" {
			if heard[cause] {
				continue
			}
			heard[cause] = true
		}
		out = append(out, err)
	}
	return out
}

// flat takes apart what errors.Join has joined, and only that.
func flat(errs []error) []error {
	var out []error
	for _, err := range errs {
		if parts, ok := err.(interface{ Unwrap() []error }); ok {
			if joined := errors.Join(parts.Unwrap()...); joined != nil && joined.Error() == err.Error() {
				out = append(out, flat(parts.Unwrap())...)
				continue
			}
		}
		out = append(out, err)
	}
	return out
}
