package pipeline_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/pipeline"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/sample"
	"github.com/lazymerge/lazymerge/hub/localhub"
	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/recipe"
	"github.com/lazymerge/lazymerge/merge/safetensors"
)

// Two methods that nobody has heard of. With base b, models xⱼ, warmth wⱼ and crust c:
//
//	tepid     b + c · Σ wⱼ(xⱼ − b)
//	lukewarm  c/10 b + (1 − c/10) x
var (
	tepid = recipe.Method{
		Name: "tepid", Title: "Tepid Bread", Phrase: "by tepid baking", Summary: "what the others changed, warmed and baked into the base",
		Gist:   "{models} are warmed, and what they changed is baked into {base}.",
		Source: "https://bread.test/tepid", Base: recipe.BaseRequired, Result: recipe.Changes,
		Params: []recipe.Param{
			{Name: "warmth", Doc: "how warm the model is", Scope: recipe.PerModel, Required: true, Role: recipe.Weight},
			{Name: "crust", Doc: "how long all of it is baked", Default: 1, Min: 0, Max: 3, Role: recipe.Factor},
		},
		Shares: func(a recipe.Args) []recipe.Share {
			shares := make([]recipe.Share, len(a.PerModel))
			for i, p := range a.PerModel {
				if i != a.Base {
					shares[i] = recipe.Share{Weight: p["warmth"], Density: math.NaN()}
				}
			}
			return shares
		},
	}
	lukewarm = recipe.Method{
		Name: "lukewarm", Title: "Lukewarm", Summary: "a bake between two models",
		Base: recipe.BaseRequired, Models: recipe.Count{Min: 1, Max: 1}, Result: recipe.Interpolation,
		Params: []recipe.Param{
			{Name: "crust", Doc: "how far it is baked", Required: true, Role: recipe.Mix,
				Ends: []recipe.End{{At: 0, Leaves: recipe.OtherAlone}, {At: 10, Leaves: recipe.BaseAlone}}},
		},
		Shares: func(a recipe.Args) []recipe.Share {
			shares := slices.Repeat([]recipe.Share{{Weight: 1 - a.Shared["crust"]/10, Density: math.NaN()}}, 2)
			shares[a.Base].Weight = a.Shared["crust"] / 10
			return shares
		},
	}
)

// oven returns the kernel of either: their results are Σ cᵢxᵢ.
func oven(name string, s merge.Spec) merge.Kernel {
	c, crust := make(coefficients, len(s.Args.PerModel)), s.Args.Shared["crust"]
	rest := 1.0
	for i, p := range s.Args.PerModel {
		if i == s.Args.Base {
			continue
		}
		if name == tepid.Name {
			c[i] = crust * p["warmth"]
		} else {
			c[i] = 1 - crust/10
		}
		rest -= c[i]
	}
	c[s.Args.Base] = rest
	return c
}

type coefficients []float64

func (coefficients) Scan(int, *merge.Block) any           { panic("a pass that nobody asked for") }
func (coefficients) Fold(int, iter.Seq[any]) (again bool) { panic("a pass that nobody asked for") }
func (c coefficients) Emit(dst []float64, b *merge.Block) {
	for j, row := range b.Run(0, b.Len) {
		for i, x := range row {
			if j == 0 {
				dst[i] = 0
			}
			dst[i] += float64(c[j] * float64(x))
		}
	}
}

