package compat

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// comparedKeys are settings that the weights were trained with and that a merge takes from one model.
var comparedKeys = []struct {
	code, what, consequence, otherwise string // otherwise: what else can be done about it
	of                                 func(plan.Config) string
}{
	{"rope", "rope", "Positions mean other angles to the other model.", "merge models that have the same rope", func(c plan.Config) string {
		theta := firstOf(c, "rope_parameters.rope_theta", "rope_theta", "text_config.rope_theta")
		scaling := firstOf(c, "rope_parameters.rope_type", "rope_scaling.rope_type", "rope_scaling.type", "text_config.rope_scaling.rope_type")
		if theta == "" && scaling == "" {
			return "none"
		}
		if scaling == "" || scaling == "default" {
			return "theta " + theta
		}
		return "theta " + theta + ", scaling " + scaling
	}},
	{"bos-eos", "bos and eos", "Generation may not end, or end at once.", "set both ids in generation_config.json of the result", func(c plan.Config) string {
		return say.OrNone(firstOf(c, "bos_token_id", "text_config.bos_token_id")) + " and " + say.OrNone(firstOf(c, "eos_token_id", "text_config.eos_token_id"))
	}},
}

// contextLength is how many tokens a config says that its model reads.
func contextLength(c plan.Config) string {
	return say.OrNone(firstOf(c, "max_position_embeddings", "text_config.max_position_embeddings", "n_positions"))
}

// firstOf returns the first key that is set, as compact JSON; strings without quotes.
func firstOf(c plan.Config, keys ...string) string {
	for _, key := range keys {
		v := gjson.GetBytes(c.Raw, key)
		switch {
		case !v.Exists() || v.Type == gjson.Null:
		case v.Type == gjson.Number:
			return strconv.FormatFloat(v.Num, 'f', -1, 64) // 10000 and 10000.0 are one
		case v.Type == gjson.String:
			return v.String()
		default:
			var out bytes.Buffer
			if json.Compact(&out, []byte(v.Raw)) == nil {
				return out.String()
			}
		}
	}
	return ""
}
