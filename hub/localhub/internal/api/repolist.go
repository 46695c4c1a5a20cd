package api

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/git"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/model"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/web"
)

// repoPage is how many repos one page has, unless fewer are asked for, and at most.
const repoPage = 1000

// Which fields an entry of the listing has unless expand names them: always, and with full. They
// are fewer than those of the info of one repo.
var (
	listedFields = strings.Fields(`createdAt downloads gated library_name likes modelId pipeline_tag private tags`)
	fullFields   = strings.Fields(`author disabled lastModified sha siblings`)
)

// repoSorts are what a listing may be sorted by. What nobody counts here, such as downloads, is the
// same for all, so there the latest change decides.
var repoSorts = strings.Fields(`createdAt downloads id lastModified likes likes30d mainSize num_parameters trendingScore`)

// A listedRepo is a repo with what its place in a listing depends on.
type listedRepo struct {
	repo   *store.Repo
	id     string
	commit *git.Commit
	rank   int64 // the lower comes first; then the id decides
}

// A repoCursor is the last repo of a page. The next page goes on after it even where it has gone.
type repoCursor struct {
	Rank int64  `json:"r"`
	ID   string `json:"id"`
}

// listRepos answers one page of the repos of a kind that the caller may see.
func listRepos(c *call, kind string) error {
	query := c.R.URL.Query()
	wanted, err := c.wantedInfo()
	if err != nil {
		return err
	}
	if len(wanted) == 0 {
		wanted = listFields(c)
	}
	size, err := web.PageSize(query.Get("limit"), cmp.Or(c.PageSize, repoPage), repoPage)
	if err != nil {
		return err
	}
	filter, err := readRepoFilter(query)
	if err != nil {
		return err
	}
	repos, order, err := c.sorted(kind, filter)
	if err != nil {
		return err
	}
	if text := query.Get("cursor"); text != "" {
		last, err := readRepoCursor(text)
		if err != nil {
			return err
		}
		repos = slices.DeleteFunc(repos, func(l listedRepo) bool { return order(l, listedRepo{id: last.ID, rank: last.Rank}) <= 0 })
	}
	page := []map[string]any{}
	for i, l := range repos {
		t, err := l.repo.Tree(l.commit.Tree)
		if err != nil {
			return err
		}
		info := c.info(l.repo, l.commit, t)
		if !filter.takes(info) {
			continue
		}
		if len(page) == size {
			c.Link(map[string]string{"cursor": cursorOf(repos[i-1])})
			break
		}
		page = append(page, only(info, wanted))
	}
	return c.JSON(page)
}

// listFields are the fields that the flags of a listing ask for.
func listFields(c *call) []string {
	fields := slices.Clone(listedFields)
	for flag, more := range map[string][]string{"full": fullFields, "config": {"config"}, "cardData": {"cardData"}} {
		if c.Flag(flag) {
			fields = append(fields, more...)
		}
	}
	return fields
}

// sorted are the repos that the caller may see and whose names fit, in the order that the query asks
// for, and that order.
func (c *call) sorted(kind string, filter repoFilter) ([]listedRepo, func(a, b listedRepo) int, error) {
	query := c.R.URL.Query()
	by := cmp.Or(query.Get("sort"), "trendingScore")
	if !slices.Contains(repoSorts, by) {
		return nil, nil, refusal.BadRequest("sort %.100q is none of %s", by, strings.Join(repoSorts, ", "))
	}
	upward := by == "id"
	switch direction := query.Get("direction"); direction {
	case "":
	case "1", "-1":
		upward = direction == "1"
	default:
		return nil, nil, refusal.BadRequest("direction %.20q is neither 1 nor -1", direction)
	}
	var all []listedRepo
	fits := func(now store.Settings) bool { return now.Kind == kind && filter.takesName(now.ID()) }
	for _, v := range c.Visible(fits) {
		l := listedRepo{repo: v.Repo, id: v.Now.Name, commit: v.Main}
		switch by {
		case "id":
		case "createdAt":
			l.rank = v.Now.Created.UnixMilli()
		case "num_parameters", "mainSize":
			t, err := v.Repo.TreeOf(v.Main)
			if err != nil {
				return nil, nil, err
			}
			if l.rank = t.Size(); by == "num_parameters" {
				l.rank = c.parameterTotal(v.Repo, t)
			}
		default:
			l.rank = v.Main.Time.UnixMilli()
		}
		if !upward {
			l.rank = -l.rank
		}
		all = append(all, l)
	}
	order := func(a, b listedRepo) int {
		byID := strings.Compare(a.id, b.id)
		if by == "id" && !upward {
			byID = -byID
		}
		return cmp.Or(cmp.Compare(a.rank, b.rank), byID)
	}
	slices.SortFunc(all, order)
	return all, order, nil
}

