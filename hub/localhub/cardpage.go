package localhub

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/page"
)

// shownEntries is how many files and folders stand beside a card.
const shownEntries = 20

// revisionParam is the query of a card that is not that of main.
const revisionParam = "revision"

// showCard answers with the first page of a repo.
func showCard(c *call) error {
	if len(c.rest) > 0 {
		return notFound()
	}
	rev := cmp.Or(c.r.URL.Query().Get(revisionParam), defaultBranch)
	commit, ok := c.repo.resolve(rev)
	if !ok {
		return noRevision(rev)
	}
	t, err := c.repo.tree(commit.Tree)
	if err != nil {
		return err
	}
	head := c.head("card", rev)
	readme, meta := c.repo.readme(t)
	place := c.placeOf(head, t)
	body := page.Card{
		Head:  head,
		Facts: c.facts(commit, t, meta, place),
		Total: len(t.files), Size: t.size(),
		Refs: c.refs(head),
	}
	if !head.Preview {
		body.Download = c.downloadCommand(rev)
	}
	body.Chips = chips(meta)
	body.Text, body.Notice = c.cardText(t, readme, place)
	if _, ok := t.file(cardPath); !ok && body.Notice != "" && len(body.Refs.Branches) > 0 {
		body.Notice = fmt.Sprintf("There is no %s, the card of a repo, at %s. These may have one:", cardPath, rev)
	}
	nodes, _ := t.list("", false) // the root is always there
	if len(nodes) > shownEntries {
		nodes = nodes[:shownEntries]
	}
	body.Entries = entriesOf(nodes, place)
	return c.show(http.StatusOK, body, c.repo.id().String())
}

// placeOf is that of a text in the root of a tree.
func (c *call) placeOf(head page.Head, t *tree) page.Place {
	place := page.Place{Repo: head.Path, At: head.At, Here: c.pageHere}
	if c.options.Preview {
		place.Lacks = func(path string) bool {
			_, isFile := t.file(path)
			_, isFolder := t.dirs[path]
			return !isFile && !isFolder && path != ""
		}
	}
	return place
}

// readme returns the card's text without its front matter, and that, nil where it cannot be read.
func (r *repo) readme(t *tree) (string, cardData) {
	_, text, _ := frontMatter(string(r.smallFile(t, cardPath)))
	return text, r.card(t)
}

// cardText is the card as the caller may see it, or why there is nothing to see.
func (c *call) cardText(t *tree, readme string, place page.Place) (template.HTML, string) {
	f, ok := t.file(cardPath)
	if err := c.repo.current().check(c.login, readFiles); err != nil {
		return "", "The files of this repo, and its card with them, are for those who have been given access."
	}
	switch {
	case !ok:
		return "", "This repo has no card: a file README.md."
	case f.lfs():
		return "", "README.md is kept by LFS, so it is not shown as a card."
	case strings.TrimSpace(readme) == "":
		return "", "README.md has no text."
	}
	text, err := place.Markdown([]byte(readme))
	if err != nil {
		return "", fmt.Sprintf("README.md is not shown: %v.", err)
	}
	return text, ""
}

// head is what stands above each page of the repo. rev is the revision that is looked at.
func (c *call) head(tab, rev string) page.Head {
	now := c.repo.current()
	return page.Head{
		Label: now.label(), Tab: tab, Revision: rev, At: escapeSegment(rev), IsDefault: rev == defaultBranch, Discussions: len(now.Discussions),
		CardPath: now.cardPath(rev), Preview: c.options.Preview,
	}
}

// cardPath is the path of the page of the card at a revision.
func (s settings) cardPath(rev string) string {
	path := s.label().Path
	if rev != defaultBranch {
		path += "?" + url.Values{revisionParam: {rev}}.Encode()
	}
	return path
}

