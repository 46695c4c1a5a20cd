package pages

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

	"github.com/lazymerge/lazymerge/hub/localhub/internal/account"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/git"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/model"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/page"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/web"
)

// shownEntries is how many files and folders stand beside a card.
const shownEntries = 20

// revisionParam is the query of a card that is not that of main.
const revisionParam = "revision"

// showCard answers with the first page of a repo.
func showCard(c *call) error {
	if len(c.Rest) > 0 {
		return refusal.NotFound()
	}
	rev := cmp.Or(c.R.URL.Query().Get(revisionParam), names.DefaultBranch)
	commit, ok := c.Repo.Resolve(rev)
	if !ok {
		return refusal.NoRevision(rev)
	}
	t, err := c.Repo.Tree(commit.Tree)
	if err != nil {
		return err
	}
	head := c.head("card", rev)
	readme, meta := model.Readme(c.Repo, t)
	place := c.placeOf(head, t)
	body := page.Card{
		Head:  head,
		Facts: c.facts(commit, t, meta, place),
		Total: len(t.Files), Size: t.Size(),
		Refs: c.refs(head),
	}
	if !head.Preview {
		body.Download = c.downloadCommand(rev)
	}
	body.Chips = chips(meta)
	body.Text, body.Notice = c.cardText(t, readme, place)
	if _, ok := t.File(model.CardPath); !ok && body.Notice != "" && len(body.Refs.Branches) > 0 {
		body.Notice = fmt.Sprintf("There is no %s, the card of a repo, at %s. These may have one:", model.CardPath, rev)
	}
	nodes, _ := t.List("", false) // the root is always there
	if len(nodes) > shownEntries {
		nodes = nodes[:shownEntries]
	}
	body.Entries = entriesOf(nodes, place)
	return c.show(http.StatusOK, body, c.Repo.ID().String())
}

// placeOf is that of a text in the root of a tree.
func (c *call) placeOf(head page.Head, t *git.Tree) page.Place {
	place := page.Place{Repo: head.Path, At: head.At, Here: c.pageHere}
	if c.Preview {
		place.Lacks = func(path string) bool {
			_, isFile := t.File(path)
			_, isFolder := t.Dirs[path]
			return !isFile && !isFolder && path != ""
		}
	}
	return place
}

