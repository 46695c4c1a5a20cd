package card

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

func readHarness(t *testing.T) *Evaluation {
	t.Helper()
	results, err := os.ReadFile("testdata/harness.json")
	if err != nil {
		t.Fatal(err)
	}
	e, m, err := ReadHarness(results)
	if err != nil || m.Name != "alice/Marcoro14-7B-slerp" {
		t.Fatalf("ReadHarness = %+v, %v", m, err)
	}
	return e
}

func TestReadHarness(t *testing.T) {
	e := readHarness(t)
	var got []string
	for _, row := range scoreRows(e) {
		got = append(got, row.Label+"|"+strings.Join(row.Cells, "|"))
	}
	want := []string{
		"mmlu|5|acc|0.5941 ± 0.0039", // the group alone
		"gsm8k|5|exact_match, strict-match|0.5883 ± 0.0136",
		"|5|exact_match, flexible-extract|0.5898 ± 0.0135",
		"gpqa_diamond_zeroshot|0|acc|0.3000 ± 0.0325, on 50 of 198 samples",
		"|0|acc_norm|0.3000 ± 0.0325, on 50 of 198 samples",
		"wikitext|0|word_perplexity|9.4123",
		`code2text&#124;x\_.\*||smoothed_bleu_4, create_output|1.5000 ± 0.2000`,
		"leaderboard_ifeval||prompt_level_strict_acc|0.4000 ± 0.0200", // its group has no score
	}
	if !slices.Equal(got, want) {
		t.Errorf("rows:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if e.Harness != "0.4.13" || e.Date != "2025-11-24T08:30:00Z" || e.Chat {
		t.Errorf("ReadHarness = %+v", e)
	}
}

func TestHubFiles(t *testing.T) {
	files := readHarness(t).HubFiles()
	if got := slices.Collect(maps.Keys(files)); !slices.Equal(got, []string{".eval_results/gsm8k.yaml"}) {
		t.Fatalf("HubFiles = %q; a task of unknown place and one on part of its samples have none", got)
	}
	want := `- dataset:
    id: openai/gsm8k
    task_id: gsm8k
  value: 58.8324
  date: "2025-11-24T08:30:00Z"
  notes: "5-shot, strict-match, lm-evaluation-harness 0.4.13"
`
	if got := string(files[".eval_results/gsm8k.yaml"]); got != want {
		t.Errorf("gsm8k.yaml:\n%s\nwant:\n%s", got, want)
	}
}

func TestReadHarnessRefuses(t *testing.T) {
	for _, tt := range []struct{ name, results, want string }{
		{"text that is not JSON", "acc: 0.5", "no results of lm-evaluation-harness: not JSON"},
		{"another JSON file", `{"a": 1}`, `no results of lm-evaluation-harness: there is no "results"`},
		{"a list", `[1]`, `no results of lm-evaluation-harness: there is no "results"`},
		{"results without a number", `{"results": {"gsm8k": {"alias": "gsm8k", "acc,none": "N/A"}}}`, "no results of lm-evaluation-harness: it has no score"},
		{"a number beyond float64", `{"results": {"gsm8k": {"acc,none": 1e999}}}`, "no results of lm-evaluation-harness: it has no score"},
	} {
		if _, _, err := ReadHarness([]byte(tt.results)); !errors.Is(err, ErrEvaluation) || err.Error() != tt.want {
			t.Errorf("%s: ReadHarness = %v, want %s", tt.name, err, tt.want)
		}
	}
}

func TestModelThatWasMeasured(t *testing.T) {
	for _, tt := range []struct{ name, results, want string }{
		{"a name of its own", `{"model_name": "a/b", "config": {"model_args": "pretrained=c/d"}}`, "a/b"},
		{"arguments as text", `{"config": {"model_args": "dtype=auto,pretrained=c/d,revision=main"}}`, "c/d"},
		{"arguments as an object", `{"config": {"model_args": {"pretrained": "c/d"}}}`, "c/d"},
		{"nothing", `{}`, ""},
	} {
		results := strings.Replace(tt.results, "{", `{"results": {"x": {"acc,none": 1}}, `, 1)
		results = strings.Replace(results, ", }", "}", 1)
		if _, got, err := ReadHarness([]byte(results)); err != nil || got.Name != tt.want {
			t.Errorf("%s: ReadHarness of %s = %+v, %v; want %q", tt.name, results, got, err, tt.want)
		}
	}
}

// FuzzReadHarness wants of any file either an ErrEvaluation or scores that come back from JSON as they were, make
// a card and give the Hub valid YAML.
func FuzzReadHarness(f *testing.F) {
	results, err := os.ReadFile("testdata/harness.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(results)
	f.Add([]byte(`{"results": {"gsm8k": {"exact_match,strict-match": -1e300}}, "date": 1e10, "lm_eval_version": "\u0000---\n"}`))
	f.Add([]byte(`{"results": {"a": {"b,c": 1}}, "group_subtasks": {"a": ["a"]}}`))
	f.Add([]byte(`{"results": {"a": {"b,c": NaN, "d,\\"NaN": 1, "e_stderr,f": -Infinity, "e,f": 0.5}}, "config": {"limit": 7, "model_args": "peft=NaN"}}`))
	f.Fuzz(func(t *testing.T, results []byte) {
		e, _, err := ReadHarness(results)
		if err != nil {
			if e != nil || !errors.Is(err, ErrEvaluation) {
				t.Fatalf("ReadHarness = %v, %v; want nil and an ErrEvaluation", e, err)
			}
			return
		}
		text, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseEvaluation(text)
		if err != nil || !reflect.DeepEqual(again, e) {
			t.Fatalf("%s came back as %+v, %v; was %+v", text, again, err, e)
		}
		for path, file := range e.HubFiles() {
			if len(e.Conditions) > 0 {
				t.Fatalf("%s of scores that were measured %q", path, e.Conditions)
			}
			var entries []struct {
				Value float64 `yaml:"value"`
			}
			if err := yaml.Unmarshal(file, &entries); err != nil || len(entries) != 1 || entries[0].Value < 0 || entries[0].Value > 100 {
				t.Fatalf("%s: %v\n%s", path, err, file)
			}
		}
		facts := slerpFacts()
		facts.Evaluation = e
		card, err := Render("", facts)
		if err != nil || !bytes.Contains(card, []byte("\n## Evaluation\n")) {
			t.Fatalf("Render = %v", err)
		}
	})
}
