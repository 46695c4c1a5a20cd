package localhub

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// A route is a handler and what its caller must be allowed on the repo, if there is one.
type route struct {
	access access
	handle handler
}

// routes are the methods of one path. HEAD is answered as GET.
type routes map[string]route

// apiRoutes are the paths below /api/ that belong to no repo.
var apiRoutes = map[string]routes{
	"whoami-v2":     {"GET": {handle: whoami}},
	"repos/create":  {"POST": {handle: createRepo}},
	"repos/delete":  {"DELETE": {handle: deleteRepo}},
	"repos/move":    {"POST": {handle: moveRepo}},
	"validate-yaml": {"POST": {handle: validateYAML}},

	completePath: {"POST": {handle: completeParts}}, // its URL is signed
}

// tokenRoutes are the paths that nobody needs a token for, as they are the way to one.
var tokenRoutes = map[string]routes{
	"oauth/token": {"POST": {handle: exchangeToken}},
	idTokenPath:   {"GET": {handle: giveIDToken}},
}

// repoRoutes are the paths below /api/models/{id}/, by their first segment.
var repoRoutes = map[string]routes{
	"":                {"GET": {readInfo, repoInfo}},
	"revision":        {"GET": {readInfo, repoInfo}},
	"tree":            {"GET": {readInfo, listTree}},
	"paths-info":      {"POST": {readInfo, pathsInfo}},
	"refs":            {"GET": {readInfo, listRefs}},
	"commits":         {"GET": {readInfo, listCommits}},
	"auth-check":      {"GET": {readFiles, authCheck}},
	"branch":          {"POST": {write, postBranch}, "DELETE": {write, deleteBranch}},
	"tag":             {"POST": {write, postTag}, "DELETE": {write, deleteTag}},
	"super-squash":    {"POST": {write, superSquash}},
	"settings":        {"PUT": {write, putSettings}},
	"preupload":       {"POST": {readInfo, preupload}},  // both ask for more, which depends on
	"commit":          {"POST": {readInfo, postCommit}}, // whether it is for a pull request
	"xet-read-token":  {"GET": {readInfo, noXet}},
	"xet-write-token": {"GET": {readInfo, noXet}},
	"discussions":     {"GET": {readInfo, discussions}, "POST": {propose, postDiscussion}},
	"lfs-files":       {"POST": {readInfo, noDuplicate}},
}

// fileRoutes are the paths below /{id}/, by their first segment.
var fileRoutes = map[string]routes{
	"resolve": {"GET": {readFiles, resolveFile}},
	"raw":     {"GET": {readFiles, rawFile}},
	"info":    {"POST": {readInfo, lfsObjects}}, // of {id}.git/info/lfs/objects/

	// Pages for a browser.
	"":            {"GET": {readInfo, showCard}},
	"tree":        {"GET": {readInfo, showFolder}},
	"blob":        {"GET": {readFiles, showFile}},
	"commits":     {"GET": {readInfo, showHistory}},
	"commit":      {"GET": {readInfo, showCommit}},
	"discussions": {"GET": {readInfo, showDiscussions}},
}

// siteRoutes are the pages that belong to no repo, by their path.
var siteRoutes = map[string]routes{
	"":            {"GET": {handle: showStart}},
	"-/style.css": {"GET": {handle: showStyle}},
	"-/mark.svg":  {"GET": {handle: showMark}},
	"favicon.ico": {"GET": {handle: showMark}}, // browsers ask for it beside a file that is no page
}

// cacheRoutes are the paths below /api/resolve-cache/models/{id}/.
var cacheRoutes = routes{"GET": {readFiles, cachedFile}}

// serveAPI answers one request for the API or a page.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request, hosts hostCheck) {
	own := strings.TrimPrefix(s.url, "http://")
	c := &call{Server: s, w: w, r: r, found: origin{"http", own}}
	w.Header().Set("X-Request-Id", "Root="+newKey())
	if err := c.locate(own, hosts); err != nil {
		c.fail(err)
		return
	}
	if err := c.dispatch(); err != nil {
		c.fail(err)
	}
}

// locate finds out where the client has found this server, and whether it may.
func (c *call) locate(own string, hosts hostCheck) error {
	found, err := originOf(c.r, own, c.options.Proxies)
	if err != nil {
		return err
	}
	e := hosts.refusal(cmp.Or(c.r.Host, own))
	if e == nil && len(hosts.allowed) > 0 {
		e = hosts.refusal(found.host) // which a proxy may have passed on from anybody
	}
	if e != nil {
		return e
	}
	c.found = found
	return nil
}

