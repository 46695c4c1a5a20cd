package compat

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// A settingDiffers is a setting whose values differ in two models.
type settingDiffers struct {
	key   string // where the first model has it
	a, b  string // short values; "" for lists and objects
	means string
}

// differingSettings compares the settings of two models, in order. A setting that one of them leaves out is compared if its default is
// known. followed is for slices, in which every layer keeps its own settings.
func differingSettings(a, b plan.Config, followed bool) []settingDiffers {
	var out []settingDiffers
	for _, part := range configParts {
		for _, group := range settings {
			for _, names := range group.keys {
				if followed && perLayer(names) || names == "id2label" && !strings.HasSuffix(a.Architecture, "Classification") {
					continue // labels matter for classifiers only
				}
				for name := range strings.FieldsSeq(names) {
					keyA, x := configValue(a, part, name)
					keyB, y := configValue(b, part, name)
					if x == "" || y == "" {
						continue
					}
					if key := cmp.Or(keyA, keyB); x != y && key != "" { // a default of both follows from settings compared elsewhere
						out = append(out, settingDiffers{key, brief(x), brief(y), group.means})
					}
					break
				}
			}
		}
	}
	return out
}

// configValue returns where a config has a setting, and its value in canonical form. Both are "" for a setting that is left out, except
// that the value is its default if that is known.
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
		return key, "none" // Qwen writes a window that no layer uses
	}
	return key, canonical(v)
}

// absentSetting is the default of a setting in a config that leaves it out; "" if unknown.
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

// canonical is the text of a value, identical for equal values: shortest form of numbers, strings without quotes.
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

// brief is a value as a warning shows it: "" if it would fill the line.
func brief(value string) string {
	if strings.HasPrefix(value, "[") || strings.HasPrefix(value, "{") || len(value) > 40 {
		return ""
	}
	return value
}

func (m Models) differingSettings(src *source.Source) []settingDiffers {
	return differingSettings(m.donor().Model.Config, src.Model.Config, m.Recipe.Form == recipe.FormSlices)
}
