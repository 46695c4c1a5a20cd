// Package pages shows repos to a person with a browser. Pages show what the API tells the same visitor, and change nothing. How
// they look is in package page.
package pages

import (
	"maps"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/account"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/model"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/web"
)

// Site answers browsers.
type Site struct {
	Counts  *model.Counts
	Preview bool // repos are shown as they will be once they are published: without history, discussions and how to get them
}

// A call is a call with what answers it.
type call struct {
	*web.Call
	*Site
}

// Register enters the pages into the tables of t.
func (s *Site) Register(t *web.Router) {
	at := func(access account.Access, answer func(*call) error) web.Route {
		return web.Route{Access: access, Handle: func(c *web.Call) error { return answer(&call{c, s}) }}
	}
	of := func(answer func(*call) error) web.Route { return at(account.ReadInfo, answer) } // where there is no repo
	t.Namespace = func(c *web.Call, kind, namespace string) error {
		return (&call{c, s}).showNamespace(kind, namespace)
	}
	t.Problem = func(c *web.Call, e *refusal.Refusal) error { return (&call{c, s}).showProblem(e) }
	maps.Copy(t.Site, map[string]web.Routes{
		"":            {"GET": of(showStart)},
		"-/style.css": {"GET": of(showStyle)},
		"-/mark.svg":  {"GET": of(showMark)},
		"favicon.ico": {"GET": of(showMark)}, // browsers ask for it beside a file that is no page
	})
	maps.Copy(t.File, map[string]web.Routes{
		"":            {"GET": at(account.ReadInfo, showCard)},
		"tree":        {"GET": at(account.ReadInfo, showFolder)},
		"blob":        {"GET": at(account.ReadFiles, showFile)},
		"commits":     {"GET": at(account.ReadInfo, showHistory)},
		"commit":      {"GET": at(account.ReadInfo, showCommit)},
		"discussions": {"GET": at(account.ReadInfo, showDiscussions)},
	})
}