func (c *call) dispatch() error {
	path, err := segments(c.r.URL)
	if err != nil {
		return err
	}
	if found, ok := tokenRoutes[strings.Join(path, "/")]; ok {
		found, err := found.pick(c.r.Method)
		if err != nil {
			return err
		}
		return found.handle(c)
	}
	if c.refuseGit(path) {
		return nil
	}
	if c.login, err = c.authenticate(c.r); err != nil {
		return err
	}
	if found, ok := siteRoutes[strings.Join(path, "/")]; ok {
		return c.handle(found)
	}
	if path[0] == "api" {
		return c.dispatchAPI(path[1:])
	}
	kind, prefix := "model", "/"
	if k := kinds[path[0]]; k != "" && k != kind && len(path) > 1 {
		kind, prefix, path = k, "/"+path[0]+"/", path[1:]
	}
	for i := range min(2, len(path)) {
		if i+1 < len(path) && path[i+1] == "info" {
			path[i] = strings.TrimSuffix(path[i], ".git")
		}
	}
	return c.below(prefix, kind, path, func(action string) routes { return fileRoutes[action] })
}

// handle answers a path that belongs to no repo.
func (c *call) handle(found routes) error {
	route, err := found.pick(c.r.Method)
	if err != nil {
		return err
	}
	return route.handle(c)
}

func (c *call) dispatchAPI(path []string) error {
	if found, ok := apiRoutes[strings.Join(path, "/")]; ok {
		return c.handle(found)
	}
	if len(path) == 1 && kinds[path[0]] != "" {
		return c.handle(routes{"GET": {handle: func(c *call) error { return listRepos(c, kinds[path[0]]) }}})
	}
	if len(path) > 1 && kinds[path[0]] != "" {
		return c.below("/api/"+path[0]+"/", kinds[path[0]], path[1:], func(action string) routes { return repoRoutes[action] })
	}
	if len(path) > 2 && path[0] == "resolve-cache" && kinds[path[1]] != "" {
		return c.below("/api/resolve-cache/"+path[1]+"/", kinds[path[1]], path[2:], func(action string) routes {
			if isSHA1(action) {
				return cacheRoutes
			}
			return nil
		})
	}
	return notFound()
}

// below answers a path that goes on with a repo's name and an action, which table knows.
func (c *call) below(prefix, kind string, path []string, table func(action string) routes) error {
	id, rest := c.repos.locate(kind, path, func(s string) bool { return table(s) != nil })
	if c.repo = c.repos.find(id); c.repo == nil {
		if len(path) == 1 && forPeople(c.r) && c.repos.moved(id) == nil {
			return c.showNamespace(kind, path[0])
		}
		return c.redirectMoved(id, prefix, rest)
	}
	action := ""
	if len(rest) > 0 {
		action = rest[0]
	}
	// First of all: nothing below may tell that a private repo is there.
	if err := c.repo.current().check(c.login, readInfo); err != nil {
		return err
	}
	found := table(action)
	if found == nil {
		return notFound()
	}
	route, err := found.pick(c.r.Method)
	if err != nil {
		return err
	}
	if err := c.repo.current().check(c.login, route.access); err != nil {
		return err
	}
	c.rest = rest
	if len(rest) > 0 {
		c.rest = rest[1:]
	}
	c.action = action
	return route.handle(c)
}

// locate splits a path into the id of a repo and the rest. The oldest models of the public
// Hub have one segment, all other repos two; where both could be meant, the repo that is
// there counts.
func (g *registry) locate(kind string, path []string, isAction func(string) bool) (repoID, []string) {
	one := repoID{kind, path[0]}
	if len(path) == 1 {
		return one, nil
	}
	two := repoID{kind, path[0] + "/" + path[1]}
	if g.find(two) == nil && g.moved(two) == nil && g.find(one) != nil && isAction(path[1]) {
		return one, path[1:]
	}
	return two, path[2:]
}

// redirectMoved answers for a name without a repo: with the way to where the repo went, or
// that there is none.
func (c *call) redirectMoved(id repoID, prefix string, rest []string) error {
	r := c.repos.moved(id)
	if r == nil {
		return noRepo(c.login)
	}
	now := r.current()
	if err := now.check(c.login, readInfo); err != nil {
		return err
	}
	location := prefix + now.Name
	for _, part := range rest {
		location += "/" + escapeSegment(part)
	}
	if c.r.URL.RawQuery != "" {
		location += "?" + c.r.URL.RawQuery
	}
	c.w.Header().Set("Location", location)
	return c.answer(http.StatusTemporaryRedirect, map[string]string{"error": "moved to " + now.id().String(), "url": location})
}

// pick returns the route for a method.
func (found routes) pick(method string) (route, error) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	r, ok := found[method]
	if !ok {
		allowed := slices.Sorted(maps.Keys(found))
		e := refuse(http.StatusMethodNotAllowed, "%s is not allowed here; %s is", method, strings.Join(allowed, " and "))
		e.header = http.Header{"Allow": {strings.Join(allowed, ", ")}}
		return route{}, e
	}
	return r, nil
}

func notFound() error {
	return refuse(http.StatusNotFound, "there is no such page")
}
