package localhub

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/page"
)

// shownEntries is how many files and folders stand beside a card.
const shownEntries = 20

// showCard answers with the first page of a repo.
func showCard(c *call) error {
	if len(c.rest) > 0 {
		return notFound()
	}
	commit, t, err := c.tip()
	if err != nil {
		return err
	}
	now := c.repo.current()
	readme, meta := c.repo.readme(t)
	place := page.Place{Repo: now.label().Path, At: defaultBranch}
	body := page.Card{
		Head: c.head("card", defaultBranch), Endpoint: c.origin(),
		Facts: c.facts(commit, t, meta, place),
		Total: len(t.files), Size: t.size(),
	}
	body.Chips = chips(meta)
	body.Text, body.Notice = c.cardText(t, readme, place)
	nodes, _ := t.list("", false) // the root is always there
	if len(nodes) > shownEntries {
		nodes = nodes[:shownEntries]
	}
	body.Entries = entriesOf(nodes, place)
	return c.show(http.StatusOK, now.Name, body)
}

// tip returns what one sees of a repo without naming a revision.
func (c *call) tip() (*Commit, *tree, error) {
	commit, ok := c.repo.resolve(defaultBranch)
	if !ok {
		return nil, nil, noRevision(defaultBranch)
	}
	t, err := c.repo.tree(commit.Tree)
	return commit, t, err
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
	}
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
	add("Last change", page.Link{Text: cmp.Or(commit.Title, commit.OID[:8]), Path: place.Repo + "/commit/" + commit.OID})
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
	r := c.repos.find(id)
	if r == nil || r.current().check(c.login, readInfo) != nil {
		return ""
	}
	return "/" + id.String()
}

// comment renders a text of a discussion, as it is where it cannot be rendered.
func comment(text string, place page.Place) (template.HTML, error) {
	rendered, err := place.Markdown([]byte(text))
	if errors.Is(err, page.ErrDeep) || errors.Is(err, page.ErrLong) {
		return template.HTML("<pre>" + template.HTMLEscapeString(text) + "</pre>"), nil
	}
	return rendered, err
}