// cardText is the card as the caller may see it, or why there is nothing to see.
func (c *call) cardText(t *git.Tree, readme string, place page.Place) (template.HTML, string) {
	f, ok := t.File(model.CardPath)
	if err := c.Login.Check(c.Repo.Current(), account.ReadFiles); err != nil {
		return "", "The files of this repo, and its card with them, are for those who have been given access."
	}
	switch {
	case !ok:
		return "", "This repo has no card: a file README.md."
	case f.LFS():
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
	now := c.Repo.Current()
	return page.Head{
		Label: label(now), Tab: tab, Revision: rev, At: web.EscapeSegment(rev), IsDefault: rev == names.DefaultBranch, Discussions: len(now.Discussions),
		CardPath: cardPage(now, rev), Preview: c.Preview,
	}
}

// cardPage is the path of the page of the card at a revision.
func cardPage(s store.Settings, rev string) string {
	path := label(s).Path
	if rev != names.DefaultBranch {
		path += "?" + url.Values{revisionParam: {rev}}.Encode()
	}
	return path
}

// refs are the named revisions, each with the page of the same tab there; none where there is main alone.
func (c *call) refs(head page.Head) page.Refs {
	now := c.Repo.Current()
	link := func(text, rev string) page.Link {
		switch {
		case rev == head.Revision:
			return page.Link{Text: text}
		case head.Tab == "card":
			return page.Link{Text: text, Path: cardPage(now, rev)}
		}
		return page.Link{Text: text, Path: head.Path + "/tree/" + web.EscapeSegment(rev)}
	}
	var refs page.Refs
	for _, ref := range slices.Sorted(maps.Keys(now.Refs)) {
		if name, ok := strings.CutPrefix(ref, names.BranchPrefix); ok {
			refs.Branches = append(refs.Branches, link(name, name))
		}
		if name, ok := strings.CutPrefix(ref, names.TagPrefix); ok {
			refs.Tags = append(refs.Tags, link(name, name))
		}
	}
	for _, d := range now.Discussions {
		if d.PullRequest && d.Live() {
			refs.Pulls = append(refs.Pulls, page.Link{Text: fmt.Sprintf("#%d %s", d.Num, d.Title), Path: talk(d, head.Label).Path})
		}
	}
	if len(refs.Branches)+len(refs.Tags)+len(refs.Pulls) == 1 && head.IsDefault {
		return page.Refs{}
	}
	return refs
}

// chips are what a card says in single words.
func chips(meta model.Card) []page.Link {
	var chips []page.Link
	for _, text := range slices.Concat([]string{meta.Text("pipeline_tag"), meta.Text("library_name")}, meta.Texts("tags"), meta.Texts("language")) {
		if chip := (page.Link{Text: text}); text != "" && !slices.Contains(chips, chip) {
			chips = append(chips, chip)
		}
	}
	return chips
}

// relationWords are the values of base_model_relation for people.
var relationWords = map[string]string{
	"merge": "Merge of", "finetune": "Fine-tune of", "adapter": "Adapter of", "quantized": "Quantized from",
}

// facts are what the card, the configuration and the weights say in a few words each.
func (c *call) facts(commit *git.Commit, t *git.Tree, meta model.Card, place page.Place) []page.Fact {
	var facts []page.Fact
	add := func(name string, values ...page.Link) {
		values = slices.DeleteFunc(values, func(l page.Link) bool { return l.Text == "" })
		if len(values) > 0 {
			facts = append(facts, page.Fact{Name: name, Values: values})
		}
	}
	add("License", licenses(meta, place)...)
	var bases []page.Link
	for _, id := range meta.Texts("base_model") {
		bases = append(bases, page.Link{Text: id, Path: c.modelPage(id)})
	}
	add(cmp.Or(relationWords[meta.Text("base_model_relation")], "Base model"), bases...)
	if n := c.Counts.Of(c.Repo, t); n != nil {
		types := strings.Join(slices.Sorted(maps.Keys(n.Parameters)), ", ")
		add("Parameters", page.Link{Text: parameters(n) + " (" + types + ")"})
	}
	config := model.ConfigOf(c.Repo, t)
	if config != nil {
		add("Architecture", page.Link{Text: strings.Join(config.Architectures, ", ")})
	}
	add("Library", page.Link{Text: model.Library(meta, config)})
	if !c.Preview {
		add("Last change", page.Link{Text: cmp.Or(commit.Title, commit.OID[:8]), Path: place.Repo + "/commit/" + commit.OID})
	}
	return facts
}

func licenses(meta model.Card, place page.Place) []page.Link {
	link := place.Link(meta.Text("license_link"))
	var all []page.Link
	for _, name := range model.LicenseNames(meta) {
		all = append(all, page.Link{Text: name, Path: link})
	}
	return all
}

// modelPage is the path of the page of a model, "" where the caller may not see it or there is none.
func (c *call) modelPage(name string) string {
	id, err := names.ParseRepoID(name)
	if err != nil {
		return ""
	}
	r := c.Seen(id)
	if r == nil {
		return ""
	}
	return "/" + r.ID().String()
}

// comment renders a text of a discussion, as it is where it cannot be rendered.
func comment(text string, place page.Place) (template.HTML, error) {
	rendered, err := place.Markdown([]byte(text))
	if errors.Is(err, page.ErrDeep) || errors.Is(err, page.ErrLong) {
		return template.HTML("<pre>" + template.HTMLEscapeString(text) + "</pre>"), nil
	}
	return rendered, err
}
