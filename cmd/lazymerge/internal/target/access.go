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

// mayNot sorts err, which says that the token may not publish. A dry run needs no token that may: there it is returned as a note
// and the run goes on, while a token that nobody knows ends it as everything else.
func (h Hub) mayNot(err error) (note, refusal error) {
	if h.Dry && errors.Is(err, hub.ErrForbidden) {
		return err, nil
	}
	return nil, err
}

// AccessNote says that publishing takes another token than this dry run has; "" where it does not.
func (t Target) AccessNote() string {
	refusal, ok := fault.Find(t.NoAccess, fault.Target)
	if !ok {
		return ""
	}
	return "publishing takes another token: " + refusal.Reason()
}

// readOnly says why the token may not write to repo.
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

// checkKeyless refuses a target that the tokens of a CI job are not for, or that only an account could name.
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

// whoAmI asks whom the token belongs to. It returns nil where that is no question: the tokens of a CI
// job belong to nobody, and a look needs none.
func (h Hub) whoAmI(ctx context.Context) (*hub.Account, error) {
	if h.LookOnly || h.Client.OIDC != nil {
		return nil, nil
	}
	return h.Client.WhoAmI(ctx)
}

// absent is what Look says of a repo that is not there: nothing, unless it cannot be created.
func (h Hub) absent(repo string) error {
	if h.Client.OIDC == nil {
		return nil
	}
	return Fault(repo, forbidden("it does not exist, and an OIDC token cannot create it"),
		"create it on the Hub, and add this workflow as a trusted publisher in its settings")
}

// checkWrite asks whether the token may write to t. The token of a CI job is made for just that.
func (h Hub) checkWrite(ctx context.Context, t Target) error {
	if h.LookOnly || h.Client.OIDC != nil {
		return nil
	}
	if err := h.Client.CheckWrite(ctx, t.Repo); err != nil {
		return t.MayPropose(h.Caller, Fault(t.Repo, err, ""))
	}
	return nil
}

// checkPull looks at a repo that is to get a pull request. Who may read it may propose.
func (h Hub) checkPull(ctx context.Context, t Target) error {
	if h.LookOnly || h.Client.OIDC != nil {
		return nil
	}
	if err := h.Client.CheckRead(ctx, t.Repo); err != nil {
		return Fault(t.Repo, err, "")
	}
	return nil
}

// MayPropose is err, with the way out where it is that the token may not write to t.
func (t Target) MayPropose(c say.Caller, err error) error {
	refusal, ok := errors.AsType[*hub.Error](err)
	if !ok || t.Proposes() || !t.Exists || !errors.Is(err, hub.ErrForbidden) || refusal.Repo != t.Repo {
		return err
	}
	return Fault(t.Repo, refusal, refusal.Hint()+"; or open a pull request with "+c.Flag("create-pr"))
}

// noRepo says that there is nothing to make a pull request to.
func noRepo(c say.Caller, repo string) error {
	return Fault(repo, fmt.Errorf("%w, and a pull request needs an existing repo", hub.ErrNotFound),
		"leave "+c.Flag("create-pr")+" to create it, or use an existing repo")
}

// forbidden is an ErrForbidden in other words.
type forbidden string

func (f forbidden) Error() string { return string(f) }

// Is tells that f is an ErrForbidden.
func (f forbidden) Is(target error) bool { return target == hub.ErrForbidden }
