package pipeline

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// settings are keys of config.json that say how a model uses its tensors and leave their names and shapes alone, so that a
// plan has nothing to refuse where models differ in them. Names in one string are what different families call the
// same thing; the first that both models have is compared. What decides which tensors there are, such as attention_bias or tied embeddings,
// is not here: those models differ in tensors. What only matters in training, such as dropout, is not here either.
//
// Sources: the config classes of transformers; mergekit takes all of them from one model.
var settings = []struct {
	means string // what comes of it
	keys  []string
}{
	{"Rows of q, k and v belong to other heads.", []string{
		"num_attention_heads n_head n_heads num_heads", "num_kv_heads n_head_kv num_key_value_heads", "head_dim", "multi_query",
		"linear_num_key_heads", "linear_num_value_heads", "mamba_n_heads", "mamba_n_groups",
	}},
	{"The feed-forward layers compute another function.", []string{
		"hidden_activation hidden_act activation_function activation", "mlp_hidden_act", "swiglu_limit",
	}},
	{"Tokens go to other experts, or count otherwise there.", []string{
		"num_experts_per_tok num_experts_per_token num_selected_experts moe_top_k moe_topk top_k_experts experts_per_token", "norm_topk_prob",
		"scoring_func", "topk_method", "n_group", "topk_group", "routed_scaling_factor", "ffn_config.moe_top_k",
	}},
	{"Values inside the model have another scale.", []string{
		"embedding_multiplier scale_emb", "residual_multiplier scale_depth", "attention_multiplier", "logits_scaling logit_scale", "dim_model_base",
		"query_pre_attn_scalar", "attn_logit_softcapping", "final_logit_softcapping", "clip_qkv", "scale_attn_weights",
		"scale_attn_by_inverse_layer_idx", "lm_head_multiplier", "key_multiplier", "attention_in_multiplier", "attention_out_multiplier", "ssm_multipliers",
	}},
	{"Positions are told in another way.", []string{
		"position_embedding_type", "partial_rotary_factor rotary_pct rotary_dim", "alibi", "rope_local_base_freq",
		"rope_scaling.factor rope_parameters.factor", "rope_scaling.original_max_position_embeddings rope_parameters.original_max_position_embeddings",
		"rope_scaling.low_freq_factor rope_parameters.low_freq_factor", "rope_scaling.high_freq_factor rope_parameters.high_freq_factor",
	}},
	{"Layers attend to other tokens.", []string{
		"sliding_window", "attention_chunk_size", "layer_types", "no_rope_layers", "sliding_window_pattern", "full_attention_interval",
		"is_decoder", "is_causal", "use_bidirectional_attention",
	}},
	{"The parts of a layer are put together in another order.", []string{
		"use_parallel_residual", "parallel_attn", "new_decoder_architecture", "do_layer_norm_before", "apply_residual_connection_post_layernorm",
	}},
	{"Norms divide by a slightly different number.", []string{"rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon", "norm_eps", "norm_epsilon"}},
	{"Pictures become other tokens.", []string{
		"vision_feature_layer", "vision_feature_select_strategy", "select_layer", "downsample_ratio", "projector_hidden_act", "image_token_id image_token_index",
	}},
	{"Outputs of the head mean other labels.", []string{"id2label"}},
}

// configParts are the places in config.json where settings may stand, each as the prefixes that it may have.
var configParts = [][]string{
	{"", "text_config.", "llm_config.", "language_config."},
	{"vision_config."},
	{"audio_config."},
}

// A settingDiffers is a setting that two models have other values of.
type settingDiffers struct {
	key   string // where the first model has it
	a, b  string // values in a few letters; "" where they are lists or objects
	means string
}

// differingSettings compares settings of two models, in order. A setting that one of them leaves out is compared where it is known what that
// means.
func differingSettings(a, b plan.Config, followed bool) []settingDiffers {
	var out []settingDiffers
	for _, part := range configParts {
		for _, group := range settings {
			for _, names := range group.keys {
				if followed && perLayer(names) || names == "id2label" && !strings.HasSuffix(a.Architecture, "Classification") {
					continue // slices take each layer's own; and what a head generates has no labels
				}
				for name := range strings.FieldsSeq(names) {
					keyA, x := configValue(a, part, name)
					keyB, y := configValue(b, part, name)
					if x == "" || y == "" {
						continue
					}
					if key := cmp.Or(keyA, keyB); x != y && key != "" { // what both leave out follows from what is compared elsewhere
						out = append(out, settingDiffers{key, brief(x), brief(y), group.means})
					}
					break
				}
			}
		}
	}
	return out
}

// perLayer tells whether a setting is one of single layers.
func perLayer(name string) bool { return name == "layer_types" || name == "no_rope_layers" }

