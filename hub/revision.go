package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Limits of a listing. The Hub advises fewer than 100,000 files in a repo.
const (
	maxPages = 1000
	maxFiles = 1_000_000 // and folders
	maxBytes = 512 << 20 // of all pages
)

// A Revision is a model repo at one commit. It does not change when the branch moves.
type Revision struct {
	Repo        string          // the name that the Hub uses now, which differs from the one asked for after a rename
	Commit      string          // 40 hex digits
	Private     bool            //
	Gated       string          // "auto" or "manual": files need an access that a person asks for; "" is not gated
	PipelineTag string          // for example "text-generation"; may be empty
	LibraryName string          // for example "transformers"; may be empty
	CardData    json.RawMessage // the front matter of README.md as the Hub parsed it, an object; nil without one
	Files       []File          // in order of name

	client *Client
	files  map[string]*remote
}

// A File is one file of a Revision.
type File struct {
	Path   string // slash-separated
	Size   int64  // bytes
	OID    string // git's sha1 of the blob, of the pointer for a large file
	SHA256 string // of the content of a large file; "" for a file in plain git, where the Hub does not say
}

// Resolve pins ref, a branch, tag, commit or PR ref of a model repo. An empty ref means main. It
// takes one request for the commit and one for each 1000 files.
//
// Names in .git or .cache folders are left out of Files. A name that could leave a folder on
// some system is an error that is ErrUnsafePath, for no honest repo has one.
func (c *Client) Resolve(ctx context.Context, repo, ref string) (*Revision, error) {
	if ref == "" {
		ref = "main"
	}
	if err := checkRevision(ref); err != nil {
		return nil, fmt.Errorf("look up %.120q: %w", repo, err)
	}
	info, err := c.info(ctx, repo, ref)
	if err != nil {
		return nil, err
	}
	if isCommit(ref) && info.Commit != ref {
		return nil, fmt.Errorf("look up %s: %w", repo, &answerError{what: fmt.Sprintf("asked for commit %s, the Hub speaks of %s", ref, info.Commit)})
	}
	r := &Revision{
		Repo:        info.Name,
		Commit:      info.Commit,
		Private:     info.Private,
		Gated:       info.Gated,
		PipelineTag: info.PipelineTag,
		LibraryName: info.LibraryName,
		CardData:    info.CardData,
		client:      c,
		files:       map[string]*remote{},
	}
	if r.Files, err = c.tree(ctx, r.Repo, r.Commit); err != nil {
		return nil, err
	}
	for _, f := range r.Files {
		r.files[f.Path] = newRemote(r, f)
	}
	return r, nil
}

// Names lists the files, sorted.
func (r *Revision) Names() []string {
	names := make([]string, len(r.Files))
	for i, f := range r.Files {
		names[i] = f.Path
	}
	return names
}

// File returns what is known of one file.
func (r *Revision) File(name string) (File, bool) {
	f, ok := r.files[name]
	if !ok {
		return File{}, false
	}
	return f.file, true
}

func (r *Revision) unknown(name string) error {
	err := checkUpload(name) // says why a name is left out of Files
	if err == nil {
		err = fs.ErrNotExist
	}
	return fmt.Errorf("open %q of %s: %w", name, r.Repo, err)
}

// treeEntry is one entry of a listing. For a large file OID is of the pointer.
type treeEntry struct {
	Type string `json:"type"`
	Path string `json:"path"`
	OID  string `json:"oid"`
	Size *int64 `json:"size"`
	LFS  *struct {
		OID  string `json:"oid"`
		Size int64  `json:"size"`
	} `json:"lfs"`
}

