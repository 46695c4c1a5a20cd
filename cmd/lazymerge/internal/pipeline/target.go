package pipeline

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// A Target is the repo that a result is published to, as it was found.
type Target struct {
	Repo     string // namespace/name
	Revision string // branch
	Exists   bool
	Branch   bool // Revision exists
	Private  bool
	Parent   string   // tip of Revision; "" where the repo or the branch does not exist
	Files    []string // at Parent

	OwnCard     []byte       // its README.md where that says something and no merge of ours made it; nil otherwise
	Generated   string       // tool that made its README.md, where nobody has added to that; "" otherwise
	Gated       string       // "", "auto" or "manual"
	UsedStorage int64        // bytes, where the Hub tells
	Account     *hub.Account // of the token; nil where the Hub does not tell
	NoAccess    error        // in a dry run: why the token may not publish here; nil where it may, or nobody asked

	modes map[facet]hub.Mode // what its Hub has said of files so far

	Pull *pull // to Revision, which is main; nil where the result is a commit on it
}

// FindTarget looks at the repo that a push will publish to, and whether the token may write there. A
// repo without namespace belongs to the token's account. With replace, weights of another origin may be there.
func (s *Setup) FindTarget(ctx context.Context, repo, revision string, replace bool) (*Target, error) {
	t, err := s.findTarget(ctx, repo, revision, replace)
	if refusal, ok := fault.Find(err, fault.Target); ok && errors.Is(refusal.Err, hub.ErrUnauthorized) && s.Target != nil && s.Target.TokenFrom == "" {
		advised := *refusal
		advised.Advice = "set LAZYMERGE_TARGET_TOKEN, or give " + s.Caller.Flag("target-token") + ": the token of the sources is not sent to the target's Hub"
		err = &advised
	}
	return t, err
}

func (s *Setup) findTarget(ctx context.Context, repo, revision string, replace bool) (*Target, error) {
	t := &Target{Repo: repo, Revision: revision}
	if t.Revision == "" {
		t.Revision = "main"
	}
	if err := names.CheckBranch(s.Caller, t.Revision); err != nil {
		return nil, err
	}
	if s.Propose {
		if t.Revision != "main" {
			return nil, fault.Usagef("%s proposes to main, so it goes with no %s", s.Caller.Flag("create-pr"), s.Caller.Flag("revision"))
		}
		t.Pull = &pull{}
	}
	if err := s.checkKeyless(repo); err != nil {
		return nil, err
	}
	account, err := s.whoAmI(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case hub.Common(err) != "": // nobody answers, so there is no use in asking for the repo
		return nil, targetFault(repo, err, "")
	case err != nil && !strings.Contains(repo, "/"):
		return nil, targetFault(repo, err, s.Caller.Write("repo", "NAMESPACE/"+repo))
	case account != nil && !strings.Contains(repo, "/"):
		t.Repo = account.Name + "/" + repo
	}
	if !names.IsID(t.Repo) {
		return nil, fault.Usagef("%s %s is no repo id; %s", s.Caller.Flag("repo"), repo, names.IdForm)
	}
	t.Account = account
	if account != nil {
		if may, known := account.MayWrite(t.Repo); known && !may && (!t.proposes() || account.Role == "read") {
			if err := s.mayNot(t, s.readOnly(ctx, t.Repo, account)); err != nil {
				return nil, err
			}
		}
	}
	info, err := s.TargetHub().Repo(ctx, t.Repo)
	switch {
	case errors.Is(err, hub.ErrNotFound) && t.proposes():
		return nil, t.noRepo(s.Caller)
	case errors.Is(err, hub.ErrNotFound):
		return t, s.absent(t)
	case err != nil:
		return nil, targetFault(t.Repo, err, "")
	}
	t.Exists, t.Branch, t.Private, t.Parent, t.Files = true, true, info.Private, info.Commit, info.Siblings
	t.Gated, t.UsedStorage = info.Gated, info.UsedStorage
	if info.Disabled {
		return nil, targetFault(t.Repo, forbidden("the staff of the Hub has disabled it, and nothing can be committed"),
			"write to the Hub's support, or publish to another repo")
	}
	if t.Revision != "main" {
		info, err := s.TargetHub().RepoAt(ctx, t.Repo, t.Revision)
		switch {
		case err == nil:
			t.Parent, t.Files = info.Commit, info.Siblings
		case !errors.Is(err, hub.ErrNotFound):
			return nil, targetFault(t.Repo, err, "")
		default:
			t.Branch, t.Parent = false, "" // the branch is made from main, whose files it begins with
			if err := s.checkBranch(ctx, t); err != nil {
				return nil, err
			}
		}
	}
	mayChange := s.checkWrite
	if t.proposes() {
		mayChange = s.checkPull
	}
	if t.NoAccess == nil {
		if err := s.mayNot(t, mayChange(ctx, t)); err != nil {
			return nil, err
		}
	}
	if s.Publish != nil {
		err = t.checkVisibility(s.Caller, s.Publish.Private)
	}
	if !replace {
		err = errors.Join(err, t.checkOwner(s.Caller))
	}
	return t, err
}

