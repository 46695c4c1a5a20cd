package target

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/hub"
)

// mayNot sorts err, which says that the token may not publish. A dry run continues with it as a note; an invalid token still ends
// the run.
func (h Hub) mayNot(err error) (note, refusal error) {
	if h.Dry && errors.Is(err, hub.ErrForbidden) {
		return err, nil
	}
	return nil, err
}

// AccessNote says that publishing takes another token than this dry run's; "" if it does not.
func (t Target) AccessNote() string {
	refusal, ok := fault.Find(t.NoAccess, fault.Target)
	if !ok {
		return ""
	}
	return "publishing takes another token: " + refusal.Reason()
}

// readOnly says why the token cannot write to repo.
func (h Hub) readOnly(ctx context.Context, repo string, account *hub.Account) error {
	from, advice := h.Client.TokenFrom, "use a token with write access to "+path.Dir(repo)+"/*"
	if account.Role == "read" {
		if h.Propose {
			advice = "use a write token, or a fine-grained one that may open pull requests (no write access to that repo needed)"
		}
		return Fault(repo, forbidden("the token from "+from+" is read-only"), advice)
	}
	if own := account.Name + "/" + path.Base(repo); own != repo {
		advice = h.Caller.Write("repo", own) + ", or " + advice
		if _, err := h.Client.Repo(ctx, repo); err == nil {
			advice = "propose it with " + h.Caller.Flag("create-pr") + ", " + advice
		}
	}
	return Fault(repo, forbidden(fmt.Sprintf("the token from %s belongs to %s and cannot write there", from, account.Name)), advice)
}

// checkKeyless refuses a target that a CI job's tokens are not for, or whose namespace only an account could complete.
func (h Hub) checkKeyless(repo string) error {
	oidc := h.Client.OIDC
	switch {
	case oidc == nil && !h.LookOnly:
		return nil
	case !strings.Contains(repo, "/"):
		return fault.Usagef("%s %s: write NAMESPACE/%s; the token belongs to no account", h.Caller.Flag("repo"), repo, repo)
	case oidc == nil || oidc.Resource == repo:
		return nil
	case !oidc.IsRepo():
		return Fault(repo, forbidden("the tokens of "+oidc.From()+" are read-only"), h.Caller.TargetToken())
	}
	return Fault(repo, forbidden("the tokens of "+oidc.From()+" are for that repo only"),
		"publish there, or name "+repo+" as the resource")
}

// whoAmI asks whose token it is. It returns nil without asking if a CI job makes the tokens, which belong to nobody, or
// if none is needed.
func (h Hub) whoAmI(ctx context.Context) (*hub.Account, error) {
	if h.LookOnly || h.Client.OIDC != nil {
		return nil, nil
	}
	return h.Client.WhoAmI(ctx)
}

// checkAbsent refuses a missing repo if it is not to be created.
func (h Hub) checkAbsent(t Target) error {
	switch {
	case t.Proposes():
		return Fault(t.Repo, fmt.Errorf("%w, and a pull request needs an existing repo", hub.ErrNotFound),
			"omit "+h.Caller.Flag("create-pr")+" to create it, or use an existing repo")
	case h.Client.OIDC != nil:
		return Fault(t.Repo, forbidden("it does not exist, and an OIDC token cannot create it"),
			"create it on the Hub, and add this workflow as a trusted publisher in its settings")
	}
	return nil
}

// checkAccess asks whether the token may write to t, or read it, which is enough to propose. A CI job's token is made for this.
func (h Hub) checkAccess(ctx context.Context, t Target) error {
	switch {
	case h.LookOnly || h.Client.OIDC != nil:
		return nil
	case t.Proposes():
		return wrap(t.Repo, h.Client.CheckRead(ctx, t.Repo))
	}
	return t.MayPropose(h.Caller, wrap(t.Repo, h.Client.CheckWrite(ctx, t.Repo)))
}

// MayPropose is err, with a way out if the token may not write to t.
func (t Target) MayPropose(c say.Caller, err error) error {
	refusal, ok := errors.AsType[*hub.Error](err)
	if !ok || t.Proposes() || !t.Exists || !errors.Is(err, hub.ErrForbidden) || refusal.Repo != t.Repo {
		return err
	}
	return Fault(t.Repo, refusal, refusal.Hint()+"; or open a pull request with "+c.Flag("create-pr"))
}

// forbidden is an ErrForbidden in other words.
type forbidden string

func (f forbidden) Error() string { return string(f) }

func (f forbidden) Is(target error) bool { return target == hub.ErrForbidden }
