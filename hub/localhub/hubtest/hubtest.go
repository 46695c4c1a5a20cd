// Package hubtest is a suite of facts about the Hub's API: what a client that creates, fills,
// reads and proposes changes to a model repo relies on. It runs against any Hub, so that the
// local one can be compared with others:
//
//	go test ./hub/localhub/hubtest -run TestAnyHub -hub-endpoint https://HUB -hub-token hf_...
//
// It uses net/http alone and trusts no client of ours.
package hubtest

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestHub checks that the Hub at endpoint keeps to the facts. token may create repos in its
// user's namespace. The suite works in one private repo of a random name, which it deletes at
// the end.
func TestHub(t *testing.T, endpoint, token string) {
	s := &session{endpoint: strings.TrimSuffix(endpoint, "/"), token: token}
	s.t = t
	if !t.Run("account", s.in(account)) {
		return // without a name there is no repo
	}
	suffix := make([]byte, 6)
	rand.Read(suffix) // never fails
	s.name = "hubtest-" + hex.EncodeToString(suffix)
	s.repo = s.user + "/" + s.name
	t.Cleanup(func() {
		s.t = t
		s.send(http.MethodDelete, "/api/repos/delete", s.token, map[string]any{"name": s.name, "organization": s.user, "type": "model"})
	})
	if !t.Run("create", s.in(create)) {
		return
	}
	// In this order: each may build on the commits of those before.
	for _, step := range []struct {
		name string
		run  func(*session)
	}{
		{"info", info},
		{"access", access},
		{"card", card},
		{"preupload", preupload},
		{"commit", commitRegular},
		{"conflicting commit", commitOnOldParent},
		{"large file", largeFile},
		{"commit without its object", commitWithoutObject},
		{"read a regular file", readRegular},
		{"read a large file", readLarge},
		{"what is not there", missing},
		{"listing", listing},
		{"pages of a listing", pages},
		{"paths", paths},
		{"history", history},
		{"list of repos", repos},
		{"another case of the name", otherCase},
		{"branches and tags", refs},
		{"deletions", deletions},
		{"draft pull request", draftPull},
		{"pull request by commit", pullByCommit},
	} {
		if !t.Run(step.name, s.in(step.run)) && slices.Contains([]string{"commit", "large file"}, step.name) {
			t.Fatal("without that nothing else can be said")
		}
	}
	t.Run("delete", s.in(deleteRepo))
}

func account(s *session) {
	var me struct {
		Name, Type string
		Auth       struct {
			AccessToken struct{ Role string }
		}
	}
	s.get("/api/whoami-v2").json(200, &me)
	if me.Name == "" || me.Auth.AccessToken.Role == "" {
		s.t.Errorf("whoami-v2 is %+v, without a name or a role", me)
	}
	s.user = me.Name
	s.send("GET", "/api/whoami-v2", "hf_nobodyhasthistoken", nil).refused(401, "")
}

func create(s *session) {
	body := map[string]any{"name": s.name, "organization": s.user, "type": "model", "visibility": "private"}
	var made struct{ URL, Name string }
	s.post("/api/repos/create", body).json(200, &made)
	if !strings.HasSuffix(made.URL, "/"+s.repo) || !strings.HasPrefix(made.URL, "http") {
		s.t.Errorf("the repo is at %q, want an absolute URL that ends in /%s", made.URL, s.repo)
	}
	var again struct{ URL, Error string }
	r := s.post("/api/repos/create", body)
	r.refused(409, "")
	r.decode(&again)
	if again.URL != made.URL {
		s.t.Errorf("the second creation is answered %s, without the url %s", r.body, made.URL)
	}
	s.post("/api/repos/create", map[string]any{"name": "a--b", "organization": s.user, "type": "model"}).refused(400, "")
}

type repoInfo struct {
	ID       string
	SHA      string
	Private  bool
	Siblings []struct{ RFilename string }
}

func (s *session) info(rev string) repoInfo {
	s.t.Helper()
	var info repoInfo
	s.get("/api/models/"+s.repo+"/revision/"+escape(rev)).json(200, &info)
	return info
}

func info(s *session) {
	var byName repoInfo
	s.get("/api/models/"+s.repo).json(200, &byName)
	main := s.info("main")
	if main.ID != s.repo || !isOID(main.SHA) || !main.Private || byName.SHA != main.SHA {
		s.t.Errorf("the info is %+v and %+v", main, byName)
	}
	if len(main.Siblings) != 1 || main.Siblings[0].RFilename != ".gitattributes" {
		s.t.Errorf("a new repo has %+v, want .gitattributes alone", main.Siblings)
	}
	if byCommit := s.info(main.SHA); byCommit.SHA != main.SHA {
		s.t.Errorf("the info of commit %s is of %s", main.SHA, byCommit.SHA)
	}
	s.first = main.SHA
	s.get("/api/models/"+s.repo+"/revision/nowhere").refused(404, "RevisionNotFound")
}

func access(s *session) {
	s.send("GET", "/api/models/"+s.repo, "", nil).refused(401, "RepoNotFound")
	s.get("/api/models/"+s.repo+"-none").refused(404, "RepoNotFound")
	s.get("/api/models/" + s.repo + "/auth-check").status(200)
	s.get("/api/models/" + s.repo + "/auth-check/write").status(200)
	s.send("GET", "/"+s.repo+"/resolve/main/.gitattributes", "", nil).refused(401, "RepoNotFound")
	s.send("POST", "/api/models/"+s.repo+"/preupload/main", "", map[string]any{"files": []any{}}).refused(401, "RepoNotFound")
}

func card(s *session) {
	var verdict struct {
		Errors, Warnings []struct{ Message string }
	}
	validate := func(content string, status int) {
		s.t.Helper()
		verdict.Errors = nil
		s.post("/api/validate-yaml", map[string]any{"content": content, "repoType": "model"}).json(status, &verdict)
	}
	validate("---\nlicense: mit\n---\n# Model\n", 200)
	if len(verdict.Errors) > 0 {
		s.t.Errorf("a good card has errors %+v", verdict.Errors)
	}
	validate("---\nlicense: no-such-license\n---\n", 400)
	if len(verdict.Errors) == 0 || verdict.Errors[0].Message == "" {
		s.t.Errorf("a bad card has errors %+v", verdict.Errors)
	}
}

func deleteRepo(s *session) {
	s.send("DELETE", "/api/repos/delete", s.token, map[string]any{"name": s.name, "organization": s.user, "type": "model"}).status(200)
	s.get("/api/models/"+s.repo).refused(404, "RepoNotFound")
}