// readOnly says why the token may not write to repo.
func (s *Setup) readOnly(ctx context.Context, repo string, account *hub.Account) error {
	from, advice := s.TargetHub().TokenFrom, "use a token with write access to "+path.Dir(repo)+"/*"
	if account.Role == "read" {
		if s.Propose {
			advice = "use a token with the role write, or a fine-grained one that may open pull requests; it need not be able to write to that repo"
		}
		return targetFault(repo, forbidden("the token from "+from+" may only read"), advice)
	}
	if own := account.Name + "/" + path.Base(repo); own != repo {
		advice = s.Caller.Write("repo", own) + ", or " + advice
		if _, err := s.TargetHub().Repo(ctx, repo); err == nil {
			advice = "propose it there with " + s.Caller.Flag("create-pr") + ", " + advice
		}
	}
	return targetFault(repo, forbidden(fmt.Sprintf("the token from %s belongs to %s and may not write there", from, account.Name)), advice)
}

// forbidden is an ErrForbidden in other words.
type forbidden string

func (f forbidden) Error() string { return string(f) }

// Is tells that f is an ErrForbidden.
func (f forbidden) Is(target error) bool { return target == hub.ErrForbidden }

// checkVisibility refuses to publish in the open what was meant to be private.
func (t *Target) checkVisibility(c say.Caller, private bool) error {
	if private && t.Exists && !t.Private {
		return targetFault(t.Repo, fmt.Errorf("it exists and is public, and %s makes only new repos private", c.Flag("private")),
			"make it private in its settings on the Hub, or publish to another repo")
	}
	return nil
}

// checkOwner refuses weights that no merge put there: they would be replaced without a trace. On a new branch
// they may be, for main keeps them.
func (t *Target) checkOwner(c say.Caller) error {
	if !t.Branch || slices.Contains(t.Files, lock.Name) || slices.Contains(t.Files, lock.Recipe) {
		return nil
	}
	for _, name := range t.Files {
		if isWeights(name) {
			advice := "publish to another repo, or to a new branch with " + c.Flag("revision") + "; --replace takes them out"
			if t.proposes() {
				advice = "propose it to another repo; --replace proposes to take them out"
			}
			return targetFault(t.Repo, fmt.Errorf("it holds weights that lazymerge did not make: %s", name), advice)
		}
	}
	return nil
}

// isWeights tells whether a file in the root of a repo is a model's weights or their index.
func isWeights(name string) bool {
	if strings.Contains(name, "/") {
		return false
	}
	for _, pattern := range []string{"*.safetensors", "*.safetensors.index.json", "pytorch_model*.bin", "pytorch_model*.bin.index.json", "*.gguf"} {
		if ok, _ := path.Match(pattern, name); ok {
			return true
		}
	}
	return false
}

// stale lists the files in the target that the new model does not have and that have to go. Scores and terms of use of the
// earlier merge are not the new one's. Of its weights loaders would read both: so go those that the earlier merge's lock names; without a lock, all that a loader
// would take for this model, for then mergekit made them or --replace was said. What else somebody has
// put there stays.
func (t *Target) stale(now []string, earlier *Earlier) []string {
	var out []string
	for _, name := range t.Files {
		switch {
		case slices.Contains(now, name):
		case (lock.IsEvaluation(name) || plan.IsTerms(name)) && earlier != nil && earlier.sum(name) != "":
			out = append(out, name)
		case !isWeights(name):
		case earlier != nil && earlier.sum(name) == "" && !strings.HasSuffix(name, ".index.json"):
		case earlier == nil && !isLoaded(name):
		default:
			out = append(out, name)
		}
	}
	return out
}

// isLoaded tells whether transformers reads a weight file as the model's own.
func isLoaded(name string) bool {
	for _, pattern := range []string{"model.safetensors", "model-*-of-*.safetensors", "*.index.json", "pytorch_model.bin", "pytorch_model-*-of-*.bin"} {
		if ok, _ := path.Match(pattern, name); ok {
			return true
		}
	}
	return false
}
