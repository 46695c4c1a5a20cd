package compat

import "slices"

// settings are keys of config.json that change how a model uses its tensors but not their names or shapes, so a plan does not
// refuse models that differ in them. The names in one string are what different families call the same setting; the first that
// both models have is compared. Keys that decide which tensors exist, such as attention_bias or tied embeddings, and
// keys that only matter in training, such as dropout, are not listed.
//
// Sources: the config classes of transformers; mergekit takes all of them from one model.
var settings = []struct {
	means string // consequence
	keys  []string
}{
	{"Rows of q, k and v belong to different heads.", []string{
		"num_attention_heads n_head n_heads num_heads", "num_kv_heads n_head_kv num_key_value_heads", "head_dim", "multi_query",
		"linear_num_key_heads", "linear_num_value_heads", "mamba_n_heads", "mamba_n_groups",
	}},
	{"Feed-forward layers compute a different function.", []string{
		"hidden_activation hidden_act activation_function activation", "mlp_hidden_act", "swiglu_limit",
	}},
	{"Tokens are routed to different experts or weighted differently.", []string{
		"num_experts_per_tok num_experts_per_token num_selected_experts moe_top_k moe_topk top_k_experts experts_per_token", "norm_topk_prob",
		"scoring_func", "topk_method", "n_group", "topk_group", "routed_scaling_factor", "ffn_config.moe_top_k",
	}},
	{"Activations are scaled differently.", []string{
		"embedding_multiplier scale_emb", "residual_multiplier scale_depth", "attention_multiplier", "logits_scaling logit_scale", "dim_model_base",
		"query_pre_attn_scalar", "attn_logit_softcapping", "final_logit_softcapping", "clip_qkv", "scale_attn_weights",
		"scale_attn_by_inverse_layer_idx", "lm_head_multiplier", "key_multiplier", "attention_in_multiplier", "attention_out_multiplier", "ssm_multipliers",
	}},
	{"Positions are encoded differently.", []string{
		"position_embedding_type", "partial_rotary_factor rotary_pct rotary_dim", "alibi", "rope_local_base_freq",
		"rope_scaling.factor rope_parameters.factor", "rope_scaling.original_max_position_embeddings rope_parameters.original_max_position_embeddings",
		"rope_scaling.low_freq_factor rope_parameters.low_freq_factor", "rope_scaling.high_freq_factor rope_parameters.high_freq_factor",
	}},
	{"Layers attend to different tokens.", []string{
		"sliding_window", "attention_chunk_size", "layer_types", "no_rope_layers", "sliding_window_pattern", "full_attention_interval",
		"is_decoder", "is_causal", "use_bidirectional_attention",
	}},
	{"Sublayers are arranged differently.", []string{
		"use_parallel_residual", "parallel_attn", "new_decoder_architecture", "do_layer_norm_before", "apply_residual_connection_post_layernorm",
	}},
	{"Norms use a slightly different epsilon.", []string{"rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon", "norm_eps", "norm_epsilon"}},
	{"Images are encoded differently.", []string{
		"vision_feature_layer", "vision_feature_select_strategy", "select_layer", "downsample_ratio", "projector_hidden_act", "image_token_id image_token_index",
	}},
	{"Outputs of the head mean different labels.", []string{"id2label"}},
}

// configParts are the parts of a config.json that have settings, each with its possible prefixes.
var configParts = [][]string{
	{"", "text_config.", "llm_config.", "language_config."},
	{"vision_config."},
	{"audio_config."},
}

// perLayer reports whether a setting lists a value for each layer.
func perLayer(name string) bool { return name == "layer_types" || name == "no_rope_layers" }

// turnsOff reports whether null turns a setting off. For others null means the same as no key.
func turnsOff(name string) bool {
	return slices.Contains([]string{"sliding_window", "attention_chunk_size", "attn_logit_softcapping", "final_logit_softcapping", "clip_qkv", "swiglu_limit"}, name)
}

// siluByDefault are the model types whose hidden_act defaults to "silu". Source: transformers' config classes.
var siluByDefault = []string{
	"bamba", "cohere", "cohere2", "deepseek_v2", "deepseek_v3", "exaone4", "glm", "glm4", "glm4_moe", "gpt_oss", "granite", "granitemoe",
	"granitemoehybrid", "jamba", "llama", "minimax", "mistral", "mixtral", "olmo", "olmo2", "olmo3", "olmoe", "phi3", "phimoe", "qwen2",
	"qwen2_moe", "qwen3", "qwen3_moe", "seed_oss", "smollm3", "stablelm",
}

// sameActivation maps activations to another name of the same function, up to rounding.
var sameActivation = map[string]string{"swish": "silu", "gelu_new": "gelu_pytorch_tanh", "gelu_fast": "gelu_pytorch_tanh", "gelu_python": "gelu"}
