// Package names has the rules for what repos, refs and files may be called, and the forms of ids and times.
package names

import (
	"fmt"
	"regexp"
	"strings"
)

// Kinds of repos, with their plural in API paths. Models have no prefix elsewhere.
var Kinds = map[string]string{
	"models":   "model",
	"datasets": "dataset",
	"spaces":   "space",
	"kernels":  "kernel",
}

// A RepoID names one repo. Repos of different kinds may share a name.
type RepoID struct {
	Kind string // a value of kinds
	Name string // namespace/name, or name alone for the oldest models of the public Hub
}

// String returns the id as web and resolve paths have it: datasets/alice/x, alice/x for models.
func (id RepoID) String() string {
	if id.Kind == "model" {
		return id.Name
	}
	return id.Kind + "s/" + id.Name
}

// Namespace is the user or organization that the repo belongs to; "" where it has none.
func (id RepoID) Namespace() string {
	ns, _, ok := strings.Cut(id.Name, "/")
	if !ok {
		return ""
	}
	return ns
}

// ParseRepoID reads the form of [RepoID.String].
func ParseRepoID(s string) (RepoID, error) {
	id := RepoID{"model", s}
	if first, rest, ok := strings.Cut(s, "/"); ok && first != "models" && Kinds[first] != "" {
		id = RepoID{Kinds[first], rest}
	}
	parts := strings.Split(id.Name, "/")
	if len(parts) > 2 {
		return RepoID{}, fmt.Errorf("repo id %q has more than one slash", s)
	}
	for _, p := range parts {
		if err := checkName(p); err != nil {
			return RepoID{}, fmt.Errorf("repo id %q: %w", s, err)
		}
	}
	if len(parts) == 2 {
		if err := CheckNamespace(parts[0]); err != nil {
			return RepoID{}, fmt.Errorf("repo id %q: %w", s, err)
		}
	}
	return id, nil
}

var namePattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,96}$`)

// checkName holds the name of a repo, without its namespace, to the Hub's rules.
func checkName(name string) error {
	switch {
	case !namePattern.MatchString(name):
		return fmt.Errorf("name %.100q is not 1 to 96 of A-Z a-z 0-9 . _ -", name)
	case strings.Trim(name, "-.") != name:
		return fmt.Errorf("name %q starts or ends with a dash or a dot", name)
	case strings.Contains(name, "--") || strings.Contains(name, ".."):
		return fmt.Errorf("name %q has two dashes or two dots in a row", name)
	case strings.HasSuffix(name, ".git"):
		return fmt.Errorf("name %q ends with .git", name)
	}
	return nil
}

// CheckNamespace also refuses the first words of this server's own paths.
func CheckNamespace(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if name == "api" || name == "oauth" || Kinds[name] != "" {
		return fmt.Errorf("name %q is reserved", name)
	}
	return nil
}

// Folded is what the ids of one repo have in common: names that differ in case alone are one.
func (id RepoID) Folded() RepoID { return RepoID{id.Kind, strings.ToLower(id.Name)} }
