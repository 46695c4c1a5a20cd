package localhub

import (
	"fmt"
	"regexp"
	"strings"
)

// kinds of repos, with their plural in API paths. Models have no prefix elsewhere.
var kinds = map[string]string{
	"models":   "model",
	"datasets": "dataset",
	"spaces":   "space",
	"kernels":  "kernel",
}

// A repoID names one repo. Repos of different kinds may share a name.
type repoID struct {
	kind string // a value of kinds
	name string // namespace/name, or name alone for the oldest models of the public Hub
}

// String returns the id as web and resolve paths have it: datasets/alice/x, alice/x for models.
func (id repoID) String() string {
	if id.kind == "model" {
		return id.name
	}
	return id.kind + "s/" + id.name
}

// namespace is the user or organisation that the repo belongs to; "" where it has none.
func (id repoID) namespace() string {
	ns, _, ok := strings.Cut(id.name, "/")
	if !ok {
		return ""
	}
	return ns
}

// parseRepoID reads the form of [repoID.String].
func parseRepoID(s string) (repoID, error) {
	id := repoID{"model", s}
	if first, rest, ok := strings.Cut(s, "/"); ok && first != "models" && kinds[first] != "" {
		id = repoID{kinds[first], rest}
	}
	parts := strings.Split(id.name, "/")
	if len(parts) > 2 {
		return repoID{}, fmt.Errorf("repo id %q has more than one slash", s)
	}
	for _, p := range parts {
		if err := checkName(p); err != nil {
			return repoID{}, fmt.Errorf("repo id %q: %w", s, err)
		}
	}
	if len(parts) == 2 {
		if err := checkNamespace(parts[0]); err != nil {
			return repoID{}, fmt.Errorf("repo id %q: %w", s, err)
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

// checkNamespace also refuses the first words of this server's own paths.
func checkNamespace(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if name == "api" || name == "oauth" || kinds[name] != "" {
		return fmt.Errorf("name %q is reserved", name)
	}
	return nil
}
