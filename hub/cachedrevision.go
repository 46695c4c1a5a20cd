package hub

import (
	"context"
	"io"
	"slices"
)

// WithCache returns r as one that reads from c what is there, and the rest from the Hub.
//
// The Hub has said which commit r is and what its files are; the cache only saves their way. A file is read from
// disk if its size is the Hub's, and, where it is in plain git, its git hash; it may have come with any
// commit that had the same content. So a ref of the cache that is out of date does no harm.
func (r *Revision) WithCache(c Cache) *Pinned { return &Pinned{Revision: r, cache: c} }

// Pinned is a Revision with a cache before it.
type Pinned struct {
	*Revision
	cache Cache
}

// Open is [Revision.Open], without a request for a file that the cache has. Such a file is closed
// when ctx ends. One that the cache has, but not as the Hub does, is read from the Hub, and
// Client.Notice told why.
func (p *Pinned) Open(ctx context.Context, name string) (io.ReaderAt, int64, error) {
	f, _ := p.File(name)
	var fault error
	places := p.cache.places(p.Repo, p.Commit)
	for _, path := range p.paths(f) {
		r, size, err := openStored(ctx, path, f, places)
		if err == nil {
			return r, size, nil
		}
		if fault == nil && !absent(err) {
			fault = err
		}
	}
	if fault != nil {
		p.client.noticeOnce("cache "+p.Repo+"/"+p.Commit+"/"+name, "%s of %s is read from the Hub, not from the cache: %v", name, p.Repo, fault)
	}
	return p.Revision.Open(ctx, name)
}

// paths returns the places where the cache may have f, none for a file that is not in r.
func (p *Pinned) paths(f File) []string {
	if f.Path == "" {
		return nil
	}
	return p.cache.paths(p.Repo, p.Commit, f)
}

// Cached lists the files that the cache has at their size, in order of name. It opens none, so that
// a file in plain git may turn out to be another when it is opened.
func (p *Pinned) Cached() []File {
	var cached []File
	for _, f := range p.Files {
		if slices.ContainsFunc(p.paths(f), func(path string) bool { return examine(path, f) == nil }) {
			cached = append(cached, f)
		}
	}
	return cached
}
