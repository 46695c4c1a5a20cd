package recipe

import (
	"reflect"
	"strings"
	"testing"
)

const sha = "0123456789012345678901234567890123456789" // of digits alone, which is a number in YAML

func TestRename(t *testing.T) {
	const tail = "\nmerge_method: linear\nparameters: {weight: 1}\n"
	mine, other := Ref{Path: "alice/mine"}, Ref{Path: "alice/other", Revision: sha}
	for _, tt := range []struct {
		name       string
		text, want string // both with tail
		names      map[string]Ref
	}{
		{"a plain scalar", "models: \n - model: ./mine # here\n", "models: \n - model: alice/mine # here\n", map[string]Ref{"./mine": mine}},
		{"a directive above", "%YAML 1.2\n---\nmodels:\n - model: ./mine", "%YAML 1.2\n---\nmodels:\n - model: alice/mine", map[string]Ref{"./mine": mine}},
		{"a revision", "models:\n - model: ./mine", "models:\n - model: alice/other@" + sha, map[string]Ref{"./mine": other}},
		{"single quotes, with a quote inside", "models: [{model: './it''s'}]", "models: [{model: 'alice/mine'}]", map[string]Ref{"./it's": mine}},
		{"double quotes, with escapes", `models: [{model: "C:\\my \"m\""}]`, `models: [{model: "alice/mine"}]`, map[string]Ref{`C:\my "m"`: mine}},
		{"quotes over two lines", "models: [{model: './a\n  b'}]", "models: [{model: 'alice/mine'}]", map[string]Ref{"./a b": mine}},
		{"a plain scalar in flow style", "models: [{model: /m/a b, parameters: {weight: 1}}]", "models: [{model: alice/mine, parameters: {weight: 1}}]", map[string]Ref{"/m/a b": mine}},
		{"a path that begins another one", "models:\n - model: ./m\n - model: ./m2\n - model: ./m/m", "models:\n - model: alice/mine\n - model: ./m2\n - model: alice/other@" + sha,
			map[string]Ref{"./m": mine, "./m/m": other}},
		{"an anchor and its aliases", "base_model: &b ./mine\nmodels:\n - model: *b\n - model: c/d", "base_model: &b alice/mine\nmodels:\n - model: *b\n - model: c/d", map[string]Ref{"./mine": mine}},
		{"an anchor called like the path", "base_model: &mine mine\nmodels:\n - model: *mine\n - model: c/d", "base_model: &mine alice/mine\nmodels:\n - model: *mine\n - model: c/d", map[string]Ref{"mine": mine}},
		{"an anchor, a tag and a comment before it", "models:\n - model: &a !!str # ./mine\n    ./mine", "models:\n - model: &a !!str # ./mine\n    alice/mine", map[string]Ref{"./mine": mine}},
		{"every mention of a model", "base_model: ./mine\nmodels:\n - {model: {model: './mine'}}\n - model: c/d", "base_model: alice/mine\nmodels:\n - {model: {model: 'alice/mine'}}\n - model: c/d", map[string]Ref{"./mine": mine}},
		{"a merged mapping", "slices:\n - sources: [&m {model: ./mine, layer_range: [0, 1]}]\n - sources: [{<<: *m, layer_range: [1, 2]}]", "slices:\n - sources: [&m {model: alice/mine, layer_range: [0, 1]}]\n - sources: [{<<: *m, layer_range: [1, 2]}]", map[string]Ref{"./mine": mine}},
		{"a path of its own in flow style", "models: [{model: {model: {path: ./mine}}}]", `models: [{model: {model: {path: alice/other, revision: "` + sha + `"}}}]`, map[string]Ref{"./mine": other}},
		{"a path of its own without a revision", "models: [{model: {model: {path: './mine'}}}]", "models: [{model: {model: {path: 'alice/mine'}}}]", map[string]Ref{"./mine": mine}},
		{"a path of its own on a line", "models:\n - model:\n     model:\n       path: './mine' # a folder\n - model: c/d",
			"models:\n - model:\n     model:\n       path: 'alice/other' # a folder\n       revision: \"" + sha + "\"\n - model: c/d", map[string]Ref{"./mine": other}},
		{"a path beside a revision", "models:\n - model: {model: {revision: 'v1', path: bob/mine}}", "models:\n - model: {model: {revision: '" + sha + "', path: alice/other}}", map[string]Ref{"bob/mine@v1": other}},
		{"line ends of Windows", "models:\r\n - model:\r\n     model:\r\n       path: ./mine\r\n", "models:\r\n - model:\r\n     model:\r\n       path: alice/other\r\n       revision: \"" + sha + "\"\r\n", map[string]Ref{"./mine": other}},
		{"a byte order mark and characters of several bytes", "\ufeff# größe 模型\nmodels: [{model: ./größe}, {model: ./模型}]", "\ufeff# größe 模型\nmodels: [{model: alice/mine}, {model: ./模型}]", map[string]Ref{"./größe": mine}},
		{"layers", "slices:\n - sources:\n   - model: ./mine\n     layer_range: [0, 2]\n - sources: [{model: ./mine, layer_range: [1, 2]}]",
			"slices:\n - sources:\n   - model: alice/mine\n     layer_range: [0, 2]\n - sources: [{model: alice/mine, layer_range: [1, 2]}]", map[string]Ref{"./mine": mine}},
		{"a value that is no number, and a filter called like the path", "models:\n - model: mlp\n   parameters: {weight: [{filter: mlp, value: 1}, value: 2], density: .nan}", "models:\n - model: alice/mine\n   parameters: {weight: [{filter: mlp, value: 1}, value: 2], density: .nan}", map[string]Ref{"mlp": mine}},
		{"nothing", "models: [{model: c/d}]", "models: [{model: c/d}]", map[string]Ref{"./mine": mine}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, faults := Parse("m.yaml", []byte(tt.text+tail), table)
			if errs := faults.Errors(); len(errs) > 0 {
				t.Fatal(errs)
			}
			got, fault := r.Rename(tt.names, table)
			if fault != nil {
				t.Fatal(fault)
			}
			if string(got) != tt.want+tail {
				t.Errorf("Rename of\n%s\nis\n%s\nwant\n%s", tt.text, got, tt.want+tail)
			}
		})
	}
}

func TestRenameRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		names      map[string]Ref
		want       string
	}{
		{"two models that would be one", "models: [{model: ./a}, {model: c/d}]", map[string]Ref{"./a": {Path: "c/d"}}, `m.yaml:1:32: ./a and c/d would both be named c/d; name each model in one way`},
		{"two paths with one id", "models: [{model: ./a}, {model: /x/a}]", map[string]Ref{"./a": {Path: "c/d"}, "/x/a": {Path: "c/d"}}, `m.yaml:1:32: ./a and /x/a would both be named c/d; name each model in one way`},
		{"a block scalar", "models:\n - model: |-\n     ./a", map[string]Ref{"./a": {Path: "c/d"}}, "m.yaml:2:11: ./a is written in a way in which it cannot be replaced; write the name in one line"},
		{"a plain scalar over two lines", "models:\n - model: ./a\n     b", map[string]Ref{"./a b": {Path: "c/d"}}, "m.yaml:2:11: ./a b is written in a way in which it cannot be replaced; write the name in one line"},
		{"a filter that an alias makes of the name", "models:\n - model: &m ./a\n   parameters: {weight: [{filter: *m, value: 1}, value: 2]}", map[string]Ref{"./a": {Path: "c/d"}},
			"m.yaml:2:11: ./a cannot be replaced by c/d without a change of something else that the config says; write c/d there yourself"},
		{"a revision that would have to go", "models: [{model: {model: {path: b/a, revision: v1}}}]", map[string]Ref{"b/a@v1": {Path: "c/d"}}, "m.yaml:1:33: b/a@v1 is written in a way in which c/d cannot replace it; write the name in one line, as path@revision"},
		{"an alias for the path alone", "base_model: &p ./a\nmodels: [{model: {model: {path: *p}}}]", map[string]Ref{"./a": {Path: "c/d", Revision: "v1"}},
			"m.yaml:1:13: ./a cannot be replaced by c/d@v1 without a change of something else that the config says; write c/d@v1 there yourself"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, faults := Parse("m.yaml", []byte(tt.text+"\nmerge_method: linear\nparameters: {weight: 1}\n"), table)
			if errs := faults.Errors(); len(errs) > 0 {
				t.Fatal(errs)
			}
			text, fault := r.Rename(tt.names, table)
			if fault == nil || fault.Error() != tt.want {
				t.Errorf("Rename = %q, %v; want %s", text, fault, tt.want)
			}
		})
	}
}

