package hubtest

import (
	"net/http"
	"net/url"
	"strings"
)

// repos finds the repo in the list of its owner's, and leads to the next page by an absolute URL.
func repos(s *session) {
	list := func(path, token string) (found bool, next string) {
		var page []struct {
			ID      string
			Private bool
		}
		r := s.send("GET", path, token, nil)
		r.json(200, &page)
		for _, one := range page {
			if one.ID == s.repo {
				found = true
				if !one.Private {
					s.t.Errorf("%s is listed as public", s.repo)
				}
			}
		}
		next, _, _ = strings.Cut(strings.TrimPrefix(r.Header.Get("Link"), "<"), ">; rel=")
		return found, next
	}
	mine := "/api/models?" + url.Values{"author": {s.user}, "search": {s.name}, "limit": {"1"}}.Encode()
	if found, _ := list(mine, s.token); !found {
		s.t.Errorf("GET %s does not have the repo", mine)
	}
	if found, _ := list(mine, ""); found {
		s.t.Errorf("GET %s without a token has the private repo", mine)
	}
	if _, next := list("/api/models?limit=1&sort=lastModified&direction=-1", s.token); next != "" && !strings.HasPrefix(next, s.endpoint+"/api/models?") {
		s.t.Errorf("the next page of repos is at %q", next)
	}
}

// otherCase finds the repo by its name in capitals, and makes no second one.
func otherCase(s *session) {
	name := strings.ToUpper(s.name)
	s.post("/api/repos/create", map[string]any{"name": name, "organization": s.user, "type": "model", "visibility": "private"}).refused(http.StatusConflict, "")
	r := s.get("/api/models/" + s.user + "/" + name)
	if r.StatusCode == 200 {
		var info struct{ ID string }
		if r.decode(&info); info.ID != s.repo {
			s.t.Errorf("%s is %s, want %s", name, info.ID, s.repo)
		}
		return
	}
	r.status(http.StatusTemporaryRedirect, http.StatusPermanentRedirect)
	if location := r.Header.Get("Location"); !strings.HasSuffix(location, "/api/models/"+s.repo) {
		s.t.Errorf("%s leads to %q, want %s", name, location, s.repo)
	}
}
