package pages

import (
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/model"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/page"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/web"
)

// showStart lists the repos that the caller may see. With the query "login" a browser is made to
// ask for a token first.
func showStart(c *call) error {
	if c.R.URL.Query().Has("login") && c.Login == nil {
		e := refusal.Unauthorized()
		e.Header = web.Challenge
		return e
	}
	repos, err := c.listed(func(names.RepoID) bool { return true })
	if err != nil {
		return err
	}
	return c.show(http.StatusOK, page.Start{Use: c.use(repos), Repos: repos})
}

// showNamespace lists the repos of one kind and namespace. One without any that the caller may see
// is like a repo that is not there.
func (c *call) showNamespace(kind, namespace string) error {
	repos, err := c.listed(func(id names.RepoID) bool { return id.Kind == kind && strings.EqualFold(id.Namespace(), namespace) })
	if err != nil {
		return err
	}
	if len(repos) == 0 {
		return refusal.NoRepo(c.Login == nil)
	}
	return c.show(http.StatusOK, page.Start{Namespace: namespace, Repos: repos}, namespace)
}

// listed returns the repos that the caller may see, those that changed last first.
func (c *call) listed(wanted func(names.RepoID) bool) ([]page.Listed, error) {
	var list []page.Listed
	for _, v := range c.Visible(func(now store.Settings) bool { return wanted(now.ID()) }) {
		t, err := v.Repo.TreeOf(v.Main)
		if err != nil {
			return nil, err
		}
		card := model.CardOf(v.Repo, t)
		list = append(list, page.Listed{
			Label:      label(v.Now),
			Task:       card.Text("pipeline_tag"),
			Library:    model.Library(card, model.ConfigOf(v.Repo, t)),
			License:    strings.Join(model.LicenseNames(card), ", "),
			Parameters: parameters(c.Counts.Of(v.Repo, t)),
			Size:       t.Size(),
			Files:      len(t.Files),
			Changed:    v.Main.Time,
		})
	}
	slices.SortStableFunc(list, func(a, b page.Listed) int { return b.Changed.Compare(a.Changed) })
	return list, nil
}

func label(s store.Settings) page.Label {
	id := s.ID()
	namespace, name := path.Split(id.String())
	namespace = strings.TrimSuffix(namespace, "/")
	return page.Label{Path: "/" + id.String(), Namespace: namespace, Name: name, Private: s.Private, Gated: s.Gate != store.Open}
}

// parameters is a count in three digits, such as "7.24 B"; "" for nil.
func parameters(n *model.Parameters) string {
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
