package page

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A Place is where a text stands, from which its relative links lead.
type Place struct {
	Repo string // path of the repo's page: "/alice/x"
	At   string // revision, as one segment of a path
	Dir  string // folder of the text; "" is the root

	// Lacks tells of a path in the repo that nothing is there yet, so that a link to it is only text; nil is of none.
	Lacks func(path string) bool

	// Here gives the path of the page that this Hub has for an address of the public one; nil is for none.
	Here func(u *url.URL) (path string, ok bool)
}

// void are the elements without an end tag.
var void = []atom.Atom{atom.Area, atom.Base, atom.Br, atom.Col, atom.Embed, atom.Hr, atom.Img, atom.Input,
	atom.Link, atom.Meta, atom.Param, atom.Source, atom.Track, atom.Wbr}

// place moves what goldmark made, or a text had in it, to its place on a page: links and pictures
// lead from p, headings go one level down, wide tables scroll by themselves, and each element ends
// within the text. It works on tokens, not on a tree, in time and space that grow with the text: a
// tree repeats what is left open, and a hostile text makes that much of it.
func (p Place) place(text string) (string, error) {
	var out strings.Builder
	var open []string
	end := func(name string) {
		out.WriteString("</" + name + ">")
		if name == "table" {
			out.WriteString("</div>")
		}
	}
	z := html.NewTokenizer(strings.NewReader(text))
	for {
		kind := z.Next()
		if kind == html.ErrorToken { // the end; a string has no other fault
			break
		}
		t := z.Token()
		t.Data, t.DataAtom = demoted(t.Data, t.DataAtom)
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			if t.DataAtom == atom.Img {
				out.WriteString(p.picture(t))
				continue
			}
			t.Type = html.StartTagToken // "<div/>" opens a div, too
			p.move(&t)
			if t.DataAtom == atom.Table {
				out.WriteString(`<div class="scroll" tabindex="0">`)
			}
			out.WriteString(t.String())
			if !slices.Contains(void, t.DataAtom) {
				if open = append(open, t.Data); len(open) > maxDepth {
					return "", ErrDeep
				}
			}
		case html.EndTagToken:
			at := -1
			for i, name := range open {
				if name == t.Data {
					at = i
				}
			}
			if at < 0 {
				continue
			}
			for _, name := range slices.Backward(open[at:]) {
				end(name)
			}
			open = open[:at]
		case html.TextToken:
			out.WriteString(t.String())
		}
	}
	for _, name := range slices.Backward(open) {
		end(name)
	}
	return out.String(), nil
}

// demoted is a heading one level down: h1 is the page's.
func demoted(name string, a atom.Atom) (string, atom.Atom) {
	headings := []atom.Atom{atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6}
	if i := slices.Index(headings, a); i >= 0 {
		a = headings[min(i+1, len(headings)-1)]
		return a.String(), a
	}
	return name, a
}

// move points an anchor to where it leads from p, or nowhere.
func (p Place) move(t *html.Token) {
	if t.DataAtom != atom.A {
		return
	}
	t.Attr = slices.DeleteFunc(t.Attr, func(a html.Attribute) bool { return a.Key == "href" && p.Link(a.Val) == "" })
	for i, a := range t.Attr {
		if a.Key == "href" {
			t.Attr[i].Val = p.Link(a.Val)
		}
	}
}

// Link is an address that a text names, as seen from the page; "" is none to follow.
func (p Place) Link(ref string) string {
	u, err := url.Parse(strings.TrimSpace(ref))
	switch {
	case err != nil:
		return ""
	case u.Scheme == "http" || u.Scheme == "https":
		if u.Host == "" {
			return ""
		}
		if local, ok := p.here(u); ok {
			return local
		}
		return u.String()
	case u.Scheme == "mailto":
		return u.String()
	case u.Scheme != "":
		return ""
	case u.Host != "" || u.User != nil:
		u.Scheme = "https"
		return p.Link(u.String())
	}
	hash := ""
	if u.Fragment != "" {
		hash = "#" + u.EscapedFragment()
	}
	switch {
	case u.Path == "":
		return hash
	case strings.HasPrefix(u.Path, "/"):
		return escaped(path.Clean(u.Path)) + hash
	}
	if p.Lacks != nil && p.Lacks(strings.TrimPrefix(path.Clean("/"+p.Dir+"/"+u.Path), "/")) {
		return ""
	}
	return p.Repo + "/blob/" + p.At + p.within(u.Path) + hash
}

// within is a relative path from the root of the repo, escaped; it cannot leave the repo.
func (p Place) within(rel string) string { return escaped(path.Clean("/" + p.Dir + "/" + rel)) }

// escaped is a path that begins with one slash as a URL has it.
func escaped(path string) string {
	return (&url.URL{Path: "/" + strings.TrimLeft(path, "/")}).EscapedPath()
}

// picture is an image of the repo itself, or the alternative text of one that is not.
func (p Place) picture(t html.Token) string {
	var src, alt string
	for _, a := range t.Attr {
		switch a.Key {
		case "src":
			src = a.Val
		case "alt":
			alt = a.Val
		}
	}
	u, err := url.Parse(strings.TrimSpace(src))
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Path == "" || strings.HasPrefix(u.Path, "/") {
		if alt == "" {
			alt = "picture"
		}
		return `<span class="elsewhere">` + html.EscapeString(alt) + `</span>`
	}
	t.Attr = slices.DeleteFunc(t.Attr, func(a html.Attribute) bool { return a.Key == "src" || a.Key == "alt" })
	t.Attr = append(t.Attr,
		html.Attribute{Key: "src", Val: p.Repo + "/resolve/" + p.At + p.within(u.Path)},
		html.Attribute{Key: "alt", Val: alt}) // also where it is empty: a picture for the eye alone
	t.Type = html.StartTagToken
	return t.String()
}