// TestMadeUpMethods takes methods that only this file knows through everything that a merge is. What card, chart, page and
// refusals say of them comes from their tables.
func TestMadeUpMethods(t *testing.T) {
	server, err := localhub.New(localhub.Options{
		Users: []localhub.User{{Name: "me", Tokens: []localhub.Token{{Secret: testToken, Role: localhub.Read}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	dir := t.TempDir()
	putSamples(t, server, sample.Shape{Type: "llama", Layers: 5, Hidden: 8, Intermediate: 16, Heads: 2, KeyValues: 1, Vocabulary: 96, ShardSize: 1e9},
		dir, "org/dough", "org/yeast", "org/honey")
	if err := server.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	dough, yeast, honey := weights(t, filepath.Join(dir, "model0")), weights(t, filepath.Join(dir, "model1")), weights(t, filepath.Join(dir, "model2"))

	for _, tt := range []struct {
		name, config string
		faulty       [2]string // a replacement in the config
		faults       string
		card         []string
		chart        string
		page         []string
		json         map[string]string
		want         func(name string, i int) float64
	}{
		{
			name: "what models changed is added",
			config: "merge_method: tepid\nbase_model: org/dough\ndtype: float32\nmodels:\n- {model: org/dough}\n" +
				"- {model: org/yeast, parameters: {warmth: 0.5}}\n- {model: org/honey, parameters: {warmth: 2}}\nparameters: {crust: 0.25}\n",
			faulty: [2]string{"warmth: 2", "warmht: 2"},
			faults: `unknown parameter "warmht" for tepid; did you mean "warmth"?`,
			card: []string{
				"A merge of three language models by [tepid baking](https://github.com/lazymerge/lazymerge/blob/main/merge/tepid.go)",
				"yeast and honey are warmed, and what they changed is baked into dough.",
				"| | model | commit | licence | warmth |", "`crust` is 0.25.", "Method: https://bread.test/tepid.",
			},
			chart: "Weight of what is added to dough by layer. yeast: warmth 0.5; honey: warmth 2.",
			page:  []string{"crust    all tensors  0.25", "warmth   yeast  0.5"},
			json:  map[string]string{"settings.#.name": `["crust","warmth","warmth"]`, "plan.method": `"tepid"`, "sources.0.share": "null"},
			want: func(name string, i int) float64 {
				b := dough[name][i]
				return b + float64(0.25*(float64(0.5*(yeast[name][i]-b))+float64(2*(honey[name][i]-b))))
			},
		},
		{
			name: "a way from the base to another",
			config: "merge_method: lukewarm\nbase_model: org/dough\ndtype: float32\nmodels: [{model: org/yeast}, {model: org/dough}]\n" +
				"parameters: {crust: [{filter: mlp, value: 2.5}, {value: 7.5}]}\n",
			faulty: [2]string{"lukewarm", "lukewram"},
			faults: `did you mean "lukewarm"`,
			card: []string{
				"A merge of two language models with [lukewarm](",
				"The mix is 25 % of the way from dough to yeast in attention, norms, embeddings and output head, and is 75 % of the way from dough to yeast in MLP.",
				"`crust` is 7.5 in attention, norms, embeddings and output head; 2.5 in MLP.",
			},
			chart: "Share of each model by layer. Attention, norms, embeddings, final norm and output head are 75 % dough and 25 % yeast; MLP is 25 % dough and 75 % yeast.",
			page:  []string{"0 is yeast, 10 is dough"},
			json:  map[string]string{"settings.#.name": `["crust"]`, "plan.method": `"lukewarm"`, "sources.0.base": "true"},
			want: func(name string, i int) float64 {
				c := 0.25
				if strings.Contains(name, "mlp") {
					c = 0.75
				}
				return float64((1-c)*dough[name][i]) + float64(c*yeast[name][i])
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			setup := func(config string) *pipeline.Setup {
				s := setupOf(t, server, nil, config)
				s.Methods, s.Kernel = []recipe.Method{lukewarm, tepid}, oven
				return s
			}
			if _, faults := setup(tt.config).Validate(t.Context()); len(faults) > 0 {
				t.Fatalf("Validate: %v", faults)
			}
			_, faults := setup(strings.Replace(tt.config, tt.faulty[0], tt.faulty[1], 1)).Validate(t.Context())
			var told strings.Builder
			for _, f := range faults {
				fmt.Fprintln(&told, f)
			}
			contains(t, "Validate", told.String(), tt.faults)

			m, err := setup(tt.config).Prepare(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			readme, err := m.Card("me/bread", "")
			if err != nil {
				t.Fatal(err)
			}
			contains(t, "Card", string(readme), tt.card...)
			picture, err := m.Picture()
			if err != nil || picture == nil {
				t.Fatalf("Picture = %v, %v", picture, err)
			}
			if picture.Alt != tt.chart {
				t.Errorf("Picture says %s\nwant %s", picture.Alt, tt.chart)
			}
			report := m.Report(t.Context(), nil)
			var page strings.Builder
			m.Print(report, func(word, format string, args ...any) {
				fmt.Fprintf(&page, "%-8s %s\n", word, fmt.Sprintf(format, args...))
			})
			contains(t, "Print", page.String(), tt.page...)
			text, err := json.Marshal(report)
			if err != nil {
				t.Fatal(err)
			}
			for path, want := range tt.json {
				if got := gjson.GetBytes(text, path).Raw; got != want {
					t.Errorf("%s of the report is %s, want %s", path, got, want)
				}
			}

			out := filepath.Join(t.TempDir(), "bread")
			if err := m.ToFolder(t.Context(), out); err != nil {
				t.Fatal(err)
			}
			result := weights(t, out)
			if len(result) != len(dough) {
				t.Errorf("the result has %d tensors, want %d", len(result), len(dough))
			}
			for name, got := range result {
				for i, v := range got {
					if want := float64(float32(tt.want(name, i))); !(math.Abs(v-want) <= 1e-7*math.Abs(want)) {
						t.Fatalf("element %d of %s is %v, want %v", i, name, v, want)
					}
				}
			}
		})
	}
}

func contains(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s has no %q:\n%s", what, part, text)
		}
	}
}

// weights are the elements of every tensor of the model in dir, which has one file of them.
func weights(t *testing.T, dir string) map[string][]float64 {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.safetensors"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%s has the weight files %q, want one", dir, files)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	h, err := safetensors.ReadHeader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]float64{}
	for _, tensor := range h.Tensors {
		data := text[h.Size:][tensor.Begin:tensor.End]
		for i := range int64(len(data)) / tensor.DType.Size() {
			out[tensor.Name] = append(out[tensor.Name], dtype.Element(data, i, tensor.DType))
		}
	}
	return out
}
