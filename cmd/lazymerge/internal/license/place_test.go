package license

import (
	"slices"
	"strings"
	"testing"
)

func TestPlaceTerms(t *testing.T) {
	tests := []struct {
		name  string
		files string // source, name and content of each
		kept  string // kinds that may not go without the name of a source
		paths string
		ours  int // 1 + the source that is under the license of the result
	}{
		{"one source", "0 LICENSE x", "", "LICENSE", 0},
		{"one kind in many spellings", "0 license.txt x, 1 LICENSE x, 2 License x", "", "LICENSE LICENSE LICENSE", 0},
		{"Markdown stays Markdown", "0 use_policy.md x, 1 LICENSE.MD y", "", "USE_POLICY.md LICENSE.md", 0},
		{"two that differ", "0 LICENSE x, 1 LICENSE.txt y", "", "LICENSE.a--0 LICENSE.b--1", 0},
		{"two of three are one", "0 LICENSE x, 1 LICENSE y, 2 LICENSE x", "", "LICENSE.a--0 LICENSE.b--1 LICENSE.a--0", 0},
		{"a kind that is kept apart", "0 LICENSE x, 0 NOTICE x", "LICENSE", "LICENSE.a--0 NOTICE", 0},
		{"two of one source that differ", "0 LICENSE x, 0 LICENSE.md y, 0 LICENSE.txt z", "", "LICENSE LICENSE.a--0.md LICENSE.a--0", 0},
		{"two of one source that differ in case alone", "0 LICENSE x, 0 license y", "", "LICENSE LICENSE.a--0", 0},
		{"two of one source that are one", "0 LICENSE x, 0 LICENSE.txt x", "", "LICENSE LICENSE", 0},
		{"the licenses of an earlier merge", "0 LICENSE x, 0 LICENSE.c--2 y, 1 LICENSE z, 1 LICENSE.c--2 y", "", "LICENSE.a--0 LICENSE.c--2 LICENSE.b--1 LICENSE.c--2", 0},
		{"licenses of code and model", "0 LICENSE-CODE x, 1 license-code y, 0 LICENSE-MODEL z", "", "LICENSE-CODE.a--0 LICENSE-CODE.b--1 LICENSE-MODEL", 0},
		{"a name that another file would get", "0 LICENSE.a--0 w, 0 LICENSE x, 1 LICENSE y", "", "LICENSE.a--0 LICENSE.a--0.2 LICENSE.b--1", 0},
		{"one that two have, and Markdown beside it", "0 LICENSE x, 1 LICENSE x, 1 LICENSE.md y", "", "LICENSE LICENSE LICENSE.b--1.md", 0},
		{"text and Markdown that are one", "0 LICENSE x, 1 LICENSE.md x", "", "LICENSE LICENSE", 0},
		{"the text of the result's license", "0 LICENSE x, 1 LICENSE y", "", "LICENSE.a--0 LICENSE", 2},
		{"two texts of the result's license", "0 LICENSE x, 1 LICENSE y, 1 LICENSE.txt z", "", "LICENSE.a--0 LICENSE.b--1 LICENSE.b--1.txt", 2},
		{"a picture of a license", "0 LICENSE.pdf x, 1 LICENSE y", "", "LICENSE.pdf LICENSE", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var files []termsFile
			for part := range strings.SplitSeq(tt.files, ", ") {
				words := strings.Fields(part)
				files = append(files, termsFile{source: int(words[0][0] - '0'), name: words[1], kind: stem(words[1]), data: []byte(words[2])})
			}
			files = placeTerms(files, []string{"a--0", "b--1", "source-3"}, func(stem string, _ []int) bool { return stem != tt.kept }, func(source int) bool { return source == tt.ours-1 })
			var paths []string
			content := map[string]string{}
			for _, f := range files {
				paths = append(paths, f.path)
				if was, twice := content[strings.ToLower(f.path)]; twice && was != string(f.data) {
					t.Errorf("%s is %s and %s", f.path, was, f.data)
				}
				content[strings.ToLower(f.path)] = string(f.data)
			}
			if want := strings.Fields(tt.paths); !slices.Equal(paths, want) {
				t.Errorf("paths %q, want %q", paths, want)
			}
		})
	}
}
