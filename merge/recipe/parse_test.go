package recipe

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// Every config that mergekit's reference outputs were made from, and those of the tutorial that most people
// start with, parse without a fault or are refused for what is listed here.
func TestConfigs(t *testing.T) {
	const (
		method = `merge method %s is not supported yet; "lazymerge methods" lists those that are`
		moe    = `this is a mixture-of-experts config, which is not supported yet (it has "experts"); use mergekit-moe`
		donor  = `%q is not supported yet; without it the %s of the base, else of the first model, is copied`
	)
	want := map[string]string{
		"arcee-fusion":          "3:15: " + fmt.Sprintf(method, "arcee_fusion"),
		"breadcrumbs":           "12:15: " + fmt.Sprintf(method, "breadcrumbs"),
		"breadcrumbs-ties":      "12:15: " + fmt.Sprintf(method, "breadcrumbs_ties"),
		"dare-linear-density-1": "10:15: " + fmt.Sprintf(method, "dare_linear"),
		"dare-ties-density-1":   "10:15: " + fmt.Sprintf(method, "dare_ties"),
		"dare-ties":             "16:15: " + fmt.Sprintf(method, "dare_ties"),
		"multislerp":            "11:15: " + fmt.Sprintf(method, "multislerp"),
		"nearswap":              "3:15: " + fmt.Sprintf(method, "nearswap"),
		"ram":                   "4:15: " + fmt.Sprintf(method, "ram"),
		"sce":                   "5:15: " + fmt.Sprintf(method, "sce"),
		"lora-applied": `2:10: "acme/base+acme/adapter" names an adapter after the "+", and adapters are not supported yet; ` +
			`merge the adapter into its model first, or write {model: {path: ...}} for a folder with a "+" in its name`,
		"modules-default":           `1:1: "modules" is not supported yet; for a model of one module write its "models" or "slices" at the top level`,
		"moe-mixtral-cheap-embed":   "4:1: " + moe,
		"moe-mixtral-hidden":        "4:1: " + moe,
		"moe-qwen2":                 "5:1: " + moe,
		"multi-two-stages":          `7:1: a second document starts here, and configs of several stages are not supported yet; run the stages one by one, each in a file of its own`,
		"tokenizer-base":            "10:1: " + fmt.Sprintf(donor, "tokenizer_source", "tokenizer"),
		"tokenizer-union":           "10:1: " + fmt.Sprintf(donor, "tokenizer_source", "tokenizer"),
		"tokenizer-union-different": "10:1: " + fmt.Sprintf(donor, "tokenizer", "tokenizer"),
		"tokenizer-from-model": "10:1: " + fmt.Sprintf(donor, "tokenizer", "tokenizer") + "\n" +
			"tokenizer-from-model.yaml:13:1: " + fmt.Sprintf(donor, "chat_template", "chat template"),
	}
	var files []string
	for _, folder := range []string{"mergekit", "tutorial"} {
		found, err := filepath.Glob("testdata/" + folder + "/*.yaml")
		if err != nil || len(found) == 0 {
			t.Fatalf("no configs in %s: %v", folder, err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			base := filepath.Base(file)
			name := strings.TrimSuffix(base, ".yaml")
			wanted := ""
			if want[name] != "" {
				wanted = base + ":" + want[name]
			}
			r, faults := Parse(base, text, table)
			if got := faults.Error(); got != wanted {
				t.Errorf("Parse reports\n%s\nwant\n%s", got, wanted)
			}
			if r == nil || string(r.Text) != string(text) || r.File != base {
				t.Errorf("Parse gives %+v, want a recipe with the file's name and exact text", r)
			}
			if wanted == "" {
				sound(t, r)
			}
			delete(want, name)
		})
	}
	for name := range want {
		t.Errorf("no config is called %s", name)
	}
}

// sound checks what Parse promises of a recipe without errors.
func sound(t *testing.T, r *Recipe) {
	t.Helper()
	if Find(table, r.Method) == nil {
		t.Errorf("method %q is none of the table", r.Method)
	}
	if len(r.Slices) == 0 || r.Form == FormModels && len(r.Slices) > 1 {
		t.Errorf("%d slices in the %s form", len(r.Slices), r.Form)
	}
	for _, s := range r.Slices {
		if len(s.Sources) == 0 {
			t.Errorf("the slice at %v has no sources", s.Pos)
		}
		for _, src := range s.Sources {
			if (src.Layers != nil) != (r.Form == FormSlices) || src.Model.Path == "" {
				t.Errorf("source %+v in the %s form", src, r.Form)
			}
		}
	}
	if len(r.Models()) == 0 || r.Donor().Path == "" {
		t.Errorf("models %v, donor %v", r.Models(), r.Donor())
	}
}