// refs are the named revisions, each with the page of the same tab there; none where there is main alone.
func (c *call) refs(head page.Head) page.Refs {
	now := c.repo.current()
	link := func(text, rev string) page.Link {
		switch {
		case rev == head.Revision:
			return page.Link{Text: text}
		case head.Tab == "card":
			return page.Link{Text: text, Path: now.cardPath(rev)}
		}
		return page.Link{Text: text, Path: head.Path + "/tree/" + escapeSegment(rev)}
	}
	var refs page.Refs
	for _, ref := range slices.Sorted(maps.Keys(now.Refs)) {
		if name, ok := strings.CutPrefix(ref, branchPrefix); ok {
			refs.Branches = append(refs.Branches, link(name, name))
		}
		if name, ok := strings.CutPrefix(ref, tagPrefix); ok {
			refs.Tags = append(refs.Tags, link(name, name))
		}
	}
	for _, d := range now.Discussions {
		if d.PullRequest && d.live() {
			refs.Pulls = append(refs.Pulls, page.Link{Text: fmt.Sprintf("#%d %s", d.Num, d.Title), Path: d.talk(head.Label).Path})
		}
	}
	if len(refs.Branches)+len(refs.Tags)+len(refs.Pulls) == 1 && head.IsDefault {
		return page.Refs{}
	}
	return refs
}

// chips are what a card says in single words.
func chips(meta cardData) []page.Link {
	var chips []page.Link
	for _, text := range slices.Concat([]string{meta.text("pipeline_tag"), meta.text("library_name")}, meta.texts("tags"), meta.texts("language")) {
		if chip := (page.Link{Text: text}); text != "" && !slices.Contains(chips, chip) {
			chips = append(chips, chip)
		}
	}
	return chips
}

// relationWords are the values of base_model_relation for people.
var relationWords = map[string]string{
	"merge": "Merge of", "finetune": "Fine-tune of", "adapter": "Adapter of", "quantized": "Quantised from",
}

// facts are what the card, the configuration and the weights say in a few words each.
func (c *call) facts(commit *Commit, t *tree, meta cardData, place page.Place) []page.Fact {
	var facts []page.Fact
	add := func(name string, values ...page.Link) {
		values = slices.DeleteFunc(values, func(l page.Link) bool { return l.Text == "" })
		if len(values) > 0 {
			facts = append(facts, page.Fact{Name: name, Values: values})
		}
	}
	add("Licence", licences(meta, place)...)
	var bases []page.Link
	for _, id := range meta.texts("base_model") {
		bases = append(bases, page.Link{Text: id, Path: c.modelPage(id)})
	}
	add(cmp.Or(relationWords[meta.text("base_model_relation")], "Base model"), bases...)
	if n := c.counts.of(c.repo, t); n != nil {
		types := strings.Join(slices.Sorted(maps.Keys(n.Parameters)), ", ")
		add("Parameters", page.Link{Text: parameters(n) + " (" + types + ")"})
	}
	config := c.repo.config(t)
	if config != nil {
		add("Architecture", page.Link{Text: strings.Join(config.Architectures, ", ")})
	}
	add("Library", page.Link{Text: libraryName(meta, config)})
	if !c.options.Preview {
		add("Last change", page.Link{Text: cmp.Or(commit.Title, commit.OID[:8]), Path: place.Repo + "/commit/" + commit.OID})
	}
	return facts
}

// licenceNames are those of the card, with the name that another licence has there.
func licenceNames(meta cardData) []string {
	names := meta.texts("license")
	for i, name := range names {
		if name == "other" {
			names[i] = cmp.Or(meta.text("license_name"), name)
		}
	}
	return names
}

func licences(meta cardData, place page.Place) []page.Link {
	link := place.Link(meta.text("license_link"))
	var all []page.Link
	for _, name := range licenceNames(meta) {
		all = append(all, page.Link{Text: name, Path: link})
	}
	return all
}

// modelPage is the path of the page of a model, "" where the caller may not see it or there is none.
func (c *call) modelPage(name string) string {
	id, err := parseRepoID(name)
	if err != nil {
		return ""
	}
	r := c.repos.named(id)
	if r == nil || r.current().check(c.login, readInfo) != nil {
		return ""
	}
	return "/" + r.id().String()
}

// comment renders a text of a discussion, as it is where it cannot be rendered.
func comment(text string, place page.Place) (template.HTML, error) {
	rendered, err := place.Markdown([]byte(text))
	if errors.Is(err, page.ErrDeep) || errors.Is(err, page.ErrLong) {
		return template.HTML("<pre>" + template.HTMLEscapeString(text) + "</pre>"), nil
	}
	return rendered, err
}
