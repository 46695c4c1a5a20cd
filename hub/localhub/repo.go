package localhub

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"sync"
	"time"
)

// A repo is one repo's history. What a depot has of it, below repos/<key>:
//
//	repo.json          settings and refs; written last, so a change happens when it is renamed
//	commits/<id>.json  and trees/<id>.json
//	blobs/<id>         contents of regular files, by git id
//	lfs/<sha256>       contents of LFS files
//
// All but repo.json is named by its content and never changes.
type repo struct {
	key   string // 24 hexadecimal digits that stay the same for ever, the _id of the API
	depot depot

	mu       sync.RWMutex
	settings settings
	commits  map[string]*Commit
	trees    treeCache
	landed   []time.Time // commits of the last hour, for the quota
	gone     bool        // deleted; a request that still holds it must not bring it back
}

// settings are what can be changed of a repo.
type settings struct {
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

func (s settings) id() repoID { return repoID{s.Kind, s.Name} }

// clone shares nothing with s that either could change.
func (s settings) clone() settings {
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

func (r *repo) folder() string             { return path.Join(reposFolder, r.key) }
func (r *repo) blobName(oid string) string { return path.Join(r.folder(), "blobs", oid) }
func (r *repo) lfsName(oid string) string  { return path.Join(r.folder(), "lfs", oid) }

// openRepo reads back what a depot has under key. The error is fs.ErrNotExist where the
// repo's creation or deletion was cut short.
func openRepo(d depot, key string) (*repo, error) {
	r := &repo{key: key, depot: d, commits: make(map[string]*Commit)}
	if err := r.load("repo.json", &r.settings); err != nil {
		return nil, err
	}
	if _, err := parseRepoID(r.settings.id().String()); err != nil {
		return nil, err
	}
	names, err := d.list(path.Join(r.folder(), "commits"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		var c Commit
		if err := r.load(path.Join("commits", name), &c); err != nil {
			return nil, fmt.Errorf("commit %s: %w", name, err)
		}
		if c.OID != c.hash() || name != c.OID+".json" {
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

func (r *repo) load(name string, v any) error {
	c, err := r.depot.content(path.Join(r.folder(), name))
	if err != nil {
		return err
	}
	data, err := c.read()
	if err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

func (r *repo) save(name string, v any) error {
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	return r.depot.write(path.Join(r.folder(), name), data)
}

// current returns the settings as they are now.
func (r *repo) current() settings {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.settings.clone()
}

func (r *repo) id() repoID {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.settings.id()
}

// update changes the settings through edit and keeps them. The caller holds r.mu. Where
// keeping them fails, nothing has changed.
func (r *repo) update(edit func(*settings)) error {
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
var errGone = refuse(http.StatusNotFound, "Repository not found").coded(codeRepoNotFound)

// change is update for a caller that does not hold r.mu.
func (r *repo) change(edit func(*settings)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.update(edit)
}