// configValue returns where a config has a setting and its value, in one form for equal values. The key is "" where the config leaves it out,
// and the value, too, where nobody knows what that means.
func configValue(c plan.Config, part []string, name string) (key, value string) {
	var v gjson.Result
	for _, prefix := range part {
		if v = gjson.GetBytes(c.Raw, prefix+name); v.Exists() && (v.Type != gjson.Null || turnsOff(name)) {
			key = prefix + name
			break
		}
	}
	prefix := strings.TrimSuffix(key, name)
	switch {
	case key == "":
		return "", absentSetting(c, part, name)
	case v.Type == gjson.Null:
		return key, "none"
	case name == "sliding_window" && gjson.GetBytes(c.Raw, prefix+"use_sliding_window").Type == gjson.False:
		return key, "none" // Qwen writes a window that no layer has
	}
	return key, canonical(v)
}

// turnsOff tells whether a null says that a model does without a setting. Elsewhere it is as if the key were not there.
func turnsOff(name string) bool {
	return slices.Contains([]string{"sliding_window", "attention_chunk_size", "attn_logit_softcapping", "final_logit_softcapping", "clip_qkv", "swiglu_limit"}, name)
}

// absentSetting is what a config that leaves a setting out means by it; "" where nobody knows.
func absentSetting(c plan.Config, part []string, name string) string {
	switch name {
	case "num_key_value_heads":
		_, heads := configValue(c, part, "num_attention_heads")
		return heads
	case "head_dim":
		_, heads := configValue(c, part, "num_attention_heads")
		_, hidden := configValue(c, part, "hidden_size")
		n, _ := strconv.Atoi(heads)
		size, _ := strconv.Atoi(hidden)
		if n > 0 && size > 0 {
			return strconv.Itoa(size / n)
		}
	case "hidden_activation":
		if strings.HasPrefix(c.ModelType, "gemma") {
			return "gelu_pytorch_tanh" // whatever hidden_act says
		}
	case "hidden_act":
		if part[0] == "" && slices.Contains(siluByDefault, c.ModelType) {
			return "silu"
		}
	}
	return ""
}

// siluByDefault are the model types whose config class has the hidden_act "silu" when the file does not say. Source: transformers'
// config classes.
var siluByDefault = []string{
	"bamba", "cohere", "cohere2", "deepseek_v2", "deepseek_v3", "exaone4", "glm", "glm4", "glm4_moe", "gpt_oss", "granite", "granitemoe",
	"granitemoehybrid", "jamba", "llama", "minimax", "mistral", "mixtral", "olmo", "olmo2", "olmo3", "olmoe", "phi3", "phimoe", "qwen2",
	"qwen2_moe", "qwen3", "qwen3_moe", "seed_oss", "smollm3", "stablelm",
}

// sameActivation are names of activations that compute one function, up to rounding.
var sameActivation = map[string]string{"swish": "silu", "gelu_new": "gelu_pytorch_tanh", "gelu_fast": "gelu_pytorch_tanh", "gelu_python": "gelu"}

// canonical is the text of a value, the same for equal values: numbers as the shortest text, strings without quotes.
func canonical(v gjson.Result) string {
	switch v.Type {
	case gjson.Number:
		return strconv.FormatFloat(v.Num, 'g', -1, 64)
	case gjson.String:
		if name, ok := sameActivation[v.String()]; ok {
			return name
		}
		return v.String()
	case gjson.JSON:
		var any any
		if json.Unmarshal([]byte(v.Raw), &any) == nil {
			text, _ := json.Marshal(any) // what was read can be written
			return string(text)
		}
	}
	return v.Raw
}

// brief is a value as a warning shows it: "" for one that would fill the line.
func brief(value string) string {
	if strings.HasPrefix(value, "[") || strings.HasPrefix(value, "{") || len(value) > 40 {
		return ""
	}
	return value
}

// compareSettings warns once of all settings that src has otherwise than donor.
func (m *Merge) compareSettings(donor, src *source.Source, warn func(code, hint, format string, args ...any)) {
	differ := m.differingSettings(donor, src)
	if len(differ) == 0 {
		return
	}
	const most = 6
	var keys, means []string
	for i, d := range differ {
		switch {
		case i == most:
			keys = append(keys, fmt.Sprintf("%d more", len(differ)-most))
		case i > most:
		case d.a == "" || d.b == "":
			keys = append(keys, d.key)
		default:
			keys = append(keys, fmt.Sprintf("%s (%s and %s)", d.key, d.a, d.b))
		}
		if !slices.Contains(means, d.means) {
			means = append(means, d.means)
		}
	}
	warn("config", m.instead(src, "config", "merge models that agree in this"), "config: %s and %s differ in %s; the merge has what %s has. %s",
		donor.Name(), src.Name(), say.List(keys), donor.Name(), strings.Join(means, " "))
}

func (m *Merge) differingSettings(donor, src *source.Source) []settingDiffers {
	return differingSettings(donor.Model.Config, src.Model.Config, m.Recipe.Form == recipe.FormSlices)
}
