package compat

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

// compareSettings warns once of all settings that src has otherwise than the donor.
func (m Models) compareSettings(src *source.Source) recipe.Faults {
	differ := m.differingSettings(src)
	if len(differ) == 0 {
		return nil
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
	donor := m.donor()
	return recipe.Faults{m.warning(src, "config", m.instead(src, "config", "merge models that agree in this"), "config: %s and %s differ in %s; the merge has what %s has. %s",
		donor.Name(), src.Name(), say.List(keys), donor.Name(), strings.Join(means, " "))}
}

func (m Models) differingSettings(src *source.Source) []settingDiffers {
	return differingSettings(m.donor().Model.Config, src.Model.Config, m.Recipe.Form == recipe.FormSlices)
}
