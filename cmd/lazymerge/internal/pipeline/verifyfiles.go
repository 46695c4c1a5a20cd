package pipeline

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// compareFiles compares what is published with what the lock lists.
func (v *Verdict) compareFiles(ctx context.Context, at *holder, locked *lock.Lock) error {
	listed := map[string]bool{lock.Name: true}
	for _, want := range locked.Files {
		listed[want.Path] = true
		if !at.has(want.Path) {
			v.differ("%s: it is not there any more", want.Path)
			continue
		}
		got, size, err := at.sum(ctx, want.Path)
		if err != nil {
			return err
		}
		switch {
		case got == want.SHA256 && size == want.Size:
		case want.Path == lock.Readme:
			v.edited = true
		default:
			v.differ("%s: it was changed since it was published", want.Path)
		}
	}
	for _, name := range at.Names() {
		switch {
		case listed[name]:
		case strings.HasSuffix(name, ".py"):
			v.differ("%s: loaders may run it, and the merge did not make it", name)
		case forLoaders(name):
			v.differ("%s: loaders read it, and the merge did not make it", name)
		case name != ".gitattributes":
			v.note("%s was added to the merge", name)
		}
	}
	if sum := locked.Sum(lock.Recipe); sum == "" || sum != locked.Config {
		v.differ("%s: it names another config than the one that is published", lock.Name)
	}
	return nil
}

// forLoaders tells whether a loader takes a file for the model's, by its name alone: weights in any form, settings, tokenizer,
// and an adapter, which transformers lays over the weights beside it. A GGUF file has to be asked for by name.
func forLoaders(name string) bool {
	if plan.Carries(name) && !plan.IsTerms(name) {
		return true
	}
	for _, pattern := range []string{
		"config.json", "*.safetensors", "*.index.json", "*.bin", "*.pt", "*.pth", "*.pkl", "*.pickle", "*.ckpt", "*.h5", "*.msgpack", "*.npz",
		"adapter_*", "params.json", "tokenizer*", "chat_template*", "*.jinja", "*config.json", "*.tiktoken",
	} {
		if ok, _ := path.Match(pattern, name); ok {
			return true
		}
	}
	return false
}

// compareMade makes the small files again, which costs no weights, and compares them with those that the lock lists. Words of lazymerge's
// own may be others in another version, so there what is of a source's is compared alone.
func (m *Merge) compareMade(ctx context.Context, v *Verdict, at *holder, locked *lock.Lock, sameVersion bool) error {
	var err error
	if m.known.Evaluation, err = readEvaluation(ctx, at, locked); err != nil {
		return err
	}
	m.known.Norm, m.known.Inherited = locked.Norm, locked.Inherited
	shards := map[string]bool{}
	sums := make([]string, len(m.Plan.Shards))
	listed := map[string]string{}
	for _, f := range locked.Files {
		listed[f.Path] = f.SHA256
	}
	for i, s := range m.Plan.Shards {
		shards[s.Name], sums[i] = true, listed[s.Name]
		if sums[i] == "" {
			v.differ("%s: the merge makes it, and the lock does not list it", s.Name)
		}
	}
	readme, err := m.compareCard(ctx, v, at, locked, sameVersion)
	if err != nil {
		return err
	}
	small, err := m.smallFiles(ctx, readme, sums)
	if err != nil {
		return err
	}
	made := map[string]bool{lock.Name: true}
	for _, f := range small {
		made[f.Path] = true
		got, ok := listed[f.Path]
		switch {
		case f.Path == lock.Name || ok && (f.Path == lock.Readme || got == lock.Sum(f.Data)):
		case plan.IsTerms(f.Path) && m.namedFolders():
			v.note("%s is not what the sources' repos give; one of them was a folder when it was made", f.Path)
		case !sameVersion && m.ours(f.Path):
			v.note("%s is in words of lazymerge %s, and is not compared", f.Path, locked.Tool)
		case !sameVersion && !ok && m.wordsOf(listed, f.Data):
		case !ok:
			v.differ("%s: the merge makes it, and the lock does not list it", f.Path)
		default:
			v.differ("%s: the merge gives another file", f.Path)
		}
	}
	for _, f := range locked.Files {
		switch {
		case made[f.Path] || shards[f.Path]:
		case plan.IsTerms(f.Path) && m.namedFolders():
			v.note("%s is not what the sources' repos give; one of them was a folder when it was made", f.Path)
		case !sameVersion && (m.ours(f.Path) || m.isCopied(f.SHA256)):
			v.note("%s is of lazymerge %s, and is not compared", f.Path, locked.Tool)
		default:
			v.differ("%s: the lock lists it, and the merge does not make it", f.Path)
		}
	}
	return nil
}

// ours tells whether the words of a file are lazymerge's, not a source's.
func (m *Merge) ours(name string) bool {
	return name == lock.Chart || lock.IsEvaluation(name) && name != lock.Evaluation || m.terms.Has(name) && !slices.Contains(m.terms.Copied, name)
}

