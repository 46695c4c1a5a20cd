package localhub

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// A registry knows every repo by its name, by its former names, and by its key. Its lock is
// taken before a repo's, never after.
type registry struct {
	depot depot

	mu     sync.RWMutex
	byID   map[repoID]*repo // by folded id, as former
	former map[repoID]*repo
	byKey  map[string]*repo
}

// folded is what the ids of one repo have in common: names that differ in case alone are one.
func (id repoID) folded() repoID { return repoID{id.kind, strings.ToLower(id.name)} }

// openRegistry reads what the depot has. Repos whose making or deletion a crash cut short are
// swept out.
func openRegistry(d depot) (*registry, error) {
	g := &registry{
		depot:  d,
		byID:   make(map[repoID]*repo),
		former: make(map[repoID]*repo),
		byKey:  make(map[string]*repo),
	}
	keys, err := d.list(reposFolder)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		r, err := openRepo(d, key)
		if errors.Is(err, fs.ErrNotExist) {
			if err := d.remove(reposFolder + "/" + key); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("repo %s: %w", key, err)
		}
		if twin := g.byID[r.settings.id().folded()]; twin != nil {
			return nil, fmt.Errorf("repos %s and %s are both %s, where case makes no difference", twin.key, key, r.settings.id())
		}
		g.enter(r)
	}
	return g, nil
}

// enter makes r findable. The caller holds g.mu, or nobody else has g yet.
func (g *registry) enter(r *repo) {
	g.byKey[r.key] = r
	g.byID[r.settings.id().folded()] = r
	for _, name := range r.settings.Formerly {
		g.former[repoID{r.settings.Kind, name}.folded()] = r
	}
}

// find returns the repo of that name as it is written, or nil.
func (g *registry) find(id repoID) *repo {
	if r := g.named(id); r != nil && r.id() == id {
		return r
	}
	return nil
}

// named returns the repo of that name in any case, or nil.
func (g *registry) named(id repoID) *repo {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.byID[id.folded()]
}

// moved returns the repo that a name leads to and is not the name of, or nil: it had that name before
// it was moved, or has it in another case.
func (g *registry) moved(id repoID) *repo {
	if r := g.named(id); r != nil {
		if r.id() == id {
			return nil
		}
		return r
	}
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.former[id.folded()]
}

// keyed returns the repo with that key, or nil.
func (g *registry) keyed(key string) *repo {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.byKey[key]
}

// all returns every repo in the order of ids.
func (g *registry) all() []*repo {
	g.mu.RLock()
	defer g.mu.RUnlock()
	ids := make([]repoID, 0, len(g.byID))
	for id := range g.byID {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b repoID) int { return strings.Compare(a.String(), b.String()) })
	repos := make([]*repo, len(ids))
	for i, id := range ids {
		repos[i] = g.byID[id]
	}
	return repos
}

// errExists is a name that is taken.
var errExists = errors.New("a repo of that name exists")

// create makes a repo whose main has one commit of .gitattributes and ops. The error is
// errExists, with the repo that is there, where the name is taken.
func (g *registry) create(s settings, author string, ops []op, now time.Time) (*repo, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r := g.byID[s.id().folded()]; r != nil {
		return r, errExists
	}
	r := &repo{key: newKey(), depot: g.depot, commits: make(map[string]*Commit)}
	first := append([]op{{kind: opFile, path: attributesPath, data: defaultAttributes}}, ops...)
	c, err := r.root("initial commit", author, first, now)
	if err != nil {
		return nil, err
	}
	if err := g.forget(s.id()); err != nil {
		return nil, err
	}
	s.Created = now.UTC().Truncate(time.Millisecond)
	s.Refs = map[string]string{branchPrefix + defaultBranch: c.OID}
	if err := r.change(func(empty *settings) { *empty = s }); err != nil {
		return nil, err
	}
	g.enter(r)
	return r, nil
}

// forget ends the redirect from a name that is taken anew. The caller holds g.mu.
func (g *registry) forget(id repoID) error {
	r := g.former[id.folded()]
	if r == nil {
		return nil
	}
	delete(g.former, id.folded())
	return r.change(func(s *settings) {
		s.Formerly = slices.DeleteFunc(s.Formerly, func(name string) bool { return strings.EqualFold(name, id.name) })
	})
}

// move gives r another name; the old one leads to it from then on.
func (g *registry) move(r *repo, to repoID) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	from := r.id()
	if twin := g.byID[to.folded()]; twin != nil && (twin != r || from == to) {
		return refuse(http.StatusConflict, "%s exists", to)
	}
	if err := g.forget(to); err != nil {
		return err
	}
	err := r.change(func(s *settings) {
		s.Name = to.name
		if from.folded() != to.folded() {
			s.Formerly = append(s.Formerly, from.name)
		}
	})
	if err != nil || from.folded() == to.folded() {
		return err
	}
	delete(g.byID, from.folded())
	g.byID[to.folded()] = r
	g.former[from.folded()] = r
	return nil
}

// remove forgets r and its bytes. repo.json goes first: without it the rest is rubbish, which
// the next start sweeps out where it cannot be removed now, as a file that is being read on
// Windows.
func (g *registry) remove(r *repo) error {
	if err := g.strike(r); err != nil {
		return err
	}
	_ = g.depot.remove(r.folder())
	return nil
}

// strike takes r off the list, here and in the depot.
func (g *registry) strike(r *repo) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gone {
		return errGone
	}
	if err := g.depot.remove(r.folder() + "/repo.json"); err != nil {
		return err
	}
	r.gone = true
	delete(g.byID, r.settings.id().folded())
	delete(g.byKey, r.key)
	for _, name := range r.settings.Formerly {
		delete(g.former, repoID{r.settings.Kind, name}.folded())
	}
	return nil
}

// newKey has the form of the public Hub's ids.
func newKey() string {
	b := make([]byte, 12)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
