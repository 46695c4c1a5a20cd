package pipeline

import (
	"context"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/hub"
)

// checkKeyless refuses a target that the tokens of a CI job are not for, or that only an account could name.
func (s *Setup) checkKeyless(repo string) error {
	oidc := s.TargetHub().OIDC
	switch {
	case oidc == nil && !s.LookOnly:
		return nil
	case !strings.Contains(repo, "/"):
		return fault.Usagef("%s %s: write NAMESPACE/%s, for there is no account that it could belong to", s.Caller.Flag("repo"), repo, repo)
	case oidc == nil || oidc.Resource == repo:
		return nil
	case !oidc.IsRepo():
		return targetFault(repo, forbidden("the tokens of "+oidc.From()+" may only read"),
			s.Caller.TargetToken())
	}
	return targetFault(repo, forbidden("the tokens of "+oidc.From()+" are for that repo alone"),
		"publish there, or name "+repo+" as the resource")
}

// whoAmI asks whom the target's token belongs to. It returns nil where that is no question: the tokens of a CI
// job belong to nobody, and a look needs none.
func (s *Setup) whoAmI(ctx context.Context) (*hub.Account, error) {
	if s.LookOnly || s.TargetHub().OIDC != nil {
		return nil, nil
	}
	return s.TargetHub().WhoAmI(ctx)
}

// absent is what FindTarget says of a repo that is not there: nothing, unless it cannot be created.
func (s *Setup) absent(t *Target) error {
	if s.TargetHub().OIDC == nil {
		return nil
	}
	return targetFault(t.Repo, forbidden("it does not exist, and a token without a stored secret cannot create it"),
		"create it on the Hub, and name this workflow as a trusted publisher in its settings")
}

// checkWrite asks whether the target's token may write to t. The token of a CI job is made for just that.
func (s *Setup) checkWrite(ctx context.Context, t *Target) error {
	if s.LookOnly || s.TargetHub().OIDC != nil {
		return nil
	}
	if err := s.TargetHub().CheckWrite(ctx, t.Repo); err != nil {
		return t.mayPropose(s.Caller, targetFault(t.Repo, err, ""))
	}
	return nil
}
