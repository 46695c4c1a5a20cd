package render

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
)

// ownCode reports whether loading the result runs Python code outside transformers, and which of its files and which other repos have it.
// Model code is named by auto_map in the config; code of a tokenizer or processor is a file, which is only copied if used.
//
// Source: transformers 5, dynamic_module_utils.py: a class of another repo is "namespace/name--module.Class".
func (m Merge) ownCode() (own bool, files, repos []string) {
	for _, f := range m.Plan.Files {
		switch {
		case strings.HasSuffix(f.Name, ".py") && !strings.Contains(f.Name, "/"):
			files = append(files, f.Name)
		case f.Name == "config.json":
			named := gjson.GetBytes(f.Edited, "auto_map")
			own = own || named.IsObject() && len(named.Map()) > 0
			repos = codeRepos(named)
		}
	}
	return own || len(files) > 0, files, repos
}

// codeRepos are the repos in an auto_map, sorted. Its values are class names, or lists of class names and null.
func codeRepos(autoMap gjson.Result) []string {
	var out []string
	autoMap.ForEach(func(_, value gjson.Result) bool {
		for _, class := range value.Array() {
			if repo, _, ok := strings.Cut(class.String(), "--"); ok && names.IsID(repo) {
				out = append(out, repo)
			}
		}
		return true
	})
	slices.Sort(out)
	return slices.Compact(out)
}
