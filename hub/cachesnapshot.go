package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/hub/inside"
)

// A Snapshot is what the cache has of a model repo at one commit. It asks nothing of the Hub. Of
// files that the Hub's listing has with another size or git hash it gives no byte, as far as the cache has
// that listing.
type Snapshot struct {
	Repo   string // as it was asked for; the cache knows nothing of renames
	Commit string // 40 hex digits

	cache Cache
	names []string        // sorted
	files map[string]File // the listing; nil without one
}

// list fills names and files. The error is not for files that are absent.
func (s *Snapshot) list() error {
	listing, err := s.cache.listing(s.Repo, s.Commit)
	if err != nil {
		return err
	}
	if listing != nil {
		s.files = make(map[string]File, len(listing))
		for _, f := range listing {
			s.files[f.Path] = f
		}
	}
	root := s.cache.folder(s.Repo, "snapshots", s.Commit)
	return fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil && absent(err) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		f := s.file(name)
		if checkUpload(name) != nil || s.files != nil && f.Size < 0 {
			return nil // nothing of this commit
		}
		if err := examine(s.path(name), f); err == nil || errors.Is(err, ErrChanged) {
			s.names = append(s.names, name)
		} else if !absent(err) {
			return err
		}
		return nil
	})
}

func (s *Snapshot) path(name string) string {
	return s.cache.folder(s.Repo, "snapshots", s.Commit, name)
}

// file is what is known of a file; its size is -1 where nothing is.
func (s *Snapshot) file(name string) File {
	if f, ok := s.files[name]; ok {
		return f
	}
	return File{Path: name, Size: -1}
}

// Names lists the files that are present, slash-separated and sorted. What the Hub's listing does not
// have, and names in .git or .cache folders, are left out.
func (s *Snapshot) Names() []string { return s.names }

// Open returns the bytes of one file and its size. The error is fs.ErrNotExist for a name that is
// not present, and ErrChanged for a file that is not what the Hub's listing says, or that is no weight file and a link out of the
// cache. The file is closed when ctx ends, so keep the result no longer than ctx.
func (s *Snapshot) Open(ctx context.Context, name string) (io.ReaderAt, int64, error) {
	if _, ok := slices.BinarySearch(s.names, name); !ok {
		err := checkUpload(name)
		if err == nil {
			err = s.missing(name)
		}
		return nil, 0, fmt.Errorf("open %q: %w", name, err)
	}
	r, size, err := openStored(ctx, s.path(name), s.file(name), s.cache.places(s.Repo, s.Commit))
	switch {
	case err == nil:
		return r, size, nil
	case errors.Is(err, inside.ErrOutside):
		return nil, 0, &Missing{Root: s.cache.Root, Repo: s.Repo, Commit: s.Commit, Links: []string{name}}
	case absent(err): // it was there when the snapshot was listed
		return nil, 0, fmt.Errorf("open %q: %w", name, s.missing(name))
	case errors.Is(err, ErrChanged):
		return nil, 0, fmt.Errorf("%w: %w", &Missing{Root: s.cache.Root, Repo: s.Repo, Commit: s.Commit, Damaged: []string{name}}, err)
	}
	return nil, 0, fmt.Errorf("open %q in the cache: %w", name, err)
}

func (s *Snapshot) missing(name string) *Missing {
	return &Missing{Root: s.cache.Root, Repo: s.Repo, Commit: s.Commit, Files: []string{name}}
}

// Listing returns all files of the commit in order of name, present or not, as the Hub listed them when
// a client loaded it. It is not ok if no client kept that.
func (s *Snapshot) Listing() (files []File, ok bool) {
	for _, f := range s.files {
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, s.files != nil
}

// Holds returns nil if every one of files, which come from the Hub, is present with its size and git hash;
// else a *[Missing] that names those that are not.
func (s *Snapshot) Holds(files []File) error {
	missing := &Missing{Root: s.cache.Root, Repo: s.Repo, Commit: s.Commit}
	places := s.cache.places(s.Repo, s.Commit)
	for _, f := range files {
		if _, ok := slices.BinarySearch(s.names, f.Path); !ok {
			missing.Files = append(missing.Files, f.Path)
			continue
		}
		ctx, done := context.WithCancel(context.Background())
		_, _, err := openStored(ctx, s.path(f.Path), f, places)
		done()
		switch {
		case errors.Is(err, inside.ErrOutside):
			missing.Links = append(missing.Links, f.Path)
		case errors.Is(err, ErrChanged):
			missing.Damaged = append(missing.Damaged, f.Path)
		case err != nil && absent(err):
			missing.Files = append(missing.Files, f.Path)
		case err != nil:
			return fmt.Errorf("open %q in the cache: %w", f.Path, err)
		}
	}
	return missing.sorted()
}

// Complete returns nil if the snapshot has all that need accepts, else a *[Missing] that names what it
// has not; a nil need accepts every name. What belongs to the commit is known from the Hub's listing. Without
// one it is known from the indexes of safetensors weights alone, so that a shard that is not
// there is noticed and a tokenizer is not.
func (s *Snapshot) Complete(need func(name string) bool) error {
	needed := func(f File) bool { return need == nil || need(f.Path) }
	if files, ok := s.Listing(); ok {
		return s.Holds(slices.DeleteFunc(files, func(f File) bool { return !needed(f) }))
	}
	var files []File
	for _, name := range s.names {
		if !needed(File{Path: name}) {
			continue
		}
		files = append(files, s.file(name)) // present, and perhaps a link to some other place
		if !strings.HasSuffix(name, ".safetensors.index.json") {
			continue
		}
		shards, err := s.shards(name)
		if err != nil {
			return err
		}
		for _, shard := range shards {
			if f := s.file(path.Join(path.Dir(name), shard)); needed(f) {
				files = append(files, f)
			}
		}
	}
	return s.Holds(files)
}

// shards returns the files that an index of the snapshot names.
func (s *Snapshot) shards(index string) ([]string, error) {
	ctx, done := context.WithCancel(context.Background())
	defer done()
	r, size, err := s.Open(ctx, index)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.NewSectionReader(r, 0, min(size, maxListing)))
	if err != nil {
		return nil, err
	}
	shards, err := indexFiles(text)
	if err != nil {
		return nil, fmt.Errorf("%s of %s in the cache: %w", index, s.Repo, err)
	}
	return shards, nil
}
