package render

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
)

// ownCode tells whether loading the result runs Python code that is not in transformers, which of its files hold such code, and
// which other repos do. The code of its config is named in auto_map; that of a tokenizer or processor shows by its file, as
// a result takes over none otherwise.
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

// codeRepos are the repos in an auto_map, in order: its values are names of classes, or lists of them with null among them.
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
