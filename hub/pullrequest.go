package hub

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// PullRequestRef is the revision that a pull request's commits go to, refs/pr/ and its number. It serves
// as rev in every call.
func PullRequestRef(number int) string { return "refs/pr/" + strconv.Itoa(number) }

// NewPullRequest stands for the revision of a pull request to main that is made only when its content is there:
// [Client.Preupload] and [Client.Upload] take it. Who may read a repo may upload for one.
const NewPullRequest = "refs/pr/new"

// CreatePullRequest opens a pull request to main of a repo, without a commit yet, and returns its
// number and web page. Who may read a repo may do that. It is a draft: commit to [PullRequestRef],
// then call [Client.OpenPullRequest]. The description may be empty.
//
// It never makes a second one: when an answer is lost, it looks whether there is a new pull
// request of that title, and asks again only if there is none.
func (c *Client) CreatePullRequest(ctx context.Context, repo, title, description string) (number int, url string, err error) {
	const op = "open a pull request in"
	title = strings.TrimSpace(title)
	if err := c.checkTarget(op, repo, PullRequestRef(1)); err != nil {
		return 0, "", err
	}
	if title == "" || strings.ContainsAny(title, "\r\n") {
		return 0, "", fmt.Errorf("%s %s: the title of a pull request is one line that is not empty", op, repo)
	}
	cl := &call{op: op, repo: repo, method: http.MethodPost, url: c.api(repo, "discussions"), auth: true, once: true, limit: smallAnswer}
	if err := cl.jsonBody(map[string]any{"title": title, "description": description, "pullRequest": true}); err != nil {
		return 0, "", err
	}
	last, err := c.lastDiscussion(ctx, repo)
	if err != nil {
		return 0, "", err
	}
	for try := 1; ; try++ {
		ans, err := c.send(ctx, cl)
		if err == nil {
			var made discussion
			if err = cl.decode(ans, &made); err == nil && made.Number < 1 {
				err = cl.wrap(&answerError{what: "the answer has no number"})
			}
			if err == nil {
				return made.Number, c.pullRequestPage(repo, made.Number), nil
			}
		}
		unknown := func(why error) error {
			return fmt.Errorf("%w: whether the pull request was made is not known: %w", err, why)
		}
		switch {
		case ctx.Err() != nil:
			return 0, "", fmt.Errorf("%w: whether the pull request was made is not known", err)
		case !inDoubt(err):
			return 0, "", err
		}
		wait := pause(try + 1)
		c.noticeWait("open a pull request in "+repo, wait, fmt.Sprintf("%v; looking in %s whether it was made", err, short(wait)))
		if err := sleep(ctx, wait); err != nil {
			return 0, "", unknown(err)
		}
		now, lookErr := c.discussionsAfter(ctx, repo, last)
		if lookErr != nil {
			return 0, "", unknown(lookErr)
		}
		var ours []int
		for _, d := range now {
			if d.IsPullRequest && strings.TrimSpace(d.Title) == title {
				ours = append(ours, d.Number)
			}
		}
		switch {
		case len(ours) == 1:
			return ours[0], c.pullRequestPage(repo, ours[0]), nil
		case len(ours) > 1:
			return 0, "", unknown(fmt.Errorf("pull requests %v are new and have its title", ours))
		case try == maxTries:
			return 0, "", err
		}
	}
}

func (c *Client) pullRequestPage(repo string, number int) string {
	return c.route(repo, "discussions", strconv.Itoa(number)).String()
}

// A discussion is what the Hub says of a discussion or pull request.
type discussion struct {
	Number        int    `json:"num"`
	Title         string `json:"title"`
	Status        string `json:"status"`
	IsPullRequest bool   `json:"isPullRequest"`
	Author        struct {
		Name string `json:"name"`
	} `json:"author"`
}

// maxDiscussionPages is how many pages of discussions are read; the Hub puts some fifty on one.
const maxDiscussionPages = 100

// discussionPage is one page of a list, the latest first.
type discussionPage struct {
	Discussions []discussion `json:"discussions"`
	Count       int          `json:"count"` // of all pages
	Start       int          `json:"start"` // how many are on the pages before
}

const listPulls = "list the pull requests of"

// discussionPage reads page n, from 0, of a repo's discussions that query is for.
func (c *Client) discussionPage(ctx context.Context, repo string, query url.Values, n int) (page discussionPage, err error) {
	where := c.api(repo, "discussions")
	if n > 0 {
		query = maps.Clone(query)
		query.Set("p", strconv.Itoa(n))
	}
	where.RawQuery = query.Encode()
	_, err = c.get(ctx, listPulls, repo, where, infoAnswer, &page)
	return page, err
}