func TestParseModels(t *testing.T) {
	const config = `merge_method: ties
models:
  - model: alice/a
    parameters:
      weight: [0, 1]
      density:
        - filter: mlp
          value: 0.5
        - value: 1
  - model: {model: {path: bob/b, revision: v1}}
    parameters: {weight: 0.3}
base_model: carol/c@main
parameters: {normalize: on}
dtype: torch.bfloat16
out_dtype: float32
`
	r := check(t, config, "")
	want := &Recipe{
		File: "m.yaml", Text: []byte(config),
		Method: "ties", MethodPos: Pos{1, 15}, Form: FormModels,
		Base:  &Ref{Path: "carol/c", Revision: "main", Pos: Pos{12, 13}},
		DType: DType{"bfloat16", Pos{14, 8}}, OutDType: DType{"float32", Pos{15, 12}},
		Parameters: Params{{Name: "normalize", Pos: Pos{13, 14}, Setting: Setting{Pos: Pos{13, 25}, Cases: []Case{
			{Pos: Pos{13, 25}, Values: []Scalar{{Pos: Pos{13, 25}, Kind: KindBool, Text: "on", Float: 1}}},
		}}}},
		Slices: []Slice{{
			Pos: Pos{2, 1},
			Sources: []Source{
				{Pos: Pos{3, 5}, Model: Ref{Path: "alice/a", Pos: Pos{3, 12}}, Parameters: Params{
					{Name: "weight", Pos: Pos{5, 7}, Setting: Setting{Pos: Pos{5, 15}, Cases: []Case{
						{Pos: Pos{5, 15}, Gradient: true, Values: []Scalar{
							{Pos: Pos{5, 16}, Kind: KindInt, Text: "0"},
							{Pos: Pos{5, 19}, Kind: KindInt, Text: "1", Float: 1},
						}},
					}}},
					{Name: "density", Pos: Pos{6, 7}, Setting: Setting{Pos: Pos{7, 9}, Cases: []Case{
						{Pos: Pos{7, 11}, Filter: "mlp", Filtered: true, FilterPos: Pos{7, 19}, Values: []Scalar{{Pos: Pos{8, 18}, Kind: KindFloat, Text: "0.5", Float: 0.5}}},
						{Pos: Pos{9, 11}, Values: []Scalar{{Pos: Pos{9, 18}, Kind: KindInt, Text: "1", Float: 1}}},
					}}},
				}},
				{Pos: Pos{10, 5}, Model: Ref{Path: "bob/b", Revision: "v1", Pos: Pos{10, 27}}, Parameters: Params{
					{Name: "weight", Pos: Pos{11, 18}, Setting: Setting{Pos: Pos{11, 26}, Cases: []Case{
						{Pos: Pos{11, 26}, Values: []Scalar{{Pos: Pos{11, 26}, Kind: KindFloat, Text: "0.3", Float: 0.3}}},
					}}},
				}},
				{Pos: Pos{12, 13}, Model: Ref{Path: "carol/c", Revision: "main", Pos: Pos{12, 13}}, Implied: true},
			},
		}},
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("Parse gives\n%+v\nwant\n%+v", r, want)
	}
	if got := r.Models(); len(got) != 3 || got[0].String() != "alice/a" || got[1].String() != "bob/b@v1" || got[2].String() != "carol/c@main" {
		t.Errorf("Models() = %v, want alice/a, bob/b@v1, carol/c@main", got)
	}
	if got := r.Donor().String(); got != "carol/c@main" {
		t.Errorf("Donor() = %s, want carol/c@main", got)
	}
}

