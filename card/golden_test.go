package card

import (
	"bytes"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/merge"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

var update = flag.Bool("update", false, "rewrite the golden cards in testdata")

// Commits of the golden cards: forty times one digit is easy to tell apart.
var commitA, commitB, commitC = strings.Repeat("a", 40), strings.Repeat("b", 40), strings.Repeat("c", 40)

const planHash = "3f9c1a70b2de5514b1f0c3a2d4e5f60718293a4b5c6d7e8f9012233445566778"

// gradient interpolates values over so many layers, as a config's list is.
func gradient(layers int, values ...float64) []float64 {
	out := make([]float64, layers)
	for i := range out {
		x := float64(i) / float64(layers-1) * float64(len(values)-1)
		k := min(int(x), len(values)-2)
		out[i] = values[k] + (x-float64(k))*(values[k+1]-values[k])
	}
	return out
}

func constant(name string, v float64) Setting {
	return Setting{Name: name, Groups: []Group{{Values: []float64{v}}}}
}

func boolean(name string, v float64) Setting {
	s := constant(name, v)
	s.Bool = true
	return s
}

// method is one of the engine's, with a page and a paper.
func method(name, url, paper string) Method {
	m := NewMethod(recipe.Find(merge.Methods(), name))
	m.URL, m.Paper = url, paper
	return m
}

func slerpFacts() Facts {
	return Facts{
		Repo:       "alice/Marcoro14-7B-slerp",
		Method:     method("slerp", "https://en.wikipedia.org/wiki/Slerp", "Shoemake 1985, Animating rotation with quaternion curves"),
		Parameters: 7_241_732_096, DType: "bfloat16", Layers: 32, Architecture: "MistralForCausalLM",
		LibraryName: "transformers", PipelineTag: "text-generation",
		Models: []Model{
			{Ref: "AIDC-ai-business/Marcoroni-7B-v3", Repo: "AIDC-ai-business/Marcoroni-7B-v3", Commit: commitA, Base: true, Donor: true, License: "cc-by-nc-4.0", Share: new(0.5)},
			{Ref: "EmbeddedLLM/Mistral-7B-Merge-14-v0.1", Repo: "EmbeddedLLM/Mistral-7B-Merge-14-v0.1", Commit: commitB, License: "cc-by-nc-4.0", Share: new(0.5)},
		},
		Settings: []Setting{{Name: "t", Doc: "how far along the way from the base (0) to the other model (1)", Groups: []Group{
			{Name: "attention", Values: gradient(32, 0, 0.5, 0.3, 0.7, 1)},
			{Name: "MLP", Values: gradient(32, 1, 0.5, 0.7, 0.3, 0)},
			{Name: "norms, embeddings, output head", Values: []float64{0.5}},
		}}},
		Config:   slerpConfig,
		LockFile: "lazymerge.lock.json", Checks: []string{"291 tensors, each with the shape of its sources", "no new NaN or Inf", "no norm far from the sources'"},
		Version: "0.1.0", PlanHash: planHash,
	}
}

const slerpConfig = `slices:
  - sources:
      - model: AIDC-ai-business/Marcoroni-7B-v3
        layer_range: [0, 32]
      - model: EmbeddedLLM/Mistral-7B-Merge-14-v0.1
        layer_range: [0, 32]
merge_method: slerp
base_model: AIDC-ai-business/Marcoroni-7B-v3
parameters:
  t:
    - filter: self_attn
      value: [0, 0.5, 0.3, 0.7, 1]
    - filter: mlp
      value: [1, 0.5, 0.7, 0.3, 0]
    - value: 0.5
dtype: bfloat16
`

func tiesFacts() Facts {
	f := slerpFacts()
	f.Repo = "alice/NeuralPipe-7B-ties"
	f.Method = method("ties", "https://arxiv.org/abs/2306.01708", "Yadav et al. 2023, arXiv:2306.01708")
	f.DType = "float16"
	f.Models = []Model{
		{Repo: "mistralai/Mistral-7B-v0.1", Commit: commitA, Base: true, Donor: true, License: "apache-2.0"},
		{Repo: "OpenPipe/mistral-ft-optimized-1218", Commit: commitB, License: "apache-2.0", Parent: "mistralai/Mistral-7B-v0.1",
			Settings: []Setting{constant("density", 0.5), constant("weight", 0.5)}},
		{Repo: "mlabonne/NeuralHermes-2.5-Mistral-7B", Commit: commitC, License: "apache-2.0", Parent: "mistralai/Mistral-7B-v0.1",
			Settings: []Setting{constant("density", 0.5), {Name: "weight", Doc: "how much of the model's changes is added", Groups: []Group{
				{Name: "attention, norms", Values: gradient(32, 0, 0.3)}, {Name: "MLP", Values: []float64{0.5}}, {Name: "embeddings, output head", Values: []float64{0}}}}}},
	}
	f.Settings = []Setting{boolean("normalize", 1), constant("lambda", 1)}
	f.Config = "# the middle model's weight grows with depth\nmerge_method: ties\n"
	return f
}

func dareFacts() Facts {
	f := tiesFacts()
	f.Repo = "alice/Daredevil-7B"
	f.Method = method("dare_ties", "https://arxiv.org/abs/2311.03099", "")
	f.Seed = new(uint64(0)) // counts as a seed
	return f
}

func passthroughFacts() Facts {
	f := slerpFacts()
	f.Repo = "alice/NeuralPipe-9B"
	f.Method = method("passthrough", "", "")
	f.Parameters, f.Layers = 8_986_628_096, 40
	f.Models = []Model{
		{Repo: "OpenPipe/mistral-ft-optimized-1218", Commit: commitA, Donor: true, License: "apache-2.0", Share: new(0.8), Template: TemplateOther},
		{Repo: "mlabonne/NeuralHermes-2.5-Mistral-7B", Commit: commitB, License: "apache-2.0", Share: new(0.2)},
	}
	f.Settings = nil
	f.Slices = []Slice{{0, 32, []Part{{0, 0, 32}}}, {32, 40, []Part{{1, 24, 32}}}}
	f.Config = "slices: [...]\n"
	return f
}

func linearLocalFacts() Facts {
	f := slerpFacts()
	f.Repo = "alice/half-private"
	f.Method = method("linear", "https://arxiv.org/abs/2203.05482", "")
	f.Models = []Model{
		{Repo: "alice/model-a", Commit: commitA, License: "apache-2.0", Share: new(0.75), Settings: []Setting{constant("weight", 3)}},
		{Ref: "/home/alice/secret-project/model-b", Local: true, Donor: true, License: "apache-2.0", Share: new(0.25), Settings: []Setting{constant("weight", 1)}},
	}
	f.Settings = []Setting{boolean("normalize", 1)}
	f.Config = "models: [...]\n"
	f.Replaced = true
	return f
}

// goldenCards are the facts of every golden card, by file name.
var goldenCards = map[string]func() Facts{
	"slerp": slerpFacts,
	"slerp-chart": func() Facts {
		f := slerpFacts()
		f.Chart, f.ChartAlt = "merge.png", "Share of each model by layer. [attention] from 0 to 1."
		return f
	},
	"evaluated": func() Facts {
		f := slerpFacts()
		f.Evaluation = &Evaluation{Format: EvaluationFormat, Harness: "0.4.13", Chat: true, Scores: []Score{
			{Task: "gsm8k", Metric: "exact_match", Filter: "strict-match", Shots: new(int64(5)), Value: 0.5883244, StdErr: new(0.013556)},
			{Task: "gsm8k", Metric: "exact_match", Filter: "flexible-extract", Shots: new(int64(5)), Value: 0.5898, StdErr: new(0.01354)},
			{Task: "wikitext", Metric: "word_perplexity", Value: 9.4123, Samples: 10, Of: 62},
		}}
		f.ChatTemplate, f.Models[0].Template = true, TemplateTaken
		return f
	},
	"branch": func() Facts {
		f := slerpFacts()
		f.Revision, f.Chart, f.ChartAlt = "try/t-0.3", "merge.png", "Share of each model by layer."
		return f
	},
	"ties":              tiesFacts,
	"dare":              dareFacts,
	"passthrough":       passthroughFacts,
	"linear-with-local": linearLocalFacts,
	"slerp-in-slices": func() Facts {
		f := slerpFacts()
		f.Slices = []Slice{{0, 8, []Part{{0, 0, 8}, {1, 0, 8}}}, {8, 9, []Part{{0, 31, 32}, {1, 31, 32}}}}
		f.Layers = 9
		f.Settings = []Setting{constant("t", 0.3)}
		return f
	},
	"one-model": func() Facts {
		f := passthroughFacts()
		f.Repo = "self-stack" // a merge into a folder
		f.Models = f.Models[:1]
		f.Models[0].Share = nil
		f.Slices = nil
		for i := range 6 {
			f.Slices = append(f.Slices, Slice{i * 8, i*8 + 8, []Part{{0, i * 4, i*4 + 8}}})
		}
		f.Layers = 48
		return f
	},
	"config-with-fences": func() Facts {
		f := slerpFacts()
		f.Config = "# a config that came out of a card\n# ```yaml\n```\n~~~~\n````` \n~~~~\nmerge_method: slerp\n"
		return f
	},
	"config-with-crlf": func() Facts {
		f := slerpFacts()
		f.Config = "\uFEFF" + strings.TrimSuffix(strings.ReplaceAll(slerpConfig, "\n", "\r\n"), "\r\n")
		return f
	},
	"hostile-names": func() Facts {
		const evil = "x|y`z\n# <script>alert(1)</script>\n---\n[a](javascript:alert(1)) *b* _c_ $$d$$ \x1b[31m\u202e"
		f := tiesFacts()
		f.Title, f.DType, f.Version, f.PlanHash, f.LibraryName, f.PipelineTag = evil, evil, evil, evil, "", evil
		f.Method = Method{Name: evil, Title: evil, Summary: evil, URL: "javascript:alert(1)", Paper: evil}
		f.Chart, f.ChartAlt, f.LockFile, f.Checks = "a b)(|.png", evil, evil, []string{evil, evil}
		f.ChatTemplate = true
		f.Models = append(f.Models,
			Model{Ref: evil, License: evil, Template: TemplateOther},
			Model{Repo: evil, URL: "https://example.org/" + evil, Commit: evil, License: "other", LicenseName: evil, LicenseLink: "javascript:alert(1)", Template: TemplateTaken},
			Model{Repo: "no", License: "other", LicenseName: "own", LicenseLink: "LICENSE (v2)|.txt", Settings: []Setting{constant(evil, 2)}},
			Model{Repo: "1e5/0123", License: "mit"},
		)
		f.Settings = []Setting{{Name: evil, Doc: evil, Groups: []Group{{Name: evil, Values: gradient(32, 0, 1)}, {Name: evil, Values: []float64{math.NaN()}}}}}
		return f
	},
	"licenses-differ": func() Facts {
		f := slerpFacts()
		f.Models[0].License, f.Models[0].Donor = "llama3.1", false
		f.Models[0].Template = TemplateTaken
		f.Models[1].License, f.Models[1].LicenseName, f.Models[1].LicenseLink = "other", "gemma-like", "LICENSE.txt"
		f.Models[1].Template, f.Models[1].NotForAllAudiences = TemplateOther, true
		f.Models[0].LicenseFile = "LICENSE.AIDC-ai-business--Marcoroni-7B-v3"
		f.OwnLicense = "LICENSE"
		f.TermsFiles = []string{"LICENSE.AIDC-ai-business--Marcoroni-7B-v3", "USE_POLICY.md"}
		f.ChatTemplate = true
		return f
	},
	"license-stricter": func() Facts {
		f := slerpFacts()
		f.Models[0].License = "apache-2.0"
		f.TermsFiles = []string{"LICENSE.AIDC-ai-business--Marcoroni-7B-v3", "LICENSE.EmbeddedLLM--Mistral-7B-Merge-14-v0.1", "NOTICE"}
		f.Models[0].LicenseFile, f.Models[1].LicenseFile = f.TermsFiles[0], f.TermsFiles[1]
		return f
	},
	"license-of-its-own-name": func() Facts {
		f := slerpFacts()
		for i := range f.Models {
			f.Models[i].License, f.Models[i].LicenseName, f.Models[i].LicenseLink = "other", "qwen-research", "LICENSE"
			f.Models[i].LicenseFile = "LICENSE"
		}
		f.TermsFiles = []string{"LICENSE"}
		return f
	},
	"no-commercial-use": func() Facts {
		f := slerpFacts()
		f.Models[0].License = "llama3.3"
		f.OwnLicense = "LICENSE"
		return f
	},
	"no-license": func() Facts {
		f := slerpFacts()
		f.Models[0].License = ""
		f.Models[1].License, f.Models[1].Unread, f.Models[1].Commit = "", true, ""
		f.LockFile, f.PlanHash = "", ""
		return f
	},
	"license-chosen": func() Facts {
		f := slerpFacts()
		f.License, f.LicenseName, f.LicenseLink = "other", "my-terms", "LICENSE"
		return f
	},
	"chat-template": func() Facts {
		f := slerpFacts()
		f.ChatTemplate = true
		f.PipelineTag = ""
		f.Models[0].Template, f.Models[1].Template = TemplateTaken, TemplateSame
		return f
	},
	"own-code": func() Facts {
		f := slerpFacts()
		f.Revision = "next"
		f.CustomCode, f.CodeFiles, f.CodeRepos = true, []string{"configuration_x.py", "modeling_x.py"}, []string{"carol/x-code"}
		return f
	},
	"pictures": func() Facts {
		f := slerpFacts()
		f.Architecture, f.PipelineTag, f.ChatTemplate = "LlavaForConditionalGeneration", "image-text-to-text", true
		f.Models[0].Template = TemplateTaken
		return f
	},
	"summarization": func() Facts {
		f := slerpFacts()
		f.Architecture, f.PipelineTag = "T5ForConditionalGeneration", "summarization"
		f.CustomCode = true
		return f
	},
	"sentences": func() Facts {
		f := slerpFacts()
		f.Architecture, f.PipelineTag, f.LibraryName = "BertModel", "sentence-similarity", "sentence-transformers"
		return f
	},
	"no-text-generation": func() Facts {
		f := slerpFacts()
		f.PipelineTag, f.Architecture = "fill-mask", "BertForMaskedLM"
		return f
	},
	"least": func() Facts {
		return Facts{Title: "a merge", Method: Method{Name: "karcher"}, Models: []Model{{Ref: "./x", Local: true}}}
	},
}

func TestGoldenCards(t *testing.T) {
	for name, facts := range goldenCards {
		t.Run(name, func(t *testing.T) {
			f := facts()
			got, err := Render("", f)
			if err != nil {
				t.Fatalf("Render = %v", err)
			}
			file := filepath.Join("testdata", name+".md")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("the card differs from %s; run go test ./card -update and read the diff", file)
			}
			config, err := Config(got)
			if err != nil || string(config) != f.Config {
				t.Errorf("Config = %q, %v; want %q", config, err, f.Config)
			}
		})
	}
}

// No table of a card has a column with nothing in it.
func TestGoldenTablesHaveNoEmptyColumn(t *testing.T) {
	for name, facts := range goldenCards {
		card, err := Render("", facts())
		if err != nil {
			t.Fatal(err)
		}
		var table [][]string
		tables := 0
		for line := range strings.SplitSeq(string(card)+"\n", "\n") {
			if strings.HasPrefix(line, "|") {
				table = append(table, strings.Split(strings.Trim(line, "|"), "|"))
				continue
			}
			if table == nil {
				continue
			}
			tables++
			for column := range table[0] {
				full := false
				for _, row := range table[2:] {
					full = full || strings.TrimSpace(row[column]) != ""
				}
				if !full {
					t.Errorf("%s: nothing is in column %d of %q", name, column+1, table[0])
				}
			}
			table = nil
		}
		if tables == 0 {
			t.Errorf("%s: no table was found", name)
		}
	}
}
