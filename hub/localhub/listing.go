package localhub

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
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

func (n node) entry() treeEntry {
	e := treeEntry{Type: "file", OID: n.OID, Size: n.Size, Path: n.Path}
	if n.dir {
		e.Type = "directory"
	}
	if n.lfs() {
		e.LFS = &treeLFS{n.SHA256, n.Size, len(pointer(n.SHA256, n.Size))}
	}
	return e
}

// listTree answers one page of the files and folders below a folder.
func listTree(c *call) error {
	if len(c.rest) == 0 {
		return notFound()
	}
	commit, dir, err := c.repo.resolvePath(c.rest)
	if err != nil {
		return err
	}
	t, err := c.repo.tree(commit.Tree)
	if err != nil {
		return err
	}
	nodes, ok := t.list(dir, c.flag("recursive"))
	if !ok {
		return noEntry(dir)
	}
	nodes, next, err := c.pageOf(nodes)
	if err != nil {
		return err
	}
	if next != "" {
		c.link(map[string]string{"cursor": next})
	}
	entries, err := c.entries(nodes, commit, c.flag("expand"))
	if err != nil {
		return err
	}
	return c.json(entries)
}

// pageOf returns the nodes that the query's cursor and limit ask for, and the cursor of the next
// page, "" where this is the last.
func (c *call) pageOf(nodes []node) (page []node, next string, err error) {
	query := c.r.URL.Query()
	if cursor := query.Get("cursor"); cursor != "" {
		last, err := base64.RawURLEncoding.DecodeString(cursor)
		if err != nil {
			return nil, "", badRequest("the cursor is not one of ours")
		}
		nodes = slices.DeleteFunc(nodes, func(n node) bool { return n.Path <= string(last) })
	}
	size, err := pageSize(query.Get("limit"), c.options.treePage(), defaultTreePage)
	if err != nil {
		return nil, "", err
	}
	if len(nodes) > size {
		nodes = nodes[:size]
		next = base64.RawURLEncoding.EncodeToString([]byte(nodes[size-1].Path))
	}
	return nodes, next, nil
}

// pageSize reads the limit that a client asks for, at most most.
func pageSize(limit string, standard, most int) (int, error) {
	if limit == "" {
		return standard, nil
	}
	n, err := strconv.Atoi(limit)
	if err != nil || n < 1 {
		return 0, badRequest("limit %.20q is not a positive number", limit)
	}
	return min(n, most), nil
}

// maxPaths is how many paths one call of paths-info may ask for.
const maxPaths = 1000

// pathsInfo answers what is at certain paths. Those that do not exist are left out.
func pathsInfo(c *call) error {
	var body struct {
		Paths  []string `json:"paths"`
		Expand bool     `json:"expand"`
	}
	if c.isForm() {
		form, err := c.form(c.fit(maxPathsJSON))
		if err != nil {
			return err
		}
		body.Paths = form["paths"]
		body.Expand = strings.EqualFold(form.Get("expand"), "true")
	} else if err := c.decodeUpTo(c.fit(maxPathsJSON), &body); err != nil {
		return err
	}
	if len(body.Paths) > maxPaths {
		return refuse(http.StatusRequestEntityTooLarge, "%d paths; at most %d are allowed", len(body.Paths), maxPaths)
	}
	commit, err := c.revision()
	if err != nil {
		return err
	}
	t, err := c.repo.tree(commit.Tree)
	if err != nil {
		return err
	}
	var nodes []node
	for _, path := range body.Paths {
		if n, ok := t.node(strings.Trim(path, "/")); ok {
			nodes = append(nodes, n)
		}
	}
	entries, err := c.entries(nodes, commit, body.Expand)
	if err != nil {
		return err
	}
	return c.json(entries)
}

// revision resolves what is left of the path as a revision and nothing more.
func (c *call) revision() (*Commit, error) {
	rev := strings.Join(c.rest, "/")
	commit, ok := c.repo.resolve(rev)
	if !ok {
		return nil, noRevision(rev)
	}
	return commit, nil
}

// entries are nodes of a commit in the form of the API, with the commit that changed each last
// where that is asked for.
func (c *call) entries(nodes []node, commit *Commit, expand bool) ([]treeEntry, error) {
	entries := make([]treeEntry, len(nodes))
	for i, n := range nodes {
		entries[i] = n.entry()
	}
	if !expand {
		return entries, nil
	}
	// Walk back until each node's id changes: the commit before that step made it what it is.
	open := len(entries)
	history := c.repo.history(commit)
	for i, h := range history {
		before := &tree{}
		if i+1 < len(history) {
			var err error
			if before, err = c.repo.tree(history[i+1].Tree); err != nil {
				return nil, err
			}
		}
		for j := range entries {
			if entries[j].LastCommit != nil {
				continue
			}
			if n, ok := before.node(entries[j].Path); ok && n.OID == entries[j].OID {
				continue
			}
			entries[j].LastCommit = &lastChanged{h.OID, h.Title, stamp(h.Time)}
			open--
		}
		if open == 0 {
			break
		}
	}
	return entries, nil
}
