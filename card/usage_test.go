package card

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestUsage(t *testing.T) {
	all := append(slices.Collect(maps.Keys(examples)), "text-generation", "image-text-to-text", "any-to-any", "sentence-similarity")
	for _, name := range all {
		f := Facts{Repo: "alice/\"x", Revision: "try", PipelineTag: name, ChatTemplate: true}
		plain := usage(f)
		f.CustomCode = true
		code := usage(f)
		loads := strings.Count(plain, `"alice/\"x"`)
		if strings.Contains(plain, `repo = "alice`) {
			loads = strings.Count(plain, "from_pretrained(repo")
		}
		if loads == 0 || strings.Count(plain, `revision="try"`) != loads || strings.Contains(plain, "trust_remote_code") {
			t.Errorf("%s without code of its own: the repo is loaded %d times, each with its revision:\n%s", name, loads, plain)
		}
		if strings.Count(code, "trust_remote_code=True") != loads {
			t.Errorf("%s with code of its own: trust_remote_code is not given %d times:\n%s", name, loads, code)
		}
		if strings.Contains(plain, "torch_dtype") || strings.HasSuffix(plain, "\n") || !strings.HasPrefix(plain, "# pip install -U ") {
			t.Errorf("%s:\n%s", name, plain)
		}
	}
	for _, f := range []Facts{{}, {PipelineTag: "text-to-image"}, {PipelineTag: "image-text-to-text"}, {LibraryName: "diffusers", PipelineTag: "fill-mask"}} {
		if got := usage(f); got != "" {
			t.Errorf("usage(%+v) =\n%s\nand nothing says how to use it", f, got)
		}
	}
}

func TestCodeWarning(t *testing.T) {
	const runs = "Loading the model runs Python code of its own, which `trust_remote_code=True` allows"
	for _, tt := range []struct {
		f    Facts
		want string
	}{
		{Facts{CodeFiles: []string{"a.py"}}, ""},
		{Facts{CustomCode: true}, runs + ". Read it first."},
		{Facts{CustomCode: true, CodeFiles: []string{"a.py"}}, runs + ": [a.py](a.py) of this repo. Read it first."},
		{Facts{CustomCode: true, CodeFiles: make([]string, 5), CodeRepos: []string{"x/y"}, Endpoint: "https://h"},
			runs + ": the 5 Python files of this repo and the current version of [x/y](https://h/x/y). Read it first."},
	} {
		if got := codeWarning(tt.f); got != tt.want {
			t.Errorf("codeWarning = %q\nwant %q", got, tt.want)
		}
	}
}
