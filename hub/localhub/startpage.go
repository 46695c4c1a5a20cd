package localhub

import (
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/page"
)

// showStart lists the repos that the caller may see. With the query "login" a browser is made to
// ask for a token first.
func showStart(c *call) error {
	if c.r.URL.Query().Has("login") && c.login == nil {
		e := unauthorized()
		e.header = challenge
		return e
	}
	repos, err := c.listed(func(repoID) bool { return true })
	if err != nil {
		return err
	}
	return c.show(http.StatusOK, page.Start{Use: c.use(repos), Repos: repos})
}

// showNamespace lists the repos of one kind and namespace. One without any that the caller may see
// is like a repo that is not there.
func (c *call) showNamespace(kind, namespace string) error {
	repos, err := c.listed(func(id repoID) bool { return id.kind == kind && strings.EqualFold(id.namespace(), namespace) })
	if err != nil {
		return err
	}
	if len(repos) == 0 {
		return noRepo(c.login)
	}
	return c.show(http.StatusOK, page.Start{Namespace: namespace, Repos: repos}, namespace)
}

// listed returns the repos that the caller may see, those that changed last first.
func (c *call) listed(wanted func(repoID) bool) ([]page.Listed, error) {
	var list []page.Listed
	for _, r := range c.repos.all() {
		now := r.current()
		if !wanted(now.id()) || now.check(c.login, readInfo) != nil {
			continue
		}
		commit, ok := r.resolve(defaultBranch)
		if !ok {
			continue
		}
		t, err := r.tree(commit.Tree)
		if err != nil {
			return nil, err
		}
		card := r.card(t)
		list = append(list, page.Listed{
			Label:      now.label(),
			Task:       card.text("pipeline_tag"),
			Library:    libraryName(card, r.config(t)),
			License:    strings.Join(licenceNames(card), ", "),
			Parameters: parameters(c.counts.of(r, t)),
			Size:       t.size(),
			Files:      len(t.files),
			Changed:    commit.Time,
		})
	}
	slices.SortStableFunc(list, func(a, b page.Listed) int { return b.Changed.Compare(a.Changed) })
	return list, nil
}

func (s settings) label() page.Label {
	id := s.id()
	namespace, name := path.Split(id.String())
	namespace = strings.TrimSuffix(namespace, "/")
	return page.Label{Path: "/" + id.String(), Namespace: namespace, Name: name, Private: s.Private, Gated: s.Gate != Open}
}

// parameters is a count in three digits, such as "7.24 B"; "" for nil.
func parameters(n *parameterCount) string {
	if n == nil {
		return ""
	}
	value, prefix := humanize.ComputeSI(float64(n.Total))
	decimals := 0
	switch {
	case prefix == "":
	case value < 10:
		decimals = 2
	case value < 100:
		decimals = 1
	}
	return strings.TrimSpace(strconv.FormatFloat(value, 'f', decimals, 64) + " " + strings.ReplaceAll(prefix, "G", "B"))
}

// size is the sum of all files, in bytes.
func (t *tree) size() int64 {
	var sum int64
	for _, f := range t.files {
		sum += f.Size
	}
	return sum
}