func TestMention(t *testing.T) {
	for _, tt := range []struct {
		name, model, rest, path string // the config names model and goes on with rest in line 3
		want                    Pos
	}{
		{"nothing but the reference", "./my/model", "", "./my/model", Pos{}},
		{"a comment", "./my/model", "# from ./my/model.", "./my/model", Pos{3, 10}},
		{"a comment behind the name", "./my/模型 # ./my/模型", "", "./my/模型", Pos{2, 23}},
		{"a longer path", "./my/model", "# /home/x/my/model/config.json", "./my/model/", Pos{3, 11}},
		{"a value with escapes", `'C:\my\model'`, `name: "C:\\my\\model"`, `C:\my\model`, Pos{3, 7}},
		{"a key", "./my/model", `"my/model": 1`, `my/model`, Pos{3, 2}},
		{"a key that is written twice", "./my/model", "base_model: ./my/model\nbase_model: ./my/model", "./my/model", Pos{3, 15}},
		{"a name that goes on", "./my/model", "# my/model2 my/model-x my/model_ my/model.v2 my/modelä", "my/model", Pos{}},
		{"a name that begins before", "./my/model", "# tmy/model _my/model", "my/model", Pos{}},
		{"the second of two", "./my/model", "# my/model2 my/model", "my/model", Pos{3, 13}},
		{"a name of one part", "./model", "# model", "./model", Pos{}},
	} {
		r, faults := Parse("m.yaml", []byte("models:\n - model: "+tt.model+"\n"+tt.rest+"\nmerge_method: linear\nparameters: {weight: 1}\n"), table)
		if errs := faults.Errors(); len(errs) > 0 {
			t.Errorf("%s: %v", tt.name, errs)
			continue
		}
		if got, ok := r.Mention(tt.path); got != tt.want || ok != (tt.want != Pos{}) {
			t.Errorf("%s: Mention(%q) = %v, %v; want %v", tt.name, tt.path, got, ok, tt.want)
		}
	}
}

// FuzzRename gives every model of any config another name: the text that comes back has those names, in the same
// places, and renaming back gives what means the same as the first.
func FuzzRename(f *testing.F) {
	for _, text := range []string{
		"base_model: &b ./a\nmodels: [{model: *b}, {model: 'x''y'}, {model: \"\\u0041/b\"}]\nmerge_method: linear\nparameters: {weight: 1}",
		"models:\r\n- model:\r\n    model:\r\n      path: ./a\r\n      revision: '1'\r\nmerge_method: linear\r\nparameters: {weight: 1}",
		"\ufeffmodels: [{model: {model: {path: ./a}}}]\nmerge_method: linear\nparameters: {weight: 1}",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, faults := Parse("m.yaml", text, table)
		if len(faults.Errors()) > 0 {
			return
		}
		names, back := map[string]Ref{}, map[string]Ref{}
		for i, ref := range r.Models() {
			to := Ref{Path: "some-org/some-model" + strings.Repeat("x", i), Revision: sha}
			names[ref.String()] = to
			back[to.String()] = ref
		}
		renamed, fault := r.Rename(names, table)
		if fault != nil {
			return
		}
		again, faults := Parse("m.yaml", renamed, table)
		if len(faults.Errors()) > 0 {
			t.Fatalf("%q became %q, which has %v", text, renamed, faults)
		}
		for i, ref := range again.Models() {
			if _, ok := back[ref.String()]; !ok {
				t.Errorf("%q became %q, where model %d is %s", text, renamed, i, ref)
			}
		}
		if !same(reflect.ValueOf(*again), reflect.ValueOf(*r), back) {
			t.Errorf("%q became %q, which means something else", text, renamed)
		}
	})
}
