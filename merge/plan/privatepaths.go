package plan

import (
	"strings"

	"github.com/tidwall/gjson"
)

// maxPathFile is the longest file that is looked into for paths, in bytes; a tokenizer_config.json has some 50 kB.
const maxPathFile = 1 << 20

// withoutPaths takes out of a JSON file where somebody had the model and its files when they were saved, as tokenizer_config.json says under
// name_or_path and special_tokens_map_file; no loader needs that. It returns nil where there is nothing of the kind.
func withoutPaths(raw []byte) Text {
	text, err := readConfigText(raw)
	if err != nil {
		return nil // no settings of a loader's
	}
	var keys []string
	gjson.Parse(text.strict).ForEach(func(key, value gjson.Result) bool {
		name := key.String()
		place := strings.HasSuffix(name, "name_or_path") || strings.HasSuffix(name, "_file") || strings.HasSuffix(name, "_dir")
		if place && value.Type == gjson.String && isPath(value.String()) && !strings.Contains(value.String(), "://") {
			keys = append(keys, name)
		}
		return true
	})
	if len(keys) == 0 {
		return nil
	}
	e := configEditor{text}
	for _, key := range keys {
		e.remove(key)
	}
	return e.text.raw
}
