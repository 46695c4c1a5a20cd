// Package api answers the JSON endpoints of the Hub, and reads of single files.
package api

import (
	"maps"
	"time"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/account"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/model"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/signed"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/web"
)

// API answers the JSON endpoints.
type API struct {
	Counts  *model.Counts
	Signer  *signed.Signer
	Started time.Time

	LFSAbove        int64 // bytes; a larger file is asked for through LFS
	CommitsPerHour  int   // commits in one repo that are answered 429 beyond; 0 is no limit
	RedirectRegular bool  // answer resolve of a regular file with the public Hub's relative 307
}

// A call is a call with what answers it.
type call struct {
	*web.Call
	*API
}

// Register enters the endpoints into the tables of t.
func (a *API) Register(t *web.Router) {
	at := func(access account.Access, answer func(*call) error) web.Route {
		return web.Route{Access: access, Handle: func(c *web.Call) error { return answer(&call{c, a}) }}
	}
	of := func(answer func(*call) error) web.Route { return at(account.ReadInfo, answer) } // where there is no repo
	t.List = func(c *web.Call, kind string) error { return listRepos(&call{c, a}, kind) }
	t.Cache = web.Routes{"GET": at(account.ReadFiles, cachedFile)}
	// The way to a token.
	maps.Copy(t.Open, map[string]web.Routes{
		"oauth/token": {"POST": of(exchangeToken)},
		IDTokenPath:   {"GET": of(giveIDToken)},
	})
	maps.Copy(t.API, map[string]web.Routes{
		"whoami-v2":     {"GET": of(whoami)},
		"repos/create":  {"POST": of(createRepo)},
		"repos/delete":  {"DELETE": of(deleteRepo)},
		"repos/move":    {"POST": of(moveRepo)},
		"validate-yaml": {"POST": of(validateYAML)},
	})
	maps.Copy(t.RepoAPI, map[string]web.Routes{
		"":                {"GET": at(account.ReadInfo, repoInfo)},
		"revision":        {"GET": at(account.ReadInfo, repoInfo)},
		"tree":            {"GET": at(account.ReadInfo, listTree)},
		"paths-info":      {"POST": at(account.ReadInfo, pathsInfo)},
		"refs":            {"GET": at(account.ReadInfo, listRefs)},
		"commits":         {"GET": at(account.ReadInfo, listCommits)},
		"auth-check":      {"GET": at(account.ReadFiles, authCheck)},
		"branch":          {"POST": at(account.Change, postBranch), "DELETE": at(account.Change, deleteBranch)},
		"tag":             {"POST": at(account.Change, postTag), "DELETE": at(account.Change, deleteTag)},
		"super-squash":    {"POST": at(account.Change, superSquash)},
		"settings":        {"PUT": at(account.Change, putSettings)},
		"preupload":       {"POST": at(account.ReadInfo, preupload)},  // both ask for more, which depends on
		"commit":          {"POST": at(account.ReadInfo, postCommit)}, // whether it is for a pull request
		"xet-read-token":  {"GET": at(account.ReadInfo, noXet)},
		"xet-write-token": {"GET": at(account.ReadInfo, noXet)},
		"discussions":     {"GET": at(account.ReadInfo, discussions), "POST": at(account.Propose, postDiscussion)},
		"lfs-files":       {"POST": at(account.ReadInfo, noDuplicate)},
	})
	maps.Copy(t.File, map[string]web.Routes{
		"resolve": {"GET": at(account.ReadFiles, resolveFile)},
		"raw":     {"GET": at(account.ReadFiles, rawFile)},
	})
}
