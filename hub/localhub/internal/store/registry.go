package store

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/depot"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/git"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
)

// A Registry knows every repo by its name, by its former names, and by its key. Its lock is
// taken before a repo's, never after.
type Registry struct {
	depot depot.Depot

	mu     sync.RWMutex
	byID   map[names.RepoID]*Repo // by folded id, as former
	former map[names.RepoID]*Repo
	byKey  map[string]*Repo
}

// OpenRegistry reads what the depot has. Repos whose making or deletion a crash cut short are
// swept out.
func OpenRegistry(d depot.Depot) (*Registry, error) {
	g := &Registry{
		depot:  d,
		byID:   make(map[names.RepoID]*Repo),
		former: make(map[names.RepoID]*Repo),
		byKey:  make(map[string]*Repo),
	}
	keys, err := d.List(reposFolder)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		r, err := openRepo(d, key)
		if errors.Is(err, fs.ErrNotExist) {
			if err := d.Remove(reposFolder + "/" + key); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("repo %s: %w", key, err)
		}
		if twin := g.byID[r.settings.ID().Folded()]; twin != nil {
			return nil, fmt.Errorf("repos %s and %s are both %s, where case makes no difference", twin.Key, key, r.settings.ID())
		}
		g.enter(r)
	}
	return g, nil
}

// enter makes r findable. The caller holds g.mu, or nobody else has g yet.
func (g *Registry) enter(r *Repo) {
	g.byKey[r.Key] = r
	g.byID[r.settings.ID().Folded()] = r
	for _, name := range r.settings.Formerly {
		g.former[names.RepoID{Kind: r.settings.Kind, Name: name}.Folded()] = r
	}
}

// Find returns the repo of that name as it is written, or nil.
func (g *Registry) Find(id names.RepoID) *Repo {
	if r := g.Named(id); r != nil && r.ID() == id {
		return r
	}
	return nil
}

// Named returns the repo of that name in any case, or nil.
func (g *Registry) Named(id names.RepoID) *Repo {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.byID[id.Folded()]
}

// Moved returns the repo that a name leads to and is not the name of, or nil: it had that name before
// it was moved, or has it in another case.
func (g *Registry) Moved(id names.RepoID) *Repo {
	if r := g.Named(id); r != nil {
		if r.ID() == id {
			return nil
		}
		return r
	}
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.former[id.Folded()]
}

// Keyed returns the repo with that key, or nil.
func (g *Registry) Keyed(key string) *Repo {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.byKey[key]
}

// All returns every repo in the order of ids.
func (g *Registry) All() []*Repo {
	g.mu.RLock()
	defer g.mu.RUnlock()
	ids := make([]names.RepoID, 0, len(g.byID))
	for id := range g.byID {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b names.RepoID) int { return strings.Compare(a.String(), b.String()) })
	repos := make([]*Repo, len(ids))
	for i, id := range ids {
		repos[i] = g.byID[id]
	}
	return repos
}

// ErrExists is a name that is taken.
var ErrExists = errors.New("a repo of that name exists")

// Create makes a repo whose main has one commit of .gitattributes and ops. The error is
// ErrExists, with the repo that is there, where the name is taken.
func (g *Registry) Create(s Settings, author string, ops []Op, now time.Time) (*Repo, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r := g.byID[s.ID().Folded()]; r != nil {
		return r, ErrExists
	}
	r := &Repo{Key: names.NewKey(), depot: g.depot, commits: make(map[string]*git.Commit)}
	first := append([]Op{{Kind: OpFile, Path: git.AttributesPath, Data: git.DefaultAttributes}}, ops...)
	c, err := r.root("initial commit", author, first, now)
	if err != nil {
		return nil, err
	}
	if err := g.forget(s.ID()); err != nil {
		return nil, err
	}
	s.Created = now.UTC().Truncate(time.Millisecond)
	s.Refs = map[string]string{names.BranchPrefix + names.DefaultBranch: c.OID}
	if err := r.Change(func(empty *Settings) { *empty = s }); err != nil {
		return nil, err
	}
	g.enter(r)
	return r, nil
}

// forget ends the redirect from a name that is taken anew. The caller holds g.mu.
func (g *Registry) forget(id names.RepoID) error {
	r := g.former[id.Folded()]
	if r == nil {
		return nil
	}
	delete(g.former, id.Folded())
	return r.Change(func(s *Settings) {
		s.Formerly = slices.DeleteFunc(s.Formerly, func(name string) bool { return strings.EqualFold(name, id.Name) })
	})
}

// Move gives r another name; the old one leads to it from then on.
func (g *Registry) Move(r *Repo, to names.RepoID) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	from := r.ID()
	if twin := g.byID[to.Folded()]; twin != nil && (twin != r || from == to) {
		return refusal.New(http.StatusConflict, "%s exists", to)
	}
	if err := g.forget(to); err != nil {
		return err
	}
	err := r.Change(func(s *Settings) {
		s.Name = to.Name
		if from.Folded() != to.Folded() {
			s.Formerly = append(s.Formerly, from.Name)
		}
	})
	if err != nil || from.Folded() == to.Folded() {
		return err
	}
	delete(g.byID, from.Folded())
	g.byID[to.Folded()] = r
	g.former[from.Folded()] = r
	return nil
}

// Remove forgets r and its bytes. repo.json goes first: without it the rest is rubbish, which
// the next start sweeps out where it cannot be removed now, as a file that is being read on
// Windows.
func (g *Registry) Remove(r *Repo) error {
	if err := g.strike(r); err != nil {
		return err
	}
	_ = g.depot.Remove(r.folder())
	return nil
}

// strike takes r off the list, here and in the depot.
func (g *Registry) strike(r *Repo) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gone {
		return errGone
	}
	if err := g.depot.Remove(r.folder() + "/repo.json"); err != nil {
		return err
	}
	r.gone = true
	delete(g.byID, r.settings.ID().Folded())
	delete(g.byKey, r.Key)
	for _, name := range r.settings.Formerly {
		delete(g.former, names.RepoID{Kind: r.settings.Kind, Name: name}.Folded())
	}
	return nil
}

// Locate splits a path into the id of a repo and the rest. The oldest models of the public
// Hub have one segment, all other repos two; where both could be meant, the repo that is
// there counts.
func (g *Registry) Locate(kind string, path []string, isAction func(string) bool) (names.RepoID, []string) {
	one := names.RepoID{Kind: kind, Name: path[0]}
	if len(path) == 1 {
		return one, nil
	}
	two := names.RepoID{Kind: kind, Name: path[0] + "/" + path[1]}
	if g.Find(two) == nil && g.Moved(two) == nil && g.Find(one) != nil && isAction(path[1]) {
		return one, path[1:]
	}
	return two, path[2:]
}

// At finds a repo and a revision of it; the error is fs.ErrNotExist where one is missing.
func (g *Registry) At(id, rev string) (*Repo, *git.Commit, error) {
	name, err := names.ParseRepoID(id)
	if err != nil {
		return nil, nil, err
	}
	r := g.Find(name)
	if r == nil {
		return nil, nil, fmt.Errorf("repo %s: %w", id, fs.ErrNotExist)
	}
	c, ok := r.Resolve(rev)
	if !ok {
		return nil, nil, fmt.Errorf("revision %q of %s: %w", rev, id, fs.ErrNotExist)
	}
	return r, c, nil
}
