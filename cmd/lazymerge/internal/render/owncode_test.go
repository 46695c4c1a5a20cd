package render

import (
	"slices"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/names"
	"github.com/lazymerge/lazymerge/merge/plan"
)

func TestOwnCode(t *testing.T) {
	for _, tt := range []struct {
		name, config string
		files        []string
		own          bool
		wantFiles    []string
		wantRepos    []string
	}{
		{"none", `{"model_type": "llama"}`, []string{"tokenizer.json"}, false, nil, nil},
		{"an empty map", `{"auto_map": {}}`, nil, false, nil, nil},
		{"its own", `{"auto_map": {"AutoModel": "modeling_x.X"}}`, []string{"modeling_x.py", "1_Pooling/x.py"}, true, []string{"modeling_x.py"}, nil},
		{"of other repos, some with null", `{"auto_map": {"AutoConfig": "b/code--c.C", "AutoModel": "a/code--m.M", "AutoTokenizer": ["a/code--t.T", null]}}`, nil, true, nil, []string{"a/code", "b/code"}},
		{"what is no repo", `{"auto_map": {"AutoModel": "../x--m.M", "AutoConfig": 3}}`, nil, true, nil, nil},
		{"a tokenizer's", `{"initializer_range": NaN}`, []string{"tokenization_x.py"}, true, []string{"tokenization_x.py"}, nil},
	} {
		m := Merge{Plan: &plan.Plan{Files: []plan.File{{Name: "config.json", Edited: plan.Text(tt.config)}}}}
		for _, name := range tt.files {
			m.Plan.Files = append(m.Plan.Files, plan.File{Name: name})
		}
		own, files, repos := m.ownCode()
		if own != tt.own || !slices.Equal(files, tt.wantFiles) || !slices.Equal(repos, tt.wantRepos) {
			t.Errorf("%s: ownCode = %t, %q, %q; want %t, %q, %q", tt.name, own, files, repos, tt.own, tt.wantFiles, tt.wantRepos)
		}
	}
}

func FuzzCodeRepos(f *testing.F) {
	f.Add(`{"AutoModel": "a/b--m.M"}`)
	f.Add(`{"AutoTokenizer": ["a/b--t.T", null]}`)
	f.Add(`["x--y", {"a": "b/c--d"}]`)
	f.Fuzz(func(t *testing.T, text string) {
		repos := codeRepos(gjson.Parse(text))
		if !slices.IsSorted(repos) || len(slices.Compact(slices.Clone(repos))) != len(repos) {
			t.Errorf("codeRepos(%q) = %q, not sorted or twice", text, repos)
		}
		for _, repo := range repos {
			if !names.IsID(repo) {
				t.Errorf("codeRepos(%q) has %q, which is no id of a repo", text, repo)
			}
		}
	})
}