func (c *call) parameterTotal(r *store.Repo, t *git.Tree) int64 {
	if n := c.Counts.Of(r, t); n != nil {
		return int64(min(n.Total, math.MaxInt64))
	}
	return 0
}

func cursorOf(l listedRepo) string {
	data, _ := json.Marshal(repoCursor{l.rank, l.id}) // of a number and a text
	return base64.RawURLEncoding.EncodeToString(data)
}

func readRepoCursor(text string) (repoCursor, error) {
	var last repoCursor
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(data, &last) != nil {
		return last, refusal.BadRequest("the cursor is not one of ours")
	}
	return last, nil
}

// A repoFilter is what the repos of a listing have in common.
type repoFilter struct {
	author string
	words  []string // that are in the id
	tags   []string
	task   string
	gated  string   // "" is any, or true or false
	least  float64  // parameters
	most   float64  // parameters; 0 is any number
	served []string // services that have to run the model; nothing here is known to any
}

func readRepoFilter(query url.Values) (repoFilter, error) {
	f := repoFilter{
		author: query.Get("author"),
		words:  strings.Fields(strings.ToLower(query.Get("search"))),
		tags:   query["filter"],
		task:   query.Get("pipeline_tag"),
		gated:  strings.ToLower(query.Get("gated")),
	}
	if f.gated != "" && f.gated != "true" && f.gated != "false" {
		return f, refusal.BadRequest("gated %.20q is neither true nor false", f.gated)
	}
	for _, name := range []string{"apps", "inference", "inference_provider"} {
		f.served = append(f.served, query[name]...)
	}
	for part := range strings.SplitSeq(query.Get("num_parameters"), ",") {
		if part == "" {
			continue
		}
		name, text, _ := strings.Cut(part, ":")
		bound := map[string]*float64{"min": &f.least, "max": &f.most}[name]
		n, ok := parameterNumber(text)
		if bound == nil || !ok {
			return f, refusal.BadRequest("num_parameters %.80q is not of the form min:6B,max:128B", query.Get("num_parameters"))
		}
		*bound = n
	}
	return f, nil
}

// parameterNumber reads a count such as 500M, 6B or 1.5T.
func parameterNumber(text string) (float64, bool) {
	factor := 1.0
	for suffix, f := range map[string]float64{"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12} {
		if rest, ok := strings.CutSuffix(strings.ToUpper(text), suffix); ok {
			text, factor = rest, f
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	return n * factor, err == nil && n > 0 && !math.IsInf(n, 0)
}

func (f repoFilter) takesName(id names.RepoID) bool {
	name := strings.ToLower(id.Name)
	return (f.author == "" || strings.EqualFold(f.author, id.Namespace())) &&
		!slices.ContainsFunc(f.words, func(word string) bool { return !strings.Contains(name, word) })
}

// takes judges what the info of a repo says.
func (f repoFilter) takes(info map[string]any) bool {
	tags, _ := info["tags"].([]string)
	lacks := func(tag string) bool {
		return !slices.ContainsFunc(tags, func(own string) bool { return strings.EqualFold(own, tag) })
	}
	if len(f.served) > 0 || slices.ContainsFunc(f.tags, lacks) || f.task != "" && info["pipeline_tag"] != f.task ||
		f.gated != "" && (info["gated"] != false) != (f.gated == "true") {
		return false
	}
	if f.least == 0 && f.most == 0 {
		return true
	}
	n, ok := info["safetensors"].(*model.Parameters)
	return ok && float64(n.Total) >= f.least && (f.most == 0 || float64(n.Total) <= f.most)
}
