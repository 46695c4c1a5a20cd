// Package store keeps repos: their commits and refs, their settings, discussions and pull requests. It knows who made
// a change, and not who may.
package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"sync"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/depot"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/git"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
)

// A Repo is one repo's history. What a depot has of it, below repos/<key>:
//
//	repo.json          settings and refs; written last, so a change happens when it is renamed
//	commits/<id>.json  and trees/<id>.json
//	blobs/<id>         contents of regular files, by git id
//	lfs/<sha256>       contents of LFS files
//
// All but repo.json is named by its content and never changes.
type Repo struct {
	Key   string // 24 hexadecimal digits that stay the same for ever, the _id of the API
	depot depot.Depot

	mu       sync.RWMutex
	settings Settings
	commits  map[string]*git.Commit
	trees    treeCache
	landed   []time.Time // commits of the last hour, for the quota
	gone     bool        // deleted; a request that still holds it must not bring it back
}

// Settings are what can be changed of a repo.
type Settings struct {
	Kind     string            `json:"kind"`
	Name     string            `json:"name"`
	Private  bool              `json:"private,omitempty"`
	Gate     Gate              `json:"gated,omitempty"`
	Allowed  []string          `json:"allowed,omitempty"` // users let in beyond those of the namespace
	Created  time.Time         `json:"created"`
	Refs     map[string]string `json:"refs"`               // commit by full ref name
	Formerly []string          `json:"formerly,omitempty"` // names that lead here since a move

	Discussions []Discussion `json:"discussions,omitempty"` // in the order of their numbers
}

// ID is the repo's id.
func (s Settings) ID() names.RepoID { return names.RepoID{Kind: s.Kind, Name: s.Name} }

// clone shares nothing with s that either could change.
func (s Settings) clone() Settings {
	s.Refs = maps.Clone(s.Refs)
	s.Allowed = slices.Clone(s.Allowed)
	s.Formerly = slices.Clone(s.Formerly)
	s.Discussions = slices.Clone(s.Discussions)
	for i := range s.Discussions {
		// An append must not reach what another copy has.
		s.Discussions[i].Events = slices.Clip(s.Discussions[i].Events)
	}
	return s
}

const reposFolder = "repos"

func (r *Repo) folder() string             { return path.Join(reposFolder, r.Key) }
func (r *Repo) blobName(oid string) string { return path.Join(r.folder(), "blobs", oid) }
func (r *Repo) lfsName(oid string) string  { return path.Join(r.folder(), "lfs", oid) }

// openRepo reads back what a depot has under key. The error is fs.ErrNotExist where the
// repo's creation or deletion was cut short.
func openRepo(d depot.Depot, key string) (*Repo, error) {
	r := &Repo{Key: key, depot: d, commits: make(map[string]*git.Commit)}
	if err := r.load("repo.json", &r.settings); err != nil {
		return nil, err
	}
	if _, err := names.ParseRepoID(r.settings.ID().String()); err != nil {
		return nil, err
	}
	names, err := d.List(path.Join(r.folder(), "commits"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		var c git.Commit
		if err := r.load(path.Join("commits", name), &c); err != nil {
			return nil, fmt.Errorf("commit %s: %w", name, err)
		}
		if c.OID != c.Hash() || name != c.OID+".json" {
			return nil, fmt.Errorf("commit %s does not have the content that its id names", name)
		}
		r.commits[c.OID] = &c
	}
	for ref, oid := range r.settings.Refs {
		for oid != "" {
			c := r.commits[oid]
			if c == nil {
				return nil, fmt.Errorf("%s leads to commit %s, which is not there", ref, oid)
			}
			oid = c.Parent
		}
	}
	return r, nil
}

func (r *Repo) load(name string, v any) error {
	c, err := r.depot.Content(path.Join(r.folder(), name))
	if err != nil {
		return err
	}
	data, err := c.Read()
	if err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

func (r *Repo) save(name string, v any) error {
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	return r.depot.Write(path.Join(r.folder(), name), data)
}

// Current returns the settings as they are now.
func (r *Repo) Current() Settings {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.settings.clone()
}

// ID is the repo's id, which a move changes.
func (r *Repo) ID() names.RepoID {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.settings.ID()
}

// update changes the settings through edit and keeps them. The caller holds r.mu. Where
// keeping them fails, nothing has changed.
func (r *Repo) update(edit func(*Settings)) error {
	if r.gone {
		return errGone
	}
	s := r.settings.clone()
	edit(&s)
	if err := r.save("repo.json", s); err != nil {
		return err
	}
	r.settings = s
	return nil
}

// errGone is a repo that was deleted while a request was under way.
var errGone = refusal.New(http.StatusNotFound, "Repository not found").Coded(refusal.CodeRepoNotFound)

// Change is update for a caller that does not hold r.mu.
func (r *Repo) Change(edit func(*Settings)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.update(edit)
}

// Gate is whether readers of a repo must have asked for access before they get its files.
type Gate string

// The gates of a repo. Auto and Manual differ only in what the repo's info says: in both, the
// files are for those of the namespace and for [RepoOptions.Allowed].
const (
	Open   Gate = ""
	Auto   Gate = "auto"
	Manual Gate = "manual"
)
