package hubtest

import (
	"fmt"
	"strconv"
	"strings"
)

type talk struct {
	Num           int
	Title, Status string
	Author        struct{ Name string }
	CreatedAt     string
	Repo          struct{ Name, Type string }
	IsPullRequest bool
	Events        []struct{ ID, Type string }
	Changes       struct{ Base, MergeCommitID string }
}

func (s *session) discussion(number int) talk {
	s.t.Helper()
	var d talk
	s.get(fmt.Sprintf("/api/models/%s/discussions/%d?diff=1", s.repo, number)).json(200, &d)
	return d
}

// draftPull makes a pull request first and commits to it then, as clients do that may have to
// ask again.
func draftPull(s *session) {
	api := "/api/models/" + s.repo + "/discussions"
	var made struct{ Num int }
	s.post(api, map[string]any{"title": "A proposal", "description": "of the suite", "pullRequest": true}).json(200, &made)
	d := s.discussion(made.Num)
	if made.Num < 1 || d.Num != made.Num || d.Title != "A proposal" || d.Status != "draft" || !d.IsPullRequest || d.Author.Name != s.user ||
		d.Repo.Name != s.repo || d.Repo.Type != "model" || d.Changes.Base != "refs/heads/main" || d.CreatedAt == "" {
		s.t.Fatalf("the pull request is %+v", d)
	}
	ref := "refs/pr/" + strconv.Itoa(made.Num)
	before := s.info("main").SHA
	on := s.commit(escape(ref), map[string]any{"summary": "Propose"}, "file", file("proposal.txt", "p"))
	if now := s.info("main").SHA; now != before {
		s.t.Errorf("a commit to a pull request moved main to %s", now)
	}
	if got := s.info(ref).SHA; got != on || s.refs()[ref] != on {
		s.t.Errorf("%s is at %s, want %s", ref, got, on)
	}
	var page struct {
		Discussions []talk
		Count       int
	}
	s.get(api).json(200, &page)
	if len(page.Discussions) != 1 || page.Count != 1 || page.Discussions[0].Num != made.Num || page.Discussions[0].Title != "A proposal" || !page.Discussions[0].IsPullRequest {
		s.t.Errorf("the list of discussions is %+v", page)
	}
	one := api + "/" + strconv.Itoa(made.Num)
	s.post(one+"/comment", map[string]any{"comment": "a word"}).status(200)
	s.post(one+"/status", map[string]any{"status": "open"}).status(200)
	if d := s.discussion(made.Num); d.Status != "open" {
		s.t.Errorf("an opened pull request is %s", d.Status)
	}
	s.post(one+"/merge", nil).status(200)
	if !s.names("main")["proposal.txt"] {
		s.t.Error("main lacks what has been merged")
	}
	if d := s.discussion(made.Num); d.Status != "merged" {
		s.t.Errorf("a merged pull request is %s", d.Status)
	}
}

// pullByCommit makes both in one request.
func pullByCommit(s *session) {
	before := s.info("main").SHA
	var made struct{ CommitOID, PullRequestURL string }
	s.postCommit("main?create_pr=1", map[string]any{"summary": "Propose at once", "parentCommit": before}, "file", file("more.txt", "m")).json(200, &made)
	_, number, ok := strings.Cut(made.PullRequestURL, "/"+s.repo+"/discussions/")
	n, err := strconv.Atoi(number)
	if !ok || err != nil || !isOID(made.CommitOID) {
		s.t.Fatalf("the answer is %+v", made)
	}
	if d := s.discussion(n); d.Title != "Propose at once" || !d.IsPullRequest || d.Status != "open" {
		s.t.Errorf("the pull request is %+v", d)
	}
	if got := s.refs()["refs/pr/"+number]; got != made.CommitOID || s.info("main").SHA != before {
		s.t.Errorf("refs/pr/%s is at %s, want %s, and main at %s", number, got, made.CommitOID, before)
	}
	s.post(fmt.Sprintf("/api/models/%s/discussions/%d/status", s.repo, n), map[string]any{"status": "closed"}).status(200)
	if d := s.discussion(n); d.Status != "closed" {
		s.t.Errorf("a closed pull request is %s", d.Status)
	}
}
