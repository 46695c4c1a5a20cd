package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// RepoInfo is what the Hub says of a model repo at the tip of a branch.
type RepoInfo struct {
	Name        string // as the Hub writes it now
	Commit      string // 40 hex digits, of the tip
	Private     bool
	Gated       string // "auto", "manual", or "" for not gated
	Disabled    bool   // by the Hub's staff
	PipelineTag string
	LibraryName string
	Tags        []string
	CardData    json.RawMessage // the front matter of README.md, an object; nil without one
	Siblings    []string        // names of all files, as the Hub gives them
	UsedStorage int64           // bytes that the repo takes on the Hub; 0 where the Hub does not say
}

// Repo looks a model repo up at its main branch. The error is ErrNotFound for one that is not there
// or that the token may not see; the Hub does not say which.
func (c *Client) Repo(ctx context.Context, repo string) (*RepoInfo, error) {
	return c.info(ctx, repo, "main")
}

// RepoAt is Repo for another branch, tag, commit or PR ref.
func (c *Client) RepoAt(ctx context.Context, repo, ref string) (*RepoInfo, error) {
	if err := checkRevision(ref); err != nil {
		return nil, fmt.Errorf("look up %.120q: %w", repo, err)
	}
	return c.info(ctx, repo, ref)
}

// gatedState is false, "auto" or "manual" on the wire.
type gatedState string

func (g *gatedState) UnmarshalJSON(data []byte) error {
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	switch v := v.(type) {
	case string:
		*g = gatedState(v)
	case bool:
		if v {
			*g = "auto"
		}
	}
	return nil
}

func (c *Client) info(ctx context.Context, repo, ref string) (*RepoInfo, error) {
	const op = "look up"
	if err := c.ready(); err != nil {
		return nil, err
	}
	if err := checkRepo(repo); err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	var raw struct {
		ID          string     `json:"id"`
		SHA         string     `json:"sha"`
		Private     bool       `json:"private"`
		Gated       gatedState `json:"gated"`
		Disabled    bool       `json:"disabled"`
		PipelineTag string     `json:"pipeline_tag"`
		LibraryName string     `json:"library_name"`
		Tags        []string   `json:"tags"`
		Siblings    []struct {
			Name string `json:"rfilename"`
		} `json:"siblings"`
		CardData    json.RawMessage `json:"cardData"`
		UsedStorage int64           `json:"usedStorage"`
	}
	ans, err := c.get(ctx, op, repo, c.api(repo, "revision", segment(ref)), infoAnswer, &raw)
	if err != nil {
		return nil, err
	}
	odd := func(what string) (*RepoInfo, error) {
		return nil, fmt.Errorf("%s %s: %w", op, repo, &answerError{what: ans.url.Host + " gave " + what + ", which no Hub does"})
	}
	switch {
	case !isCommit(raw.SHA):
		return odd("no commit")
	case checkRepo(raw.ID) != nil:
		return odd("no name of a repo")
	}
	info := &RepoInfo{
		Name:        raw.ID,
		Commit:      raw.SHA,
		Private:     raw.Private,
		Gated:       string(raw.Gated),
		Disabled:    raw.Disabled,
		PipelineTag: raw.PipelineTag,
		LibraryName: raw.LibraryName,
		Tags:        raw.Tags,
		UsedStorage: max(raw.UsedStorage, 0),
	}
	if len(raw.CardData) > 0 && raw.CardData[0] == '{' {
		info.CardData = raw.CardData
	}
	for _, s := range raw.Siblings {
		info.Siblings = append(info.Siblings, s.Name)
	}
	if !strings.EqualFold(repo, info.Name) {
		c.noticeOnce("renamed "+repo, "%s is now called %s", repo, info.Name)
	}
	return info, nil
}

// CheckRead asks whether the token may read the files of a repo, gated ones included. It returns nil
// where the Hub cannot tell.
func (c *Client) CheckRead(ctx context.Context, repo string) error {
	return c.check(ctx, "check read access to", repo, "auth-check")
}

// CheckWrite asks whether the token may write to a repo. It returns nil where the Hub
// cannot tell.
func (c *Client) CheckWrite(ctx context.Context, repo string) error {
	return c.check(ctx, "check write access to", repo, "auth-check/write")
}