// discussions yields the pages of a repo's discussions that query is for, the latest first. No discussion comes twice. The
// last error is one for a list that does not end.
func (c *Client) discussions(ctx context.Context, repo string, query url.Values) iter.Seq2[[]discussion, error] {
	return func(yield func([]discussion, error) bool) {
		seen := map[int]bool{}
		for n := range maxDiscussionPages {
			page, err := c.discussionPage(ctx, repo, query, n)
			if err != nil {
				yield(nil, err)
				return
			}
			end := page.Start+len(page.Discussions) >= page.Count
			fresh := slices.DeleteFunc(page.Discussions, func(d discussion) bool { return seen[d.Number] })
			for _, d := range fresh {
				seen[d.Number] = true
			}
			if len(fresh) == 0 || !yield(fresh, nil) || end { // without a fresh one it is a Hub that knows no pages
				return
			}
		}
		yield(nil, (&call{op: listPulls, repo: repo}).wrap(&answerError{what: fmt.Sprintf("the list does not end after %d pages", maxDiscussionPages)}))
	}
}

// discussionsAfter returns the discussions of a repo whose numbers are above last.
func (c *Client) discussionsAfter(ctx context.Context, repo string, last int) ([]discussion, error) {
	var after []discussion
	for page, err := range c.discussions(ctx, repo, url.Values{}) {
		if err != nil {
			return nil, err
		}
		old := len(page)
		page = slices.DeleteFunc(page, func(d discussion) bool { return d.Number <= last })
		after = append(after, page...)
		if len(page) < old {
			break
		}
	}
	return after, nil
}

// lastDiscussion returns the highest number that a discussion of a repo has; 0 where there is none.
func (c *Client) lastDiscussion(ctx context.Context, repo string) (int, error) {
	page, err := c.discussionPage(ctx, repo, nil, 0)
	last := 0
	for _, d := range page.Discussions {
		last = max(last, d.Number)
	}
	return last, err
}

// A PullRequest is a proposal to change main of a repo. Its commits are at [PullRequestRef].
type PullRequest struct {
	Number int
	Title  string
	Author string // login
	Draft  bool   // it waits for its author
	URL    string // of its web page
}

// PullRequests yields the open pull requests of a repo, drafts included, the latest first: all, or those of an author, a
// login. It reads a page of them at a time, as far as the caller goes on; an error is the last that it yields.
func (c *Client) PullRequests(ctx context.Context, repo, author string) iter.Seq2[PullRequest, error] {
	return func(yield func(PullRequest, error) bool) {
		if err := c.checkTarget(listPulls, repo, "main"); err != nil {
			yield(PullRequest{}, err)
			return
		}
		query := url.Values{"status": {"open"}, "type": {"pull_request"}}
		if author != "" {
			query.Set("author", author)
		}
		for page, err := range c.discussions(ctx, repo, query) {
			if err != nil {
				yield(PullRequest{}, err)
				return
			}
			slices.SortFunc(page, func(a, b discussion) int { return b.Number - a.Number })
			for _, d := range page {
				fits := d.IsPullRequest && d.Number > 0 && (d.Status == "open" || d.Status == "draft") // an older Hub may not know the query
				if !fits || author != "" && !strings.EqualFold(d.Author.Name, author) {
					continue
				}
				if !yield(PullRequest{d.Number, d.Title, d.Author.Name, d.Status == "draft", c.pullRequestPage(repo, d.Number)}, nil) {
					return
				}
			}
		}
	}
}

// PullRequestText returns the description of a pull request: its first comment, which may be empty.
func (c *Client) PullRequestText(ctx context.Context, repo string, number int) (string, error) {
	op := fmt.Sprintf("read pull request %d of", number)
	if err := c.checkTarget(op, repo, PullRequestRef(number)); err != nil {
		return "", err
	}
	var one struct {
		Events []struct {
			Type string `json:"type"`
			Data struct {
				Latest struct {
					Raw string `json:"raw"`
				} `json:"latest"`
			} `json:"data"`
		} `json:"events"`
	}
	if _, err := c.get(ctx, op, repo, c.api(repo, "discussions", strconv.Itoa(number)), infoAnswer, &one); err != nil {
		return "", err
	}
	if len(one.Events) == 0 || one.Events[0].Type != "comment" {
		return "", nil
	}
	return one.Events[0].Data.Latest.Raw, nil
}

// OpenPullRequest makes a draft ready for review. One that is open already is fine.
func (c *Client) OpenPullRequest(ctx context.Context, repo string, number int) error {
	op := fmt.Sprintf("open pull request %d of", number)
	if err := c.checkTarget(op, repo, PullRequestRef(number)); err != nil {
		return err
	}
	where := c.api(repo, "discussions", strconv.Itoa(number))
	cl := &call{op: op, repo: repo, method: http.MethodPost, url: c.api(repo, "discussions", strconv.Itoa(number), "status"), auth: true, limit: infoAnswer}
	if err := cl.jsonBody(map[string]string{"status": "open"}); err != nil {
		return err
	}
	_, err := c.send(ctx, cl)
	var refusal *Error
	if !errors.As(err, &refusal) || !isRefusal(err) {
		return err
	}
	// Refused is also what is open, by an earlier try whose answer was lost or by somebody else.
	var now discussion
	if _, lookErr := c.get(ctx, op, repo, where, infoAnswer, &now); lookErr == nil && now.IsPullRequest && now.Status == "open" {
		return nil
	}
	return err
}
