package localhub

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"
)

// RepoOptions say who may see a repo.
type RepoOptions struct {
	Private bool
	Gated   Gate
	Allowed []string // users who may read it, beyond those of the namespace
}

// PutRepo makes the repo id, namespace/name with "datasets/" or the like before it for what is
// no model, gives it opts, and commits files to its main, by path. A repo that is there
// already keeps its other files. Large and binary files go where an upload would put them. It
// returns the commit's id, and works before Start as well as after.
func (s *Server) PutRepo(id string, opts RepoOptions, files map[string]Content) (string, error) {
	name, err := parseRepoID(id)
	if err != nil {
		return "", err
	}
	author := name.namespace()
	if author == "" {
		author = "localhub"
	}
	apply := func(to *settings) {
		to.Private, to.Gate, to.Allowed = opts.Private, opts.Gated, slices.Clone(opts.Allowed)
	}
	r := s.repos.find(name)
	if r == nil {
		made := settings{Kind: name.kind, Name: name.name}
		apply(&made)
		if r, err = s.repos.create(made, author, nil, s.now()); err != nil {
			return "", err
		}
	} else if err := r.change(apply); err != nil {
		return "", err
	}
	ops, err := s.seedOps(r, files)
	if err != nil {
		return "", fmt.Errorf("%s: %w", id, err)
	}
	if len(ops) == 0 {
		return r.current().Refs[branchPrefix+defaultBranch], nil
	}
	title := fmt.Sprintf("Upload %d files", len(files))
	c, _, err := r.apply(change{rev: defaultBranch, title: title, author: author, ops: ops}, s.now())
	if err != nil {
		return "", fmt.Errorf("%s: %w", id, err)
	}
	return c.OID, nil
}

// PutPullRequest makes an open pull request to the main of a model repo, by any author, with one commit that adds
// files. It returns its number. The error is [fs.ErrNotExist] where there is no such repo.
func (s *Server) PutPullRequest(id, author, title string, files map[string]Content) (num int, err error) {
	r, _, err := s.at(id, "")
	if err != nil {
		return 0, err
	}
	ops, err := s.seedOps(r, files)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", id, err)
	}
	_, num, err = r.apply(change{rev: defaultBranch, title: title, author: author, ops: ops, createPull: true}, s.now())
	return num, err
}

// seedOps stores the large ones of files in r and returns the commit's lines, in the order of
// paths.
func (s *Server) seedOps(r *repo, files map[string]Content) ([]op, error) {
	main, _ := r.resolve(defaultBranch)
	t, err := r.tree(main.Tree)
	if err != nil {
		return nil, err
	}
	attributes := r.smallFile(t, attributesPath)
	if c, ok := files[attributesPath]; ok {
		if attributes, err = c.read(); err != nil {
			return nil, err
		}
	}
	rules := parseAttributes(string(attributes))
	var ops []op
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if err := checkPath(path); err != nil {
			return nil, err
		}
		c := files[path]
		sample, err := c.head(sampleSize)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if s.wantsLFS(rules, path, c.Size(), sample) {
			oid, err := r.depot.adopt(c, r.lfsName)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			ops = append(ops, op{kind: opLFS, path: path, oid: oid, size: c.Size()})
			continue
		}
		data, err := c.read()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		ops = append(ops, op{kind: opFile, path: path, data: data})
	}
	return ops, nil
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
	for _, r := range s.repos.all() {
		now := r.current()
		repos = append(repos, Repo{
			ID:      now.id().String(),
			Private: now.Private,
			Gated:   now.Gate,
			Created: now.Created,
			Head:    now.Refs[branchPrefix+defaultBranch],
			Refs:    now.Refs,
		})
	}
	return repos
}

// at finds a repo and a revision of it; the error is fs.ErrNotExist where one is missing.
func (s *Server) at(id, rev string) (*repo, *Commit, error) {
	name, err := parseRepoID(id)
	if err != nil {
		return nil, nil, err
	}
	r := s.repos.find(name)
	if r == nil {
		return nil, nil, fmt.Errorf("repo %s: %w", id, fs.ErrNotExist)
	}
	c, ok := r.resolve(rev)
	if !ok {
		return nil, nil, fmt.Errorf("revision %q of %s: %w", rev, id, fs.ErrNotExist)
	}
	return r, c, nil
}

// Files returns the files of a repo at a revision in the order of paths; rev may be a branch,
// a tag, a commit id or "" for main. The error is [fs.ErrNotExist] where repo or revision is
// missing.
func (s *Server) Files(id, rev string) ([]FileInfo, error) {
	r, c, err := s.at(id, rev)
	if err != nil {
		return nil, err
	}
	t, err := r.tree(c.Tree)
	if err != nil {
		return nil, err
	}
	return slices.Clone(t.files), nil
}

// Content returns one file of a repo at a revision, as Files does all. It asks nobody for
// permission and is in no log.
func (s *Server) Content(id, rev, path string) (Content, error) {
	r, c, err := s.at(id, rev)
	if err != nil {
		return Content{}, err
	}
	t, err := r.tree(c.Tree)
	if err != nil {
		return Content{}, err
	}
	f, ok := t.file(path)
	if !ok {
		return Content{}, fmt.Errorf("%s of %s: %w", path, id, fs.ErrNotExist)
	}
	return r.content(f)
}

// Read returns the bytes of one file, as Content does.
func (s *Server) Read(id, rev, path string) ([]byte, error) {
	c, err := s.Content(id, rev, path)
	if err != nil {
		return nil, err
	}
	return c.read()
}

// Commits returns the history of a revision, the latest first.
func (s *Server) Commits(id, rev string) ([]Commit, error) {
	r, c, err := s.at(id, rev)
	if err != nil {
		return nil, err
	}
	var commits []Commit
	for _, h := range r.history(c) {
		commits = append(commits, *h)
	}
	return commits, nil
}