// tree lists all files of a commit, in order of name.
func (c *Client) tree(ctx context.Context, repo, rev string) ([]File, error) {
	const op = "list the files of"
	first := c.api(repo, "tree", segment(rev))
	first.RawQuery = "recursive=true"
	var files []File
	var whole extent
	seen := map[string]bool{}
	for next, page := first, 1; next != nil; page++ {
		cl := &call{op: op, repo: repo, method: http.MethodGet, url: next, auth: true, limit: treeAnswer}
		if seen[next.String()] || page > maxPages {
			return nil, cl.wrap(&answerError{what: fmt.Sprintf("the listing does not end after %d pages", page-1)})
		}
		seen[next.String()] = true
		ans, err := c.send(ctx, cl)
		var refusal *Error
		if errors.As(err, &refusal) && refusal.Code == "EntryNotFound" {
			return nil, nil // the root of an empty repo
		}
		if err != nil {
			return nil, err
		}
		var entries []treeEntry
		if err := cl.decode(ans, &entries); err != nil {
			return nil, err
		}
		for _, e := range entries {
			f, ok, err := e.file()
			if err != nil {
				return nil, cl.wrap(err)
			}
			if ok {
				files = append(files, f)
			}
		}
		if err := whole.add(len(entries), len(ans.body)); err != nil {
			return nil, cl.wrap(err)
		}
		if next, err = c.nextPage(ans); err != nil {
			return nil, cl.wrap(err)
		}
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	for i := 1; i < len(files); i++ {
		if files[i].Path == files[i-1].Path {
			return nil, fmt.Errorf("%s %s: %w", op, repo, &answerError{what: fmt.Sprintf("%.200q is listed twice", files[i].Path)})
		}
	}
	return files, nil
}

// extent is how much of a listing has come.
type extent struct{ entries, bytes int }

// add counts a page, and refuses what goes beyond the limits.
func (e *extent) add(entries, bytes int) error {
	e.entries += entries
	e.bytes += bytes
	switch {
	case e.entries > maxFiles:
		return &answerError{what: fmt.Sprintf("more than %d files", maxFiles)}
	case e.bytes > maxBytes:
		return &answerError{what: fmt.Sprintf("the listing is longer than %d bytes", maxBytes)}
	}
	return nil
}

// file checks one entry. It is not ok for a folder and for names that are left out.
func (e treeEntry) file() (File, bool, error) {
	if err := checkPath(e.Path); err != nil {
		return File{}, false, err
	}
	if e.Type != "file" {
		return File{}, false, nil
	}
	if checkPrivate(e.Path) != nil {
		return File{}, false, nil
	}
	if e.Size == nil || *e.Size < 0 {
		return File{}, false, &answerError{what: fmt.Sprintf("%.200q has no size", e.Path)}
	}
	f := File{Path: e.Path, Size: *e.Size, OID: e.OID}
	if e.LFS != nil {
		f.SHA256 = e.LFS.OID
		if !isHex(f.SHA256, 64) || e.LFS.Size != f.Size {
			return File{}, false, &answerError{what: fmt.Sprintf("%.200q is listed as a large file without a sha256 or with two sizes", e.Path)}
		}
	}
	return f, true, nil
}

// nextPage returns the next page of a listing, nil at the end. It must be on the Hub, for
// the token goes along.
func (c *Client) nextPage(ans *answer) (*url.URL, error) {
	link := nextLink(ans.header.Values("Link"))
	if link == "" {
		return nil, nil
	}
	next, err := c.returned(ans.url, link)
	if err != nil {
		return nil, &answerError{what: "next page: " + err.Error()}
	}
	if origin(next) != origin(ans.url) {
		return nil, &answerError{what: fmt.Sprintf("the next page is at another place (%s)", next.Host)}
	}
	return next, nil
}

// nextLink returns the target of rel="next" in Link headers (RFC 8288), "" without one.
func nextLink(values []string) string {
	for _, value := range values {
		for value != "" {
			_, rest, ok := strings.Cut(value, "<")
			if !ok {
				break
			}
			target, params, ok := strings.Cut(rest, ">")
			if !ok {
				break
			}
			params, value, _ = strings.Cut(params, ",")
			for param := range strings.SplitSeq(params, ";") {
				key, rel, _ := strings.Cut(param, "=")
				if strings.EqualFold(strings.TrimSpace(key), "rel") && strings.Trim(strings.TrimSpace(rel), `"`) == "next" {
					return target
				}
			}
		}
	}
	return ""
}
