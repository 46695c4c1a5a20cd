package localhub

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
)

// repoName is how the bodies of create and delete name a repo.
type repoName struct {
	Name         string  `json:"name"`
	Organization *string `json:"organization"`
	Type         string  `json:"type"`
}

// id completes the name with the caller's namespace.
func (n repoName) id(l *login) (repoID, error) {
	kind := n.Type
	if kind == "" {
		kind = "model"
	}
	if kinds[kind+"s"] != kind {
		return repoID{}, badRequest("type %q is none of model, dataset, space and kernel", n.Type)
	}
	name := n.Name
	if !strings.Contains(name, "/") {
		ns := l.name
		if n.Organization != nil && *n.Organization != "" {
			ns = *n.Organization
		}
		name = ns + "/" + name
	}
	// A namespace in another case is the same.
	namespace, rest, _ := strings.Cut(name, "/")
	for _, own := range append([]string{l.name}, l.orgs...) {
		if strings.EqualFold(own, namespace) {
			name = own + "/" + rest
		}
	}
	id := repoID{kind, name}
	if _, err := parseRepoID(id.String()); err != nil {
		return repoID{}, badRequest("%v", err)
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
	return false, false, badRequest("visibility %q is neither public nor private", *visibility)
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
	if c.login == nil {
		return unauthorized()
	}
	if err := c.decodeUpTo(maxFilesJSON, &body); err != nil {
		return err
	}
	id, err := body.id(c.login)
	if err != nil {
		return err
	}
	if !c.login.mayWrite(id.namespace()) {
		return refuse(http.StatusForbidden, "You don't have the rights to create a %s under the namespace %q", id.kind, id.namespace())
	}
	private, _, err := visibility(body.Visibility, body.Private)
	if err != nil {
		return err
	}
	if id.kind == "space" && body.SDK == "" {
		return badRequest("a space needs an sdk")
	}
	if body.Template != "" {
		return badRequest("this local Hub has no templates, such as %.100q; create the repo without one and upload files", body.Template)
	}
	if body.License != "" && !slices.Contains(licenses, body.License) {
		return badRequest("license %.100q is none of %s", body.License, strings.Join(licenses, ", "))
	}
	var ops []op
	if body.License != "" { // before the files, which may have a card of their own
		ops = append(ops, op{kind: opFile, path: cardPath, data: []byte("---\nlicense: " + body.License + "\n---\n")})
	}
	for _, f := range body.Files {
		if err := checkPath(f.Path); err != nil {
			return badRequest("%v", err)
		}
		data, err := base64.StdEncoding.DecodeString(f.Content)
		if err != nil || f.Encoding != "base64" {
			return badRequest("file %q is not in base64", f.Path)
		}
		ops = append(ops, op{kind: opFile, path: f.Path, data: data})
	}
	if err := c.checkRegular(ops); err != nil {
		return err
	}
	r, err := c.repos.create(settings{Kind: id.kind, Name: id.name, Private: private}, c.login.name, ops, c.now())
	if errors.Is(err, errExists) {
		e := refuse(http.StatusConflict, "You already created this %s repo", id.kind)
		e.body = map[string]string{"error": e.message, "url": c.page(r.id())}
		return e
	}
	if err != nil {
		return err
	}
	return c.json(map[string]string{"url": c.page(id), "name": id.name, "id": r.key})
}

// target finds the repo that a body names and checks that the caller may change it.
func (c *call) target(id repoID) (*repo, error) {
	r := c.repos.named(id)
	if r == nil {
		return nil, noRepo(c.login)
	}
	return r, r.current().check(c.login, write)
}

func deleteRepo(c *call) error {
	var body repoName
	if c.login == nil {
		return unauthorized()
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	id, err := body.id(c.login)
	if err != nil {
		return err
	}
	r, err := c.target(id)
	if err != nil {
		return err
	}
	if err := c.repos.remove(r); err != nil {
		return err
	}
	return c.json(struct{}{})
}

func moveRepo(c *call) error {
	var body struct {
		From string `json:"fromRepo"`
		To   string `json:"toRepo"`
		Type string `json:"type"`
	}
	if c.login == nil {
		return unauthorized()
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	from, err := repoName{Name: body.From, Type: body.Type}.id(c.login)
	if err != nil {
		return err
	}
	to, err := repoName{Name: body.To, Type: body.Type}.id(c.login)
	if err != nil {
		return err
	}
	r, err := c.target(from)
	if err != nil {
		return err
	}
	if !c.login.mayWrite(to.namespace()) {
		return refuse(http.StatusForbidden, "You don't have the rights to move a %s to the namespace %q", to.kind, to.namespace())
	}
	if err := c.repos.move(r, to); err != nil {
		return err
	}
	return c.json(struct{}{})
}

func putSettings(c *call) error {
	var body struct {
		Visibility *string         `json:"visibility"`
		Private    *bool           `json:"private"`
		Gated      json.RawMessage `json:"gated"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}
	private, given, err := visibility(body.Visibility, body.Private)
	if err != nil {
		return err
	}
	gates := []Gate{Auto, Manual, Open}
	gate := slices.Index([]string{`"auto"`, `"manual"`, `false`}, string(body.Gated))
	if len(body.Gated) > 0 && gate < 0 {
		return badRequest(`gated is none of "auto", "manual" and false`)
	}
	err = c.repo.change(func(s *settings) {
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
	return c.json(struct{}{})
}