func (c *Client) check(ctx context.Context, op, repo, route string) error {
	if err := c.ready(); err != nil {
		return err
	}
	if err := checkRepo(repo); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	_, err := c.send(ctx, &call{op: op, repo: repo, method: http.MethodGet, url: c.api(repo, route), auth: true, limit: smallAnswer})
	var refusal *Error
	if errors.As(err, &refusal) {
		switch refusal.Status {
		case http.StatusNotFound: // without a code it is the route that is not there
			if refusal.Code == "" {
				return nil
			}
		case http.StatusMethodNotAllowed, http.StatusNotImplemented:
			return nil
		}
	}
	return err
}

// CreateRepo makes a model repo, "namespace/name", private or public. One that is there already is
// fine and is left as it is; created tells which it was. After a lost answer created may be
// false for a repo that this call made.
func (c *Client) CreateRepo(ctx context.Context, repo string, private bool) (created bool, err error) {
	const op = "create"
	if err := c.ready(); err != nil {
		return false, err
	}
	namespace, name, ok := strings.Cut(repo, "/")
	if err := checkRepo(repo); err != nil || !ok {
		if err == nil {
			err = fmt.Errorf("%q has no namespace: write it as namespace/name", repo)
		}
		return false, fmt.Errorf("%s: %w", op, err)
	}
	visibility := "public"
	if private {
		visibility = "private"
	}
	cl := &call{op: op, repo: repo, method: http.MethodPost, url: c.route("api/repos/create"), auth: true, limit: smallAnswer}
	if err := cl.jsonBody(map[string]string{"name": name, "organization": namespace, "type": "model", "visibility": visibility}); err != nil {
		return false, err
	}
	for try := 1; ; try++ {
		ans, err := c.send(ctx, cl)
		if err == nil {
			var made struct {
				URL string `json:"url"`
			}
			if err := cl.decode(ans, &made); err != nil {
				return false, err
			}
			return true, nil
		}
		var refusal *Error
		if !errors.As(err, &refusal) {
			return false, err
		}
		switch refusal.Status {
		case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden: // perhaps only no right to create
			if refusal.Status != http.StatusUnauthorized || refusal.TokenFrom != "" {
				if _, infoErr := c.Repo(ctx, repo); infoErr == nil {
					return false, nil
				}
			}
			return false, err
		case http.StatusConflict: // it exists, or something else is being done to it just now
			if namesRepo(ans.body) {
				return false, nil
			}
			_, infoErr := c.Repo(ctx, repo)
			switch {
			case infoErr == nil:
				return false, nil
			case !errors.Is(infoErr, ErrNotFound) || try == maxTries:
				return false, err
			}
			wait := pause(try)
			c.noticeWait("create "+repo, wait, fmt.Sprintf("the Hub is busy with %s; trying again in %s", repo, short(wait)))
			if err := sleep(ctx, wait); err != nil {
				return false, cl.wrap(err)
			}
		default:
			return false, err
		}
	}
}

// namesRepo tells the 409 of a repo that exists, which gives its URL, from the other one.
func namesRepo(body []byte) bool {
	var conflict struct {
		URL string `json:"url"`
	}
	return json.Unmarshal(body, &conflict) == nil && conflict.URL != ""
}

// CreateBranch makes a branch that starts at from: a branch, tag or commit; "" means the tip of main.
// A branch that is there already is fine and is left where it is.
func (c *Client) CreateBranch(ctx context.Context, repo, branch, from string) error {
	op := fmt.Sprintf("make branch %s in", branch)
	if err := c.ready(); err != nil {
		return err
	}
	err := checkRepo(repo)
	if err == nil {
		err = checkRevision(branch)
	}
	body := map[string]string{}
	if from != "" && err == nil {
		err = checkRevision(from)
		body["startingPoint"] = from
	}
	if err != nil {
		return fmt.Errorf("make branch: %w", err)
	}
	cl := &call{op: op, repo: repo, method: http.MethodPost, url: c.api(repo, "branch", segment(branch)), auth: true, limit: smallAnswer}
	if err := cl.jsonBody(body); err != nil {
		return err
	}
	_, err = c.send(ctx, cl)
	var refusal *Error
	if errors.As(err, &refusal) && refusal.Status == http.StatusConflict {
		return nil
	}
	return err
}
