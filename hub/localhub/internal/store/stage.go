package store

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/depot"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/git"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
)

// stage stores the large ones of files and returns the commit's lines, in the order of
// paths.
func (r *Repo) stage(files map[string]depot.Content, lfsAbove int64) ([]Op, error) {
	main, _ := r.Resolve(names.DefaultBranch)
	t, err := r.Tree(main.Tree)
	if err != nil {
		return nil, err
	}
	attributes := r.SmallFile(t, git.AttributesPath)
	if c, ok := files[git.AttributesPath]; ok {
		if attributes, err = c.Read(); err != nil {
			return nil, err
		}
	}
	rules := git.ParseAttributes(string(attributes))
	var ops []Op
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if err := names.CheckPath(path); err != nil {
			return nil, err
		}
		c := files[path]
		sample, err := c.Head(git.SampleSize)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if rules.Wants(path, c.Size(), sample, lfsAbove) {
			oid, err := r.depot.Adopt(c, r.lfsName)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			ops = append(ops, Op{Kind: OpLFS, Path: path, OID: oid, Size: c.Size()})
			continue
		}
		data, err := c.Read()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		ops = append(ops, Op{Kind: OpFile, Path: path, Data: data})
	}
	return ops, nil
}

// RepoOptions say who may see a repo.
type RepoOptions struct {
	Private bool
	Gated   Gate
	Allowed []string // users who may read it, beyond those of the namespace
}

// Put makes the repo id, unless it is there, gives it opts, and commits files to its main. What has more than
// lfsAbove bytes goes to LFS, as what the rules of the repo say. It returns the commit's id.
func (g *Registry) Put(id string, opts RepoOptions, files map[string]depot.Content, lfsAbove int64, now time.Time) (string, error) {
	name, err := names.ParseRepoID(id)
	if err != nil {
		return "", err
	}
	author := name.Namespace()
	if author == "" {
		author = "localhub"
	}
	apply := func(to *Settings) {
		to.Private, to.Gate, to.Allowed = opts.Private, opts.Gated, slices.Clone(opts.Allowed)
	}
	r := g.Find(name)
	if r == nil {
		made := Settings{Kind: name.Kind, Name: name.Name}
		apply(&made)
		if r, err = g.Create(made, author, nil, now); err != nil {
			return "", err
		}
	} else if err := r.Change(apply); err != nil {
		return "", err
	}
	ops, err := r.stage(files, lfsAbove)
	if err != nil {
		return "", fmt.Errorf("%s: %w", id, err)
	}
	if len(ops) == 0 {
		return r.Current().Refs[names.BranchPrefix+names.DefaultBranch], nil
	}
	title := fmt.Sprintf("Upload %d files", len(files))
	c, _, err := r.Apply(Change{Rev: names.DefaultBranch, Title: title, Author: author, Ops: ops}, now)
	if err != nil {
		return "", fmt.Errorf("%s: %w", id, err)
	}
	return c.OID, nil
}

// Propose makes an open pull request to the main of a repo, with one commit that adds files, and returns its number.
func (g *Registry) Propose(id, author, title string, files map[string]depot.Content, lfsAbove int64, now time.Time) (num int, err error) {
	r, _, err := g.At(id, "")
	if err != nil {
		return 0, err
	}
	ops, err := r.stage(files, lfsAbove)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", id, err)
	}
	_, num, err = r.Apply(Change{Rev: names.DefaultBranch, Title: title, Author: author, Ops: ops, CreatePull: true}, now)
	return num, err
}