// wordsOf tells whether some file on terms of use is listed that is text, under whatever name.
func (m *Merge) wordsOf(listed map[string]string, text []byte) bool {
	sum := lock.Sum(text)
	for name, s := range listed {
		if plan.IsTerms(name) && s == sum {
			return true
		}
	}
	return false
}

// isCopied tells whether a sum is that of a source's file on terms of use.
func (m *Merge) isCopied(sum string) bool {
	return slices.ContainsFunc(m.terms.Files, func(f source.SmallFile) bool {
		return slices.Contains(m.terms.Copied, f.Path) && lock.Sum(f.Data) == sum
	})
}

// compareCard makes the card again and returns it. One that was edited is somebody's own words, so it is a note, with what it claims
// otherwise. One that the lock vouches for has to be the merge's.
func (m *Merge) compareCard(ctx context.Context, v *Verdict, at *holder, locked *lock.Lock, sameVersion bool) ([]byte, error) {
	made, err := m.Card(at.Called, locked.Card.Revision)
	if err != nil {
		return nil, err
	}
	if !at.has(lock.Readme) {
		return made, nil // told already where the lock lists it
	}
	text, err := plan.ReadFile(ctx, at, lock.Readme, lock.MaxLock)
	if err != nil {
		return nil, err
	}
	claims := otherClaims(text, made)
	says := ""
	if claims != "" {
		says = "; " + claims
	}
	if v.edited {
		v.note("README.md was edited since it was published%s", says)
		return made, nil
	}
	if lock.Sum(text) == lock.Sum(made) {
		return made, nil
	}
	for _, name := range calledBy(text) { // which may be what it was called when it was made
		under, err := m.Card(name, locked.Card.Revision)
		if err != nil {
			return nil, err
		}
		if lock.Sum(text) == lock.Sum(under) {
			v.note("README.md calls it %s", name)
			return made, nil
		}
	}
	switch {
	case m.namedFolders():
		v.note("README.md is not what the sources' repos give; one of them was a folder when it was made%s", says)
	case claims != "" && sameVersion && locked.Card.Template == "":
		v.differ("README.md: %s", claims)
	case locked.Card.Template != "" && m.template == "":
		v.note("README.md was made from a template of its own, and is not compared%s", says)
	case !sameVersion:
		v.note("README.md is in words of lazymerge %s, and is not compared%s", locked.Tool, says)
	default:
		v.differ("README.md: the merge gives another card")
	}
	return made, nil
}

// otherClaims says what a card claims of licence, lineage and config otherwise than another; "" where they agree.
func otherClaims(text, made []byte) string { return claims(text, made, false) }

// contradictions is otherClaims of a card that may say less, as a person's does.
func contradictions(text, made []byte) string { return claims(text, made, true) }

func claims(text, made []byte, less bool) string {
	ours, _, err := card.FrontMatter(made)
	if err != nil {
		return ""
	}
	theirs, _, err := card.FrontMatter(text)
	if err != nil {
		return "its front matter cannot be read"
	}
	var words []string
	for _, key := range []string{"license", "license_name", "license_link", "base_model", "base_model_relation"} {
		a, b := slices.Clone(theirs.Strings(key)), slices.Clone(ours.Strings(key))
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) && !(less && len(a) == 0) {
			words = append(words, fmt.Sprintf("%s %s where the merge gives %s", key, say.OrNone(strings.Join(a, ", ")), say.OrNone(strings.Join(b, ", "))))
		}
	}
	says := ""
	if len(words) > 0 {
		says = "its front matter says " + strings.Join(words, ", and ")
	}
	config, err := card.Config(text)
	if merged, _ := card.Config(made); err != nil || sameLines(config, merged) {
		return says
	}
	return strings.TrimPrefix(says+", and its YAML is not the config of the merge", ", and ")
}

// compareSources compares the repos that the config names with those that the lock has pinned. A repo that was renamed
// answers to both names.
func (m *Merge) compareSources(ctx context.Context, v *Verdict) {
	s := m.setup
	for i, src := range m.Sources {
		pin := s.Pins[i]
		if note := src.NewName(); note != "" {
			v.note("%s", note)
		}
		if pin.Repo == "" || !names.IsRepo(src.Ref.Path) {
			continue
		}
		if names.IsCommit(src.Ref.Revision) && pin.Commit != "" && src.Ref.Revision != pin.Commit {
			v.differ("%s: %s is pinned to %.8s, and the config names %.8s", lock.Name, pin.Repo, pin.Commit, src.Ref.Revision)
		}
		if strings.EqualFold(src.Ref.Path, pin.Repo) {
			continue
		}
		info, err := s.Hub.Repo(ctx, src.Ref.Path)
		if err != nil || !strings.EqualFold(info.Name, pin.Repo) && info.Name != src.Renamed {
			v.differ("%s: it pins %s, and the config names %s", lock.Name, pin.Repo, src.Ref.Path)
		}
	}
}

// sameLines compares texts that an editor may have saved with other line ends, or without the blank ones around.
func sameLines(a, b []byte) bool {
	tidy := func(text []byte) string { return strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")) }
	return tidy(a) == tidy(b)
}
