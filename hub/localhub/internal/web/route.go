package web

import (
	"cmp"
	"log"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/account"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
)

// A Route is a handler and what its caller must be allowed on the repo, if there is one.
type Route struct {
	Access account.Access // account.ReadInfo where there is no repo
	Handle Handler
}

// Routes are the methods of one path. HEAD is answered as GET.
type Routes map[string]Route

// A Router answers requests for the API and for pages. The tables that it looks into have handlers by path.
type Router struct {
	Repos    *store.Registry
	Accounts *account.Accounts
	Now      func() time.Time
	ErrorLog *log.Logger // for faults of this server
	PageSize int         // entries of one page; 0 is what each listing has

	Host        string         // where this server listens
	StoragePort string         // "" where storage is at the port of the API
	Hosts       HostCheck      // the names that it answers to
	Proxies     []netip.Prefix // peers that are believed where this server is found

	Open    map[string]Routes // paths that nobody needs a token for
	Site    map[string]Routes // paths that belong to no repo
	API     map[string]Routes // paths below /api/ that belong to no repo
	RepoAPI map[string]Routes // paths below /api/models/{id}/, by their first segment
	File    map[string]Routes // paths below /{id}/, by their first segment
	Cache   Routes            // paths below /api/resolve-cache/models/{id}/

	List      func(c *Call, kind string) error            // answers /api/models
	Namespace func(c *Call, kind, namespace string) error // answers a browser's /{namespace}
	Problem   func(c *Call, e *refusal.Refusal) error     // tells a browser of an error
}

// ServeHTTP answers one request for the API or a page.
func (t *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &Call{Router: t, W: w, R: r, found: origin{"http", t.Host}}
	w.Header().Set("X-Request-Id", "Root="+names.NewKey())
	if err := c.locate(); err != nil {
		c.fail(err)
		return
	}
	if err := c.dispatch(); err != nil {
		c.fail(err)
	}
}

// locate finds out where the client has found this server, and whether it may.
func (c *Call) locate() error {
	found, err := originOf(c.R, c.Host, c.Proxies)
	if err != nil {
		return err
	}
	e := c.Hosts.Refusal(cmp.Or(c.R.Host, c.Host))
	if e == nil && len(c.Hosts.Allowed) > 0 {
		e = c.Hosts.Refusal(found.host) // which a proxy may have passed on from anybody
	}
	if e != nil {
		return e
	}
	c.found = found
	return nil
}

func (c *Call) dispatch() error {
	path, err := Segments(c.R.URL)
	if err != nil {
		return err
	}
	if found, ok := c.Open[strings.Join(path, "/")]; ok {
		found, err := found.pick(c.R.Method)
		if err != nil {
			return err
		}
		return found.Handle(c)
	}
	if c.refuseGit(path) {
		return nil
	}
	if c.Login, err = authenticate(c.R, c.Accounts); err != nil {
		return err
	}
	if found, ok := c.Site[strings.Join(path, "/")]; ok {
		return c.handle(found)
	}
	if path[0] == "api" {
		return c.dispatchAPI(path[1:])
	}
	kind, prefix := "model", "/"
	if k := names.Kinds[path[0]]; k != "" && k != kind && len(path) > 1 {
		kind, prefix, path = k, "/"+path[0]+"/", path[1:]
	}
	for i := range min(2, len(path)) {
		if i+1 < len(path) && path[i+1] == "info" {
			path[i] = strings.TrimSuffix(path[i], ".git")
		}
	}
	return c.below(prefix, kind, path, func(action string) Routes { return c.File[action] })
}

// handle answers a path that belongs to no repo.
func (c *Call) handle(found Routes) error {
	route, err := found.pick(c.R.Method)
	if err != nil {
		return err
	}
	return route.Handle(c)
}

func (c *Call) dispatchAPI(path []string) error {
	if found, ok := c.API[strings.Join(path, "/")]; ok {
		return c.handle(found)
	}
	if len(path) == 1 && names.Kinds[path[0]] != "" {
		return c.handle(Routes{"GET": {Handle: func(c *Call) error { return c.List(c, names.Kinds[path[0]]) }}})
	}
	if len(path) > 1 && names.Kinds[path[0]] != "" {
		return c.below("/api/"+path[0]+"/", names.Kinds[path[0]], path[1:], func(action string) Routes { return c.RepoAPI[action] })
	}
	if len(path) > 2 && path[0] == "resolve-cache" && names.Kinds[path[1]] != "" {
		return c.below("/api/resolve-cache/"+path[1]+"/", names.Kinds[path[1]], path[2:], func(action string) Routes {
			if names.IsSHA1(action) {
				return c.Cache
			}
			return nil
		})
	}
	return refusal.NotFound()
}

// below answers a path that goes on with a repo's name and an action, which table knows.
func (c *Call) below(prefix, kind string, path []string, table func(action string) Routes) error {
	id, rest := c.Repos.Locate(kind, path, func(s string) bool { return table(s) != nil })
	if c.Repo = c.Repos.Find(id); c.Repo == nil {
		if len(path) == 1 && forPeople(c.R) && c.Repos.Moved(id) == nil {
			return c.Namespace(c, kind, path[0])
		}
		return c.redirectMoved(id, prefix, rest)
	}
	action := ""
	if len(rest) > 0 {
		action = rest[0]
	}
	// First of all: nothing below may tell that a private repo is there.
	if err := c.Login.Check(c.Repo.Current(), account.ReadInfo); err != nil {
		return err
	}
	found := table(action)
	if found == nil {
		return refusal.NotFound()
	}
	route, err := found.pick(c.R.Method)
	if err != nil {
		return err
	}
	if err := c.Login.Check(c.Repo.Current(), route.Access); err != nil {
		return err
	}
	c.Rest = rest
	if len(rest) > 0 {
		c.Rest = rest[1:]
	}
	c.Action = action
	return route.Handle(c)
}

// redirectMoved answers for a name without a repo: with the way to where the repo went, or
// that there is none.
func (c *Call) redirectMoved(id names.RepoID, prefix string, rest []string) error {
	r := c.Repos.Moved(id)
	if r == nil {
		return refusal.NoRepo(c.Login == nil)
	}
	now := r.Current()
	if err := c.Login.Check(now, account.ReadInfo); err != nil {
		return err
	}
	location := prefix + now.Name
	for _, part := range rest {
		location += "/" + EscapeSegment(part)
	}
	if c.R.URL.RawQuery != "" {
		location += "?" + c.R.URL.RawQuery
	}
	c.W.Header().Set("Location", location)
	return c.answer(http.StatusTemporaryRedirect, map[string]string{"error": "moved to " + now.ID().String(), "url": location})
}

// pick returns the route for a method.
func (found Routes) pick(method string) (Route, error) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	r, ok := found[method]
	if !ok {
		allowed := slices.Sorted(maps.Keys(found))
		e := refusal.New(http.StatusMethodNotAllowed, "%s is not allowed here; %s is", method, strings.Join(allowed, " and "))
		e.Header = http.Header{"Allow": {strings.Join(allowed, ", ")}}
		return Route{}, e
	}
	return r, nil
}
