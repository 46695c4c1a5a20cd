package localhub

import (
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
)

// PutRepo makes the repo id, namespace/name with "datasets/" or the like before it for what is
// no model, gives it opts, and commits files to its main, by path. A repo that is there
// already keeps its other files. Large and binary files go where an upload would put them. It
// returns the commit's id, and works before Start as well as after.
func (s *Server) PutRepo(id string, opts RepoOptions, files map[string]Content) (string, error) {
	return s.repos.Put(id, opts, files, s.options.LFSAbove, s.options.Now())
}

// PutPullRequest makes an open pull request to the main of a model repo, by any author, with one commit that adds
// files. It returns its number. The error is [fs.ErrNotExist] where there is no such repo.
func (s *Server) PutPullRequest(id, author, title string, files map[string]Content) (num int, err error) {
	return s.repos.Propose(id, author, title, files, s.options.LFSAbove, s.options.Now())
}

// Repo is what a Server tells of one repo.
type Repo struct {
	ID      string // as PutRepo takes it
	Private bool
	Gated   Gate
	Created time.Time
	Head    string            // the commit of main
	Refs    map[string]string // commit of each ref, by full name: refs/heads/main, refs/tags/v1
}

// Repos returns every repo in the order of ids, private ones too.
func (s *Server) Repos() []Repo {
	var repos []Repo
	for _, r := range s.repos.All() {
		now := r.Current()
		repos = append(repos, Repo{
			ID:      now.ID().String(),
			Private: now.Private,
			Gated:   now.Gate,
			Created: now.Created,
			Head:    now.Refs[names.BranchPrefix+names.DefaultBranch],
			Refs:    now.Refs,
		})
	}
	return repos
}

// Files returns the files of a repo at a revision in the order of paths; rev may be a branch,
// a tag, a commit id or "" for main. The error is [fs.ErrNotExist] where repo or revision is
// missing.
func (s *Server) Files(id, rev string) ([]FileInfo, error) {
	r, c, err := s.repos.At(id, rev)
	if err != nil {
		return nil, err
	}
	t, err := r.Tree(c.Tree)
	if err != nil {
		return nil, err
	}
	return slices.Clone(t.Files), nil
}

// Content returns one file of a repo at a revision, as Files does all. It asks nobody for
// permission and is in no log.
func (s *Server) Content(id, rev, path string) (Content, error) {
	r, c, err := s.repos.At(id, rev)
	if err != nil {
		return Content{}, err
	}
	t, err := r.Tree(c.Tree)
	if err != nil {
		return Content{}, err
	}
	f, ok := t.File(path)
	if !ok {
		return Content{}, fmt.Errorf("%s of %s: %w", path, id, fs.ErrNotExist)
	}
	return r.Content(f)
}

// Read returns the bytes of one file, as Content does.
func (s *Server) Read(id, rev, path string) ([]byte, error) {
	c, err := s.Content(id, rev, path)
	if err != nil {
		return nil, err
	}
	return c.Read()
}

// Commits returns the history of a revision, the latest first.
func (s *Server) Commits(id, rev string) ([]Commit, error) {
	r, c, err := s.repos.At(id, rev)
	if err != nil {
		return nil, err
	}
	var commits []Commit
	for _, h := range r.History(c) {
		commits = append(commits, *h)
	}
	return commits, nil
}

// Discussions returns the discussions and pull requests of a repo in the order of their
// numbers. The error is [fs.ErrNotExist] where there is no such repo.
func (s *Server) Discussions(id string) ([]Discussion, error) {
	r, _, err := s.repos.At(id, "")
	if err != nil {
		return nil, err
	}
	return r.Current().Discussions, nil
}
