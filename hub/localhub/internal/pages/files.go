package pages

import (
	"cmp"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/git"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/model"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/page"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/web"
)

// What is shown of a file's text at most.
const (
	maxShown      = 512 << 10 // bytes
	maxShownLines = 10_000
)

// A view is a place in a repo that a page looks at.
type view struct {
	commit *git.Commit
	tree   *git.Tree
	path   string // of a file or folder, "" for the root
	head   page.Head
	place  page.Place // of a text in the root
}

// view reads a revision and a path within the repo from what is left of the URL.
func (c *call) view() (v view, err error) {
	if len(c.Rest) == 0 {
		c.Rest = []string{names.DefaultBranch}
	}
	if v.commit, v.path, err = c.Repo.ResolvePath(c.Rest); err != nil {
		return v, err
	}
	v.head = c.head("files", strings.TrimSuffix(strings.TrimSuffix(strings.Join(c.Rest, "/"), v.path), "/"))
	if v.tree, err = c.Repo.Tree(v.commit.Tree); err != nil {
		return v, err
	}
	v.place = c.placeOf(v.head, v.tree)
	return v, nil
}

// showFolder answers with one page of the files and folders in a folder.
func showFolder(c *call) error {
	v, err := c.view()
	if err != nil {
		return err
	}
	nodes, ok := v.tree.List(v.path, false)
	if !ok {
		if f, isFile := v.tree.File(v.path); isFile {
			return c.Redirect(http.StatusFound, entryOf(f, v.place).Path)
		}
		return refusal.NoEntry(v.path)
	}
	nodes, next, err := c.PageOf(nodes)
	if err != nil {
		return err
	}
	body := page.Files{Head: v.head, Trail: trail(v.place, v.path), Entries: entriesOf(nodes, v.place), Refs: c.refs(v.head)}
	if !v.head.Preview {
		last, err := c.Repo.LastChanges(nodes, v.commit)
		if err != nil {
			return err
		}
		for i, commit := range last {
			body.Entries[i].Last = c.step(commit)
		}
	}
	if next != "" {
		query := c.R.URL.Query()
		query.Set("cursor", next)
		body.Next = c.R.URL.EscapedPath() + "?" + query.Encode()
	}
	return c.show(http.StatusOK, body, cmp.Or(v.path, "Files"), c.Repo.ID().String())
}

// entriesOf are nodes as the pages have them.
func entriesOf(nodes []git.Node, place page.Place) []page.Entry {
	entries := make([]page.Entry, len(nodes))
	for i, n := range nodes {
		entries[i] = entryOf(n.FileInfo, place)
		if n.Dir {
			entries[i].Folder, entries[i].Download = true, ""
			entries[i].Path = place.Repo + "/tree/" + place.At + "/" + web.EscapePath(n.Path)
		}
	}
	return entries
}

func entryOf(f git.FileInfo, place page.Place) page.Entry {
	rest := place.At + "/" + web.EscapePath(f.Path)
	return page.Entry{
		Name: path.Base(f.Path), Path: place.Repo + "/blob/" + rest, Download: place.Repo + "/resolve/" + rest + "?download=true",
		LFS: f.LFS(), Size: f.Size,
	}
}

// trail are the folders down to a path, from the root. The last one leads nowhere.
func trail(place page.Place, below string) []page.Link {
	root := place.Repo + "/tree/" + place.At
	links := []page.Link{{Text: path.Base(place.Repo), Path: root}}
	for parent := range names.Parents(below + "/") {
		if below != "" {
			links = append(links, page.Link{Text: path.Base(parent), Path: root + "/" + web.EscapePath(parent)})
		}
	}
	links[len(links)-1].Path = ""
	return links
}

// showFile answers with a page about one file, with its text or picture where a browser can show it.
func showFile(c *call) error {
	v, err := c.view()
	if err != nil {
		return err
	}
	name := v.path
	f, ok := v.tree.File(name)
	if !ok {
		if _, isFolder := v.tree.Dirs[name]; isFolder {
			return c.Redirect(http.StatusFound, v.head.Path+"/tree/"+v.head.At+"/"+web.EscapePath(name))
		}
		return refusal.NoEntry(name)
	}
	body := page.Blob{Head: v.head, Trail: trail(v.place, name), Entry: entryOf(f, v.place), SHA256: f.SHA256}
	content, err := c.Repo.Content(f)
	if err != nil {
		return err
	}
	start, err := content.Head(git.SampleSize)
	if err != nil {
		return err
	}
	picture := slices.Contains([]string{".png", ".jpg", ".jpeg", ".gif", ".webp"}, strings.ToLower(path.Ext(name)))
	switch binary := git.LooksBinary(start); {
	case picture && (binary || f.LFS()):
		body.Picture, _, _ = strings.Cut(body.Entry.Download, "?")
	case binary || f.LFS():
		body.Notice = "This file is not text that git keeps. Download it to look into it."
	case f.Size == 0:
		body.Notice = "This file is empty."
	case f.Size > maxShown:
		body.Notice = "This file is too large to be shown here."
	default:
		text, err := content.Read()
		if err != nil {
			return err
		}
		if body.Text = strings.ToValidUTF8(string(text), "\ufffd"); strings.Count(body.Text, "\n") > maxShownLines {
			body.Text, body.Notice = "", "This file has too many lines to be shown here."
		}
	}
	if strings.EqualFold(path.Ext(name), ".md") && body.Text != "" {
		place := v.place
		place.Dir = path.Dir(name)
		c.render(&body, place)
	}
	return c.show(http.StatusOK, body, name, c.Repo.ID().String())
}

// sourceParam is the query of a page that shows Markdown as it is written.
const sourceParam = "source"

// render turns a page of Markdown into one of what it means, unless its source is asked for or it cannot be
// rendered. Each leads to the other.
func (c *call) render(body *page.Blob, place page.Place) {
	if c.R.URL.Query().Has(sourceParam) {
		body.Other = page.Link{Text: "Show it rendered", Path: body.Entry.Path}
		return
	}
	_, text, _ := model.FrontMatter(body.Text)
	if rendered, err := place.Markdown([]byte(text)); err == nil && rendered != "" {
		body.Text, body.Card = "", rendered
		body.Other = page.Link{Text: "Show the source", Path: body.Entry.Path + "?" + sourceParam}
	}
}