func TestParseSlices(t *testing.T) {
	const config = `base_model: a
slices:
  - sources:
      - {model: b, layer_range: [0, 8.0]}
      - model: a
        layer_range: [4, 0x0c]
    parameters: {t: 0.5}
  - base_model: d
    sources:
      - {model: d, layer_range: [0, 1], parameters: ~}
      - {model: b, layer_range: [0, 1]}
    parameters: {t: 0.1}
merge_method: slerp
`
	r := check(t, config, "")
	at := func(line, col int, text string, f float64) Params {
		v := Scalar{Pos: Pos{line, col + 3}, Kind: KindFloat, Text: text, Float: f}
		return Params{{Name: "t", Pos: Pos{line, col}, Setting: Setting{Pos: v.Pos, Cases: []Case{{Pos: v.Pos, Values: []Scalar{v}}}}}}
	}
	want := &Recipe{
		File: "m.yaml", Text: []byte(config),
		Method: "slerp", MethodPos: Pos{13, 15}, Form: FormSlices,
		Base: &Ref{Path: "a", Pos: Pos{1, 13}},
		Slices: []Slice{
			{
				Pos: Pos{3, 5}, Parameters: at(7, 18, "0.5", 0.5),
				Sources: []Source{
					{Pos: Pos{4, 9}, Model: Ref{Path: "b", Pos: Pos{4, 17}}, Layers: &LayerRange{0, 8, Pos{4, 33}}},
					{Pos: Pos{5, 9}, Model: Ref{Path: "a", Pos: Pos{5, 16}}, Layers: &LayerRange{4, 12, Pos{6, 22}}},
				},
			},
			{
				Pos: Pos{8, 5}, Base: &Ref{Path: "d", Pos: Pos{8, 17}}, Parameters: at(12, 18, "0.1", 0.1),
				Sources: []Source{
					{Pos: Pos{10, 9}, Model: Ref{Path: "d", Pos: Pos{10, 17}}, Layers: &LayerRange{0, 1, Pos{10, 33}}},
					{Pos: Pos{11, 9}, Model: Ref{Path: "b", Pos: Pos{11, 17}}, Layers: &LayerRange{0, 1, Pos{11, 33}}},
				},
			},
		},
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("Parse gives\n%+v\nwant\n%+v", r, want)
	}
	if got := fmt.Sprint(r.Models()); got != "[a b d]" {
		t.Errorf("Models() = %s, want [a b d]", got)
	}
}

// Anchors, aliases and merge keys give the values that PyYAML gives.
func TestParseAnchors(t *testing.T) {
	r := check(t, `merge_method: ties
base_model: &base a
models:
  - model: *base
  - &first
    model: b
    parameters: &p {weight: 0.4, density: 0.5}
  - <<: *first
    model: c
  - model: d
    parameters:
      <<: [{density: 0.9}, *p]
      weight: 0.6
`, "")
	got := ""
	for _, src := range r.Slices[0].Sources {
		got += src.Model.Path
		for _, name := range []string{"weight", "density"} {
			if s, ok := src.Parameters.Get(name); ok {
				got += " " + s.Cases[0].Values[0].Text
			}
		}
		got += "\n"
	}
	if want := "a\nb 0.4 0.5\nc 0.4 0.5\nd 0.6 0.9\n"; got != want {
		t.Errorf("Parse gives\n%swant\n%s", got, want)
	}
}

// Of a recipe with errors, what could be read is there.
func TestParseKeepsWhatItCanRead(t *testing.T) {
	r, faults := Parse("m.yaml", []byte("merge_method: alchemy\nbase_model: a\nmodels: [{model: b, parameters: {w: 1}}, 7]\ndtype: float16\n"), table)
	if len(faults.Errors()) != 2 || r == nil {
		t.Fatalf("Parse = %v, %v; want a recipe and two errors", r, faults)
	}
	if r.Method != "alchemy" || r.DType.Name != "float16" || r.Donor().Path != "a" || len(r.Models()) != 2 || len(r.Slices[0].Sources[0].Parameters) != 1 {
		t.Errorf("Parse gives %+v, want method, dtype, base, one model and its parameter", r)
	}
	if r, _ := Parse("m.yaml", []byte("merge_method: linear\n"), table); r.Donor() != (Ref{}) || len(r.Models()) != 0 {
		t.Errorf("a recipe without models has donor %v and models %v, want none", r.Donor(), r.Models())
	}
}

func TestParseWithoutMethods(t *testing.T) {
	_, faults := Parse("m.yaml", []byte("merge_method: linear\nmodels: [{model: a}]\n"), nil)
	if got, want := faults.Error(), `m.yaml:1:15: unknown merge method "linear"; "lazymerge methods" lists what there is`; got != want {
		t.Errorf("Parse reports %s, want %s", got, want)
	}
}
