package api

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/account"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/model"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/store"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/web"
)

// repoName is how the bodies of create and delete name a repo.
type repoName struct {
	Name         string  `json:"name"`
	Organization *string `json:"organization"`
	Type         string  `json:"type"`
}

// id completes the name with the caller's namespace.
func (n repoName) id(l *account.Login) (names.RepoID, error) {
	kind := n.Type
	if kind == "" {
		kind = "model"
	}
	if names.Kinds[kind+"s"] != kind {
		return names.RepoID{}, refusal.BadRequest("type %q is none of model, dataset, space and kernel", n.Type)
	}
	name := n.Name
	if !strings.Contains(name, "/") {
		ns := l.Name
		if n.Organization != nil && *n.Organization != "" {
			ns = *n.Organization
		}
		name = ns + "/" + name
	}
	// A namespace in another case is the same.
	namespace, rest, _ := strings.Cut(name, "/")
	for _, own := range append([]string{l.Name}, l.Orgs...) {
		if strings.EqualFold(own, namespace) {
			name = own + "/" + rest
		}
	}
	id := names.RepoID{Kind: kind, Name: name}
	if _, err := names.ParseRepoID(id.String()); err != nil {
		return names.RepoID{}, refusal.BadRequest("%v", err)
	}
	return id, nil
}

// visibility reads the present and the former way to say it. The second result is false where
// neither is there.
func visibility(visibility *string, private *bool) (isPrivate, given bool, err error) {
	switch {
	case visibility == nil && private == nil:
		return false, false, nil
	case visibility == nil:
		return *private, true, nil
	case *visibility == "private" || *visibility == "public":
		return *visibility == "private", true, nil
	}
	return false, false, refusal.BadRequest("visibility %q is neither public nor private", *visibility)
}

func createRepo(c *call) error {
	var body struct {
		repoName
		Visibility *string `json:"visibility"`
		Private    *bool   `json:"private"`
		SDK        string  `json:"sdk"`
		License    string  `json:"license"`  // of a card to begin with
		Template   string  `json:"template"` // of a space
		Files      []struct {
			Path     string `json:"path"`
			Encoding string `json:"encoding"`
			Content  string `json:"content"`
		} `json:"files"`
	}
	if c.Login == nil {
		return refusal.Unauthorized()
	}
	if err := c.DecodeUpTo(web.MaxFilesJSON, &body); err != nil {
		return err
	}
	id, err := body.id(c.Login)
	if err != nil {
		return err
	}
	if !c.Login.MayWrite(id.Namespace()) {
		return refusal.New(http.StatusForbidden, "You don't have the rights to create a %s under the namespace %q", id.Kind, id.Namespace())
	}
	private, _, err := visibility(body.Visibility, body.Private)
	if err != nil {
		return err
	}
	if id.Kind == "space" && body.SDK == "" {
		return refusal.BadRequest("a space needs an sdk")
	}
	if body.Template != "" {
		return refusal.BadRequest("this local Hub has no templates, such as %.100q; create the repo without one and upload files", body.Template)
	}
	if body.License != "" && !slices.Contains(model.Licenses, body.License) {
		return refusal.BadRequest("license %.100q is none of %s", body.License, strings.Join(model.Licenses, ", "))
	}
	var ops []store.Op
	if body.License != "" { // before the files, which may have a card of their own
		ops = append(ops, store.Op{Kind: store.OpFile, Path: model.CardPath, Data: []byte("---\nlicense: " + body.License + "\n---\n")})
	}
	for _, f := range body.Files {
		if err := names.CheckPath(f.Path); err != nil {
			return refusal.BadRequest("%v", err)
		}
		data, err := base64.StdEncoding.DecodeString(f.Content)
		if err != nil || f.Encoding != "base64" {
			return refusal.BadRequest("file %q is not in base64", f.Path)
		}
		ops = append(ops, store.Op{Kind: store.OpFile, Path: f.Path, Data: data})
	}
	if err := checkRegular(ops); err != nil {
		return err
	}
	r, err := c.Repos.Create(store.Settings{Kind: id.Kind, Name: id.Name, Private: private}, c.Login.Name, ops, c.Now())
	if errors.Is(err, store.ErrExists) {
		e := refusal.New(http.StatusConflict, "You already created this %s repo", id.Kind)
		e.Body = map[string]string{"error": e.Message, "url": c.Page(r.ID())}
		return e
	}
	if err != nil {
		return err
	}
	return c.JSON(map[string]string{"url": c.Page(id), "name": id.Name, "id": r.Key})
}

// target finds the repo that a body names and checks that the caller may change it.
func (c *call) target(id names.RepoID) (*store.Repo, error) {
	r := c.Repos.Named(id)
	if r == nil {
		return nil, refusal.NoRepo(c.Login == nil)
	}
	return r, c.Login.Check(r.Current(), account.Change)
}

func deleteRepo(c *call) error {
	var body repoName
	if c.Login == nil {
		return refusal.Unauthorized()
	}
	if err := c.Decode(&body); err != nil {
		return err
	}
	id, err := body.id(c.Login)
	if err != nil {
		return err
	}
	r, err := c.target(id)
	if err != nil {
		return err
	}
	if err := c.Repos.Remove(r); err != nil {
		return err
	}
	return c.JSON(struct{}{})
}

func moveRepo(c *call) error {
	var body struct {
		From string `json:"fromRepo"`
		To   string `json:"toRepo"`
		Type string `json:"type"`
	}
	if c.Login == nil {
		return refusal.Unauthorized()
	}
	if err := c.Decode(&body); err != nil {
		return err
	}
	from, err := repoName{Name: body.From, Type: body.Type}.id(c.Login)
	if err != nil {
		return err
	}
	to, err := repoName{Name: body.To, Type: body.Type}.id(c.Login)
	if err != nil {
		return err
	}
	r, err := c.target(from)
	if err != nil {
		return err
	}
	if !c.Login.MayWrite(to.Namespace()) {
		return refusal.New(http.StatusForbidden, "You don't have the rights to move a %s to the namespace %q", to.Kind, to.Namespace())
	}
	if err := c.Repos.Move(r, to); err != nil {
		return err
	}
	return c.JSON(struct{}{})
}

func putSettings(c *call) error {
	var body struct {
		Visibility *string         `json:"visibility"`
		Private    *bool           `json:"private"`
		Gated      json.RawMessage `json:"gated"`
	}
	if err := c.Decode(&body); err != nil {
		return err
	}
	private, given, err := visibility(body.Visibility, body.Private)
	if err != nil {
		return err
	}
	gates := []store.Gate{store.Auto, store.Manual, store.Open}
	gate := slices.Index([]string{`"auto"`, `"manual"`, `false`}, string(body.Gated))
	if len(body.Gated) > 0 && gate < 0 {
		return refusal.BadRequest(`gated is none of "auto", "manual" and false`)
	}
	err = c.Repo.Change(func(s *store.Settings) {
		if given {
			s.Private = private
		}
		if gate >= 0 {
			s.Gate = gates[gate]
		}
	})
	if err != nil {
		return err
	}
	return c.JSON(struct{}{})
}
