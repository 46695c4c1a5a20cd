package card

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// Measured is what a results file of lm-evaluation-harness says of the model that it measured.
type Measured struct {
	Name     string   // a Hub id or a path; "" where the file does not tell
	Revision string   // that was asked for: a branch, tag or commit; "" for the default
	Commit   string   // that this was, 40 hex digits; "" where the file does not tell
	Kind     string   // how the harness ran it: "hf", "vllm", "local-completions"; "" where the file does not tell
	Other    string   // why the scores are not those of the weights in Name, as a clause; "" where nothing says so
	Dropped  []string // scores and errors that are no numbers, "gsm8k acc_stderr,none"
}

// ownWeights are the harness's kinds of models that load the weights of a repo as they are, and served those that ask a
// server for a model by its name.
//
// Source: lm_eval 0.4, models/__init__.py.
var (
	ownWeights = []string{"", "hf", "hf-auto", "huggingface", "hf-multimodal", "hf-audiolm-qwen", "hf-mistral3", "vllm", "vllm-vlm", "sglang",
		"mamba_ssm", "habana", "ipex", "neuronx"}
	served = []string{"local-completions", "local-chat-completions"}
)

// Served tells whether a server was asked for the model by its name, so that only the name says what was measured.
func (m *Measured) Served() bool { return slices.Contains(served, m.Kind) }

// Arguments of models that put something else in the place of the weights, or load them coarser.
//
// Source: lm_eval 0.4, models/huggingface.py, hf_steered.py, vllm_causallms.py and sglang_causallms.py.
var (
	addedTo = []string{"peft", "delta", "lora_local_path", "lora_path", "lora_paths", "steer_path", "subfolder", "gguf_file"}
	coarser = []string{"load_in_4bit", "load_in_8bit", "quantization", "quantization_config", "autogptq", "gptqmodel", "torchao_config"}
)

// readMeasured reads what was measured, and what about the way is to be said beside the scores.
func readMeasured(root gjson.Result) (m *Measured, conditions []string) {
	args := modelArgs(root)
	m = &Measured{
		Name:     clean(root.Get("model_name").String()),
		Revision: clean(args["revision"]),
		Commit:   strings.ToLower(clean(root.Get("config.model_sha").String())),
		Kind:     clean(root.Get("model_source").String()),
	}
	for _, key := range []string{"pretrained", "model"} {
		if m.Name == "" {
			m.Name = args[key]
		}
	}
	if m.Kind == "" {
		m.Kind = clean(root.Get("config.model").String())
	}
	if m.Revision == "" {
		m.Revision = clean(root.Get("config.model_revision").String())
	}
	if len(m.Commit) != 40 {
		m.Commit = ""
	}
	for _, key := range addedTo {
		if v := args[key]; m.Other == "" && isSet(v) {
			m.Other = fmt.Sprintf("they were measured with %s=%s", key, v)
		}
	}
	if m.Other == "" && !slices.Contains(ownWeights, m.Kind) && !m.Served() {
		m.Other = fmt.Sprintf("they were measured through %s, which does not load the weights of a repo as they are", m.Kind)
	}
	for _, key := range coarser {
		if v := args[key]; isSet(v) {
			if slices.Contains([]string{"true", "1"}, strings.ToLower(v)) || strings.ContainsAny(v, "{[") {
				conditions = append(conditions, "with quantized weights ("+key+")")
			} else {
				conditions = append(conditions, "with quantized weights ("+key+" "+v+")")
			}
		}
	}
	return m, conditions
}

// isSet tells whether an argument asks for something.
func isSet(v string) bool {
	return !slices.Contains([]string{"", "false", "none", "null", "0", "[]", "{}"}, strings.ToLower(v))
}

// modelArgs are the arguments that the model was loaded with, written as a text or as an object.
func modelArgs(root gjson.Result) map[string]string {
	out := map[string]string{}
	args := root.Get("config.model_args")
	if args.IsObject() {
		args.ForEach(func(key, value gjson.Result) bool {
			out[key.String()] = clean(value.String())
			return true
		})
		return out
	}
	for arg := range strings.SplitSeq(args.String(), ",") {
		if key, value, ok := strings.Cut(arg, "="); ok {
			out[strings.TrimSpace(key)] = clean(strings.TrimSpace(value))
		}
	}
	return out
}

// limited says that a task was cut off where the results do not tell to how many samples, or "".
func limited(root gjson.Result, scores []Score) string {
	limit := root.Get("config.limit")
	if limit.Type == gjson.Null || !isSet(limit.String()) || !slices.ContainsFunc(scores, func(s Score) bool {
		return !child(root.Get("n-samples"), s.Task).Exists()
	}) {
		return ""
	}
	if n := limit.Float(); n > 0 && n < 1 {
		return "on " + Percent(n) + " of the samples of each task at most"
	}
	return "on " + clean(limit.String()) + " samples of each task at most"
}

// standardJSON puts the numbers that JSON does not have, and that Python writes as NaN and Infinity, into quotes. What is in quotes
// already stays.
func standardJSON(text []byte) []byte {
	var out []byte
	quoted := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quoted && c == '\\' && i+1 < len(text):
			out = append(out, c, text[i+1])
			i++
			continue
		case c == '"':
			quoted = !quoted
		case !quoted && (c == 'N' || c == 'I' || c == '-'):
			rest := text[i:]
			token := ""
			for _, t := range []string{"NaN", "Infinity", "-Infinity"} {
				if strings.HasPrefix(string(rest[:min(len(rest), len(t))]), t) {
					token = t
				}
			}
			if token != "" {
				out = append(append(append(out, '"'), token...), '"')
				i += len(token) - 1
				continue
			}
		}
		out = append(out, c)
	}
	return out
}

// noNumber tells whether a score is one of those that standardJSON put into quotes, or too large for a float64.
func noNumber(v gjson.Result) bool {
	if v.Type == gjson.String {
		return slices.Contains([]string{"NaN", "Infinity", "-Infinity"}, v.Str)
	}
	return v.Type == gjson.Number && v.Num-v.Num != 0
}
