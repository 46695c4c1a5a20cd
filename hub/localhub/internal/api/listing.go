package api

import (
	"net/http"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/git"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/web"
)

// treeEntry is a file or folder as tree and paths-info have it.
type treeEntry struct {
	Type       string       `json:"type"`
	OID        string       `json:"oid"`
	Size       int64        `json:"size"`
	Path       string       `json:"path"`
	LFS        *treeLFS     `json:"lfs,omitempty"`
	LastCommit *lastChanged `json:"lastCommit,omitempty"`
}

type treeLFS struct {
	OID         string `json:"oid"` // "sha256" in repo info
	Size        int64  `json:"size"`
	PointerSize int    `json:"pointerSize"`
}

type lastChanged struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Date  string `json:"date"`
}

func entryOfNode(n git.Node) treeEntry {
	e := treeEntry{Type: "file", OID: n.OID, Size: n.Size, Path: n.Path}
	if n.Dir {
		e.Type = "directory"
	}
	if n.LFS() {
		e.LFS = &treeLFS{n.SHA256, n.Size, len(git.Pointer(n.SHA256, n.Size))}
	}
	return e
}

// listTree answers one page of the files and folders below a folder.
func listTree(c *call) error {
	if len(c.Rest) == 0 {
		return refusal.NotFound()
	}
	commit, dir, err := c.Repo.ResolvePath(c.Rest)
	if err != nil {
		return err
	}
	t, err := c.Repo.Tree(commit.Tree)
	if err != nil {
		return err
	}
	nodes, ok := t.List(dir, c.Flag("recursive"))
	if !ok {
		return refusal.NoEntry(dir)
	}
	nodes, next, err := c.PageOf(nodes)
	if err != nil {
		return err
	}
	if next != "" {
		c.Link(map[string]string{"cursor": next})
	}
	entries, err := c.entries(nodes, commit, c.Flag("expand"))
	if err != nil {
		return err
	}
	return c.JSON(entries)
}

// maxPaths is how many paths one call of paths-info may ask for.
const maxPaths = 1000

// pathsInfo answers what is at certain paths. Those that do not exist are left out.
func pathsInfo(c *call) error {
	var body struct {
		Paths  []string `json:"paths"`
		Expand bool     `json:"expand"`
	}
	if c.IsForm() {
		form, err := c.Form(c.Fit(web.MaxPathsJSON))
		if err != nil {
			return err
		}
		body.Paths = form["paths"]
		body.Expand = strings.EqualFold(form.Get("expand"), "true")
	} else if err := c.DecodeUpTo(c.Fit(web.MaxPathsJSON), &body); err != nil {
		return err
	}
	if len(body.Paths) > maxPaths {
		return refusal.New(http.StatusRequestEntityTooLarge, "%d paths; at most %d are allowed", len(body.Paths), maxPaths)
	}
	commit, err := c.Revision()
	if err != nil {
		return err
	}
	t, err := c.Repo.Tree(commit.Tree)
	if err != nil {
		return err
	}
	var nodes []git.Node
	for _, path := range body.Paths {
		if n, ok := t.Node(strings.Trim(path, "/")); ok {
			nodes = append(nodes, n)
		}
	}
	entries, err := c.entries(nodes, commit, body.Expand)
	if err != nil {
		return err
	}
	return c.JSON(entries)
}

// entries are nodes of a commit in the form of the API, with the commit that changed each last
// where that is asked for.
func (c *call) entries(nodes []git.Node, commit *git.Commit, expand bool) ([]treeEntry, error) {
	entries := make([]treeEntry, len(nodes))
	for i, n := range nodes {
		entries[i] = entryOfNode(n)
	}
	if !expand {
		return entries, nil
	}
	last, err := c.Repo.LastChanges(nodes, commit)
	if err != nil {
		return nil, err
	}
	for i, h := range last {
		entries[i].LastCommit = &lastChanged{h.OID, h.Title, names.Stamp(h.Time)}
	}
	return entries, nil
}
