package card

import (
	"slices"
	"strings"
	"testing"
)

// results is a results file of one score, with more fields.
func results(more string) []byte {
	return []byte(`{"results": {"gsm8k": {"exact_match,strict-match": 0.5}}, ` + more + `}`)
}

func TestWhatIsNotTheModelItself(t *testing.T) {
	for _, tt := range []struct{ name, more, want string }{
		{"a model alone", `"config": {"model": "hf", "model_args": "pretrained=a/b,dtype=bfloat16"}`, ""},
		{"an adapter", `"config": {"model": "hf", "model_args": "pretrained=a/b,peft=c/d"}`, "they were measured with peft=c/d"},
		{"an adapter in an object", `"config": {"model_args": {"pretrained": "a/b", "peft": "c/d"}}`, "they were measured with peft=c/d"},
		{"no adapter", `"config": {"model_args": {"pretrained": "a/b", "peft": null, "delta": false}}`, ""},
		{"a delta", `"config": {"model_args": "pretrained=a/b,delta=c/d"}`, "they were measured with delta=c/d"},
		{"a LoRA of vLLM", `"config": {"model": "vllm", "model_args": "pretrained=a/b,lora_local_path=x"}`, "they were measured with lora_local_path=x"},
		{"another folder of the repo", `"config": {"model_args": "pretrained=a/b,subfolder=x"}`, "they were measured with subfolder=x"},
		{"a model of a service", `"model_source": "openai-chat-completions", "model_name": "gpt-4"`,
			"they were measured through openai-chat-completions, which does not load the weights of a repo as they are"},
		{"GGUF", `"config": {"model": "gguf"}`, "they were measured through gguf, which does not load the weights of a repo as they are"},
		{"a server", `"config": {"model": "local-completions", "model_args": "model=a/b"}`, ""},
	} {
		_, m, err := ReadHarness(results(tt.more))
		if err != nil || m.Other != tt.want {
			t.Errorf("%s: ReadHarness = %+v, %v; want Other %q", tt.name, m, err, tt.want)
		}
	}
}

func TestRevisionThatWasMeasured(t *testing.T) {
	sha := strings.Repeat("0a", 20)
	for _, tt := range []struct{ name, more, revision, commit string }{
		{"nothing told", `"config": {"model_args": "pretrained=a/b"}`, "", ""},
		{"an argument", `"config": {"model_args": "pretrained=a/b,revision=v1", "model_revision": "main"}`, "v1", ""},
		{"told by the harness", `"config": {"model_args": "pretrained=a/b", "model_revision": "main", "model_sha": "` + sha + `"}`, "main", sha},
		{"of a folder", `"config": {"model_args": "pretrained=./b", "model_revision": "main", "model_sha": ""}`, "main", ""},
	} {
		_, m, err := ReadHarness(results(tt.more))
		if err != nil || m.Revision != tt.revision || m.Commit != tt.commit {
			t.Errorf("%s: ReadHarness = %+v, %v; want %q at %q", tt.name, m, err, tt.revision, tt.commit)
		}
	}
}

func TestConditions(t *testing.T) {
	for _, tt := range []struct{ name, more, want string }{
		{"none", `"config": {"limit": null, "model_args": "pretrained=a/b,load_in_4bit=False"}`, ""},
		{"4 bits", `"config": {"model_args": "pretrained=a/b,load_in_4bit=True"}`, "with quantized weights (load_in_4bit)"},
		{"8 bits in an object", `"config": {"model_args": {"load_in_8bit": true}}`, "with quantized weights (load_in_8bit)"},
		{"vLLM", `"config": {"model_args": "pretrained=a/b,quantization=fp8"}`, "with quantized weights (quantization fp8)"},
		{"a limit", `"config": {"limit": 100}`, "on 100 samples of each task at most"},
		{"a limit that is a share", `"config": {"limit": 0.1}`, "on 10 % of the samples of each task at most"},
		{"a limit above what there is", `"config": {"limit": 5000}, "n-samples": {"gsm8k": {"original": 1319, "effective": 1319}}`, ""},
		{"both", `"config": {"limit": 9.0, "model_args": "gptqmodel=true"}`, "with quantized weights (gptqmodel), on 9 samples of each task at most"},
	} {
		e, _, err := ReadHarness(results(tt.more))
		if err != nil || strings.Join(e.Conditions, ", ") != tt.want {
			t.Errorf("%s: ReadHarness = %+v, %v; want %q", tt.name, e, err, tt.want)
			continue
		}
		if n := len(e.HubFiles()); (n == 0) != (tt.want != "") {
			t.Errorf("%s: %d files for the Hub", tt.name, n)
		}
		facts := slerpFacts()
		facts.Evaluation = e
		text, err := Render("", facts)
		if err != nil || tt.want != "" && !strings.Contains(strings.ReplaceAll(string(text), `\_`, "_"), ", "+strings.Join(e.Conditions, " and ")+".\n\n| task") {
			t.Errorf("%s: the card does not say %q, %v:\n%s", tt.name, tt.want, err, text)
		}
	}
}

func TestScoreThatIsNoShareHasNoPlaceOnTheHub(t *testing.T) {
	for value, want := range map[string]int{"0": 1, "1": 1, "0.61": 1, "61.0": 0, "-0.1": 0} {
		e, _, err := ReadHarness([]byte(`{"results": {"gsm8k": {"exact_match,strict-match": ` + value + `}}}`))
		if err != nil || len(e.HubFiles()) != want {
			t.Errorf("%s: %d files, %v; want %d", value, len(e.HubFiles()), err, want)
		}
	}
}

// Python writes numbers that JSON does not have.
func TestScoresThatAreNoNumbers(t *testing.T) {
	e, m, err := ReadHarness([]byte(`{"results": {"NaN \"NaN": {"acc,none": 0.5, "acc_stderr,none": NaN, "a,none": -Infinity, "b,none": Infinity, "c": NaN}}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`NaN "NaN acc_stderr,none`, `NaN "NaN a,none`, `NaN "NaN b,none`}
	if !slices.Equal(m.Dropped, want) || len(e.Scores) != 1 || e.Scores[0].Task != `NaN "NaN` || e.Scores[0].StdErr != nil {
		t.Errorf("ReadHarness = %+v without %q; want one score without %q", e, m.Dropped, want)
	}
}
