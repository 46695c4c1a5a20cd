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
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/render"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/sample"
	"github.com/lazymerge/lazymerge/hub/localhub"
	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/dtype"
	"github.com/lazymerge/lazymerge/merge/recipe"
	"github.com/lazymerge/lazymerge/merge/safetensors"
)

// Two methods that nobody has heard of. With base b, models xⱼ, changes dⱼ = xⱼ − b, warmth wⱼ, crumb kⱼ and crust c:
//
//	tepid     b + (c − 1) Σ wⱼdⱼ / (1 + mⱼ), where mⱼ is the largest |dⱼ| of the tensor, over the j with |dⱼ| ≥ (1 − kⱼ) of
//	          the largest in its loaf: elements 24n to 24n + 23
//	lukewarm  c/10 b + (1 − c/10) x
var (
	tepid = recipe.Method{
		Name: "tepid", Title: "Tepid Bread", Phrase: "by tepid baking", Summary: "what the others changed, warmed and baked into the base",
		Gist:   "{models} are warmed, and what they changed is baked into {base}.",
		Source: "https://bread.test/tepid", Aliases: []string{"half_warm"}, Base: recipe.BaseRequired, Result: recipe.Changes,
		Params: []recipe.Param{
			{Name: "warmth", Doc: "how warm the model is", Scope: recipe.PerModel, Required: true, Role: recipe.Weight},
			{Name: "crumb", Doc: "how much of a loaf is kept", Scope: recipe.PerModel, Default: 1, Min: 0, Max: 1, Role: recipe.Density,
				Ends: []recipe.End{{At: 0, Leaves: recipe.Others}}},
			{Name: "crust", Doc: "how long all of it is baked", Default: 2, Min: 0, Max: 3, Role: recipe.Factor,
				Ends: []recipe.End{{At: 1, Leaves: recipe.BaseAlone, Hint: "bake it longer"}}},
		},
		Shares: func(a recipe.Args) []recipe.Share {
			shares := make([]recipe.Share, len(a.PerModel))
			for i, p := range a.PerModel {
				if i != a.Base {
					shares[i] = recipe.Share{Weight: p["warmth"], Density: p["crumb"]}
				}
			}
			return shares
		},
		Unit:   func([]int64, recipe.Args) int64 { return loaf },
		Passes: func([]int64, recipe.Args) (usual, worst int) { return 1, 1 },
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

const loaf = 24

// oven returns the kernel of either.
func oven(name string, s merge.Spec) merge.Kernel {
	if name == tepid.Name {
		return &bread{args: s.Args, rise: make([]float64, len(s.Args.PerModel))}
	}
	return toast{rest: s.Args.Shared["crust"] / 10, base: s.Args.Base}
}

// bread is the kernel of tepid.
type bread struct {
	args recipe.Args
	rise []float64 // the largest change of each model
}

func (k *bread) Scan(_ int, b *merge.Block) any {
	rise := make([]float64, len(k.rise))
	rows := b.Run(0, b.Len)
	for j := range rows {
		rise[j] = highest(changesOf(rows, j, k.args.Base))
	}
	return rise
}

func (k *bread) Fold(_ int, parts iter.Seq[any]) (again bool) {
	for part := range parts {
		for j, r := range part.([]float64) {
			k.rise[j] = max(k.rise[j], r)
		}
	}
	return false
}

func (k *bread) Emit(dst []float64, b *merge.Block) {
	if b.Start%loaf != 0 {
		panic("a block that begins inside a loaf")
	}
	rows := b.Run(0, b.Len)
	for i := range dst {
		dst[i] = float64(rows[k.args.Base][i])
	}
	for j, p := range k.args.PerModel {
		if j != k.args.Base {
			addBread(dst, changesOf(rows, j, k.args.Base), (k.args.Shared["crust"]-1)*p["warmth"]/(1+k.rise[j]), p["crumb"])
		}
	}
}

// addBread adds factor times the changes d that crumb keeps. dst and d begin with a loaf.
func addBread(dst, d []float64, factor, crumb float64) {
	for lo := 0; lo < len(d); lo += loaf {
		hi := min(lo+loaf, len(d))
		least := (1 - crumb) * highest(d[lo:hi])
		for i := lo; i < hi; i++ {
			if math.Abs(d[i]) >= least {
				dst[i] += float64(factor * d[i])
			}
		}
	}
}

// changesOf is what row j differs in from the base.
func changesOf[F float32 | float64](rows [][]F, j, base int) []float64 {
	d := make([]float64, len(rows[j]))
	for i, x := range rows[j] {
		d[i] = float64(x) - float64(rows[base][i])
	}
	return d
}

// highest is the largest magnitude in d.
func highest(d []float64) float64 {
	h := 0.0
	for _, x := range d {
		h = max(h, math.Abs(x))
	}
	return h
}

// toast is the kernel of lukewarm.
type toast struct {
	rest float64 // of the base
	base int
}

func (toast) Scan(int, *merge.Block) any           { panic("a pass that nobody asked for") }
func (toast) Fold(int, iter.Seq[any]) (again bool) { panic("a pass that nobody asked for") }
func (k toast) Emit(dst []float64, b *merge.Block) {
	rows := b.Run(0, b.Len)
	for i, x := range rows[1-k.base] {
		dst[i] = float64(k.rest*float64(rows[k.base][i])) + float64((1-k.rest)*float64(x))
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
	putSamples(t, server, sample.Shape{Type: "llama", Layers: 5, Hidden: 8, Intermediate: 16, Heads: 2, KeyValues: 1, Vocabulary: 9000, ShardSize: 1e9},
		dir, "org/dough", "org/yeast", "org/honey")
	if err := server.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	dough, yeast, honey := weights(t, filepath.Join(dir, "model0")), weights(t, filepath.Join(dir, "model1")), weights(t, filepath.Join(dir, "model2"))

	for _, tt := range []struct {
		name, config string
		faulty       map[string]string // what is told of the config after a replacement: old => new
		card         []string
		chart        string
		page         []string
		json         map[string]string
		want         func(name string) []float64
	}{
		{
			name: "what models changed is added",
			config: "merge_method: tepid\nbase_model: org/dough\ndtype: float32\nmodels:\n- {model: org/dough}\n" +
				"- {model: org/yeast, parameters: {warmth: 0.5, crumb: 0.75}}\n- {model: org/honey, parameters: {warmth: 2}}\nparameters: {crust: 1.25}\n",
			faulty: map[string]string{
				"warmth: 2 => warmht: 2":             `unknown parameter "warmht" for tepid; did you mean "warmth"?`,
				"method: tepid => method: Half-Warm": `unknown merge method "Half-Warm"; did you mean "tepid"?`,
				"crumb: 0.75 => crumb: 0":            "org/yeast has crumb 0 everywhere, so it takes no part in the merge; take the model out, or give it a crumb",
				"crumb: 0.75 => crumb: 75":           "crumb 75 is above 1; 0.53 keeps 53 % of the entries",
				"crust: 1.25 => crust: 1":            "crust is 1 everywhere, so the result is the base alone; bake it longer",
			},
			card: []string{
				"A merge of three language models by [tepid baking](https://github.com/lazymerge/lazymerge/blob/main/merge/tepid.go)",
				"yeast and honey are warmed, and what they changed is baked into dough.",
				"| | model | commit | license | warmth | crumb |", "`crust` is 1.25.", "Method: https://bread.test/tepid.",
			},
			chart: "Weight of each model's changes to dough by layer, and the share of them that is kept. yeast: warmth 0.5 and crumb 0.75; honey: warmth 2 and crumb 1.",
			page:  []string{"crust    all tensors  1.25", "warmth   yeast  0.5"},
			json:  map[string]string{"settings.#.name": `["crust","warmth","warmth","crumb"]`, "plan.method": `"tepid"`, "sources.0.share": "null"},
			want: func(name string) []float64 {
				rows := [][]float64{dough[name], yeast[name], honey[name]}
				out := slices.Clone(rows[0])
				for j, factor := range []float64{1: 0.5, 2: 2} {
					d := changesOf(rows, j, 0)
					factor *= 0.25 / (1 + highest(d))
					for i, x := range d {
						inLoaf := d[i/loaf*loaf : min(i/loaf*loaf+loaf, len(d))]
						if j == 2 || math.Abs(x) >= 0.25*highest(inLoaf) {
							out[i] += float64(factor * x)
						}
					}
				}
				return out
			},
		},
		{
			name: "a way from the base to another",
			config: "merge_method: lukewarm\nbase_model: org/dough\ndtype: float32\nmodels: [{model: org/yeast}, {model: org/dough}]\n" +
				"parameters: {crust: [{filter: mlp, value: 2.5}, {value: 7.5}]}\n",
			faulty: map[string]string{
				"lukewarm => lukewram":                            `did you mean "lukewarm"`,
				"[{filter: mlp, value: 2.5}, {value: 7.5}] => 10": "crust is 10 everywhere, so the result is the base alone",
				"[{filter: mlp, value: 2.5}, {value: 7.5}] => 0":  "crust is 0 everywhere, so the result has nothing of the base",
			},
			card: []string{
				"A merge of two language models with [lukewarm](",
				"The mix is 25 % of the way from dough to yeast in attention, norms, embeddings and output head, and is 75 % of the way from dough to yeast in MLP.",
				"`crust` is 7.5 in attention, norms, embeddings and output head; 2.5 in MLP.",
			},
			chart: "Share of each model by layer. Attention, norms, embeddings, final norm and output head: 75 % dough and 25 % yeast; MLP: 25 % dough and 75 % yeast.",
			page:  []string{"0 is yeast, 10 is dough"},
			json:  map[string]string{"settings.#.name": `["crust"]`, "plan.method": `"lukewarm"`, "sources.0.base": "true"},
			want: func(name string) []float64 {
				c := 0.25
				if strings.Contains(name, "mlp") {
					c = 0.75
				}
				out := make([]float64, len(dough[name]))
				for i, x := range yeast[name] {
					out[i] = float64((1-c)*dough[name][i]) + float64(c*x)
				}
				return out
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tools := toolsOf(t, server, nil)
			tools.Methods, tools.Kernel = []recipe.Method{lukewarm, tepid}, oven
			request := requestOf(tt.config, 0, "")
			if _, faults := pipeline.Validate(tools, request); len(faults) > 0 {
				t.Fatalf("Validate: %v", faults)
			}
			for change, want := range tt.faulty {
				before, after, _ := strings.Cut(change, " => ")
				_, faults := pipeline.Validate(tools, requestOf(strings.Replace(tt.config, before, after, 1), 0, ""))
				var told strings.Builder
				for _, f := range faults {
					fmt.Fprintln(&told, f)
				}
				contains(t, "Validate of "+change, told.String(), want)
			}

			prepared, err := pipeline.Prepare(t.Context(), tools, request)
			if err != nil {
				t.Fatal(err)
			}
			made, picture, err := pipeline.Card(tools, prepared, render.Place{Repo: "me/bread"})
			if err != nil || picture == nil {
				t.Fatalf("Card has the picture %v, %v", picture, err)
			}
			contains(t, "Card", string(made.Card), tt.card...)
			if picture.Alt != tt.chart {
				t.Errorf("the picture says %s\nwant %s", picture.Alt, tt.chart)
			}
			report := prepared.Report(tools)
			var page strings.Builder
			report.Print(prepared.Merge, func(word, format string, args ...any) {
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
			if _, _, err := pipeline.MergeInto(t.Context(), tools, request, out); err != nil {
				t.Fatal(err)
			}
			result := weights(t, out)
			if len(result) != len(dough) {
				t.Errorf("the result has %d tensors, want %d", len(result), len(dough))
			}
			for name, got := range result {
				of := tt.want(name)
				for i, v := range got {
					if want := float64(float32(of[i])); !(math.Abs(v-want) <= 1e-7*math.Abs(want)) {
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
