package compat

import (
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/merge/plan"
)

func TestSettingsThatDiffer(t *testing.T) {
	for _, tt := range []struct{ name, a, b, want string }{
		{"heads", `{"num_attention_heads": 2, "num_key_value_heads": 2}`, `{"num_attention_heads": 4, "num_key_value_heads": 4}`, "num_attention_heads 2 4, num_key_value_heads 2 4"},
		{"heads that follow from others are not told again", `{"num_attention_heads": 2, "hidden_size": 8}`, `{"num_attention_heads": 4, "hidden_size": 8}`, "num_attention_heads 2 4"},
		{"left out, and written as what that means", `{"num_attention_heads": 2, "hidden_size": 8}`, `{"num_attention_heads": 2, "hidden_size": 8, "num_key_value_heads": 2, "head_dim": 4}`, ""},
		{"left out, and something else", `{"num_attention_heads": 4}`, `{"num_attention_heads": 4, "num_key_value_heads": 2}`, "num_key_value_heads 4 2"},
		{"Falcon's name of them", `{"num_attention_heads": 4, "num_kv_heads": 4}`, `{"num_attention_heads": 4, "num_kv_heads": 2}`, "num_kv_heads 4 2"},
		{"an activation that the model type decides", `{"model_type": "llama"}`, `{"model_type": "llama", "hidden_act": "gelu"}`, "hidden_act silu gelu"},
		{"one that nobody knows", `{"model_type": "x"}`, `{"model_type": "x", "hidden_act": "gelu"}`, ""},
		{"two names of one function", `{"hidden_act": "silu"}`, `{"hidden_act": "swish"}`, ""},
		{"Gemma does not look at hidden_act", `{"model_type": "gemma", "hidden_act": "gelu"}`, `{"model_type": "gemma", "hidden_act": "gelu_pytorch_tanh", "hidden_activation": null}`, ""},
		{"GPT-2's name", `{"activation_function": "gelu_new"}`, `{"activation_function": "relu"}`, "activation_function gelu_pytorch_tanh relu"},
		{"experts", `{"num_experts_per_tok": 2, "norm_topk_prob": true}`, `{"num_experts_per_tok": 4, "norm_topk_prob": false}`, "num_experts_per_tok 2 4, norm_topk_prob true false"},
		{"one number written in two ways", `{"rms_norm_eps": 1e-05, "logit_scale": 1}`, `{"rms_norm_eps": 0.00001, "logit_scale": 1.0}`, ""},
		{"norms", `{"rms_norm_eps": 1e-05}`, `{"rms_norm_eps": 1e-06}`, "rms_norm_eps 1e-05 1e-06"},
		{"a window, and none", `{"sliding_window": 4096}`, `{"sliding_window": null}`, "sliding_window 4096 none"},
		{"a window that is not used", `{"sliding_window": 4096, "use_sliding_window": false}`, `{"sliding_window": null}`, ""},
		{"softcapping, and none", `{"final_logit_softcapping": 30.0}`, `{"final_logit_softcapping": null}`, "final_logit_softcapping 30 none"},
		{"multipliers", `{"embedding_multiplier": 12, "logits_scaling": 8}`, `{"embedding_multiplier": 1.0, "logits_scaling": 8.0}`, "embedding_multiplier 12 1"},
		{"the language model inside another", `{"text_config": {"num_attention_heads": 2}}`, `{"num_attention_heads": 4}`, "text_config.num_attention_heads 2 4"},
		{"the part that sees", `{"vision_config": {"hidden_act": "gelu"}}`, `{"vision_config": {"hidden_act": "quick_gelu"}}`, "vision_config.hidden_act gelu quick_gelu"},
		{"lists are named alone", `{"layer_types": ["a", "b"]}`, `{"layer_types": ["a", "a"]}`, "layer_types  "},
		{"lists with other spaces", `{"layer_types": ["a", "b"]}`, `{"layer_types": ["a","b"]}`, ""},
		{"how far rope is stretched", `{"rope_scaling": {"factor": 8}}`, `{"rope_scaling": {"factor": 32.0}}`, "rope_scaling.factor 8 32"},
		{"labels of a classifier", `{"architectures": ["BertForSequenceClassification"], "id2label": {"0": "good"}}`, `{"id2label": {"0": "bad"}}`, "id2label  "},
		{"labels of none", `{"architectures": ["LlamaForCausalLM"], "id2label": {"0": "good"}}`, `{"id2label": {"0": "bad"}}`, ""},
		{"what only training looks at", `{"attention_dropout": 0.1, "use_cache": true, "initializer_range": 0.02}`, `{"attention_dropout": 0, "use_cache": false, "initializer_range": 0.01}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, b := configOf(tt.a), configOf(tt.b)
			if got := settingWords(differingSettings(a, b, false)); got != tt.want {
				t.Errorf("%s and %s differ in %q, want %q", tt.a, tt.b, got, tt.want)
			}
			if got := differingSettings(a, a, false); len(got) > 0 {
				t.Errorf("%s differs from itself in %v", tt.a, got)
			}
		})
	}
	// Slices take each layer's entry along.
	a, b := configOf(`{"layer_types": ["a", "b"], "hidden_act": "silu"}`), configOf(`{"layer_types": ["a", "a"], "hidden_act": "relu"}`)
	if got, want := settingWords(differingSettings(a, b, true)), "hidden_act silu relu"; got != want {
		t.Errorf("in slices they differ in %q, want %q", got, want)
	}
}

func settingWords(differ []settingDiffers) string {
	var words []string
	for _, d := range differ {
		words = append(words, d.key+" "+d.a+" "+d.b)
	}
	return strings.Join(words, ", ")
}

func configOf(text string) plan.Config {
	return plan.Config{Raw: []byte(text), ModelType: gjson.Get(text, "model_type").String(), Architecture: gjson.Get(text, "architectures.0").String()}
}
