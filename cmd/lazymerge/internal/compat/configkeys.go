package compat

import (
	"slices"
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

// perLayer tells whether a setting is one of single layers.
func perLayer(name string) bool { return name == "layer_types" || name == "no_rope_layers" }

// turnsOff tells whether a null says that a model does without a setting. Elsewhere it is as if the key were not there.
func turnsOff(name string) bool {
	return slices.Contains([]string{"sliding_window", "attention_chunk_size", "attn_logit_softcapping", "final_logit_softcapping", "clip_qkv", "swiglu_limit"}, name)
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
