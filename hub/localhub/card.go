package localhub

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// A verdict is what the Hub says of a card before it takes it.
type verdict struct {
	Errors   []remark `json:"errors"`
	Warnings []remark `json:"warnings"`
}

type remark struct {
	Message string `json:"message"`
}

func (v *verdict) err(format string, args ...any) {
	v.Errors = append(v.Errors, remark{fmt.Sprintf(format, args...)})
}

func (v *verdict) warn(format string, args ...any) {
	v.Warnings = append(v.Warnings, remark{fmt.Sprintf(format, args...)})
}

// judgeCard checks the metadata of a model's card: that it is a mapping, and the types and
// closed lists of the keys that a model of ours has.
func judgeCard(card, kind string) verdict {
	v := verdict{Errors: []remark{}, Warnings: []remark{}}
	meta, err := parseCard(card)
	if err != nil {
		v.err("%v", err)
		return v
	}
	if meta == nil {
		v.warn("empty or missing yaml metadata in repo card")
		return v
	}
	v.license(meta)
	v.texts(meta, "tags")
	v.texts(meta, "language")
	v.texts(meta, "datasets")
	v.texts(meta, "metrics")
	for _, key := range []string{"library_name", "pipeline_tag", "license_name", "license_link", "base_model_relation"} {
		if value, ok := meta[key]; ok {
			if _, ok := value.(string); !ok {
				v.err("%q must be a string", key)
			}
		}
	}
	if kind == "model" {
		v.model(meta)
	}
	return v
}

func (v *verdict) license(meta cardData) {
	for _, name := range v.texts(meta, "license") {
		if !slices.Contains(licenses, name) {
			v.err(`"license" must be one of [%s]`, strings.Join(licenses, ", "))
			return
		}
		if name == "other" && meta["license_name"] == nil {
			v.warn(`"license" is other; name it with "license_name" and "license_link"`)
		}
	}
}

var relations = []string{"adapter", "merge", "quantized", "finetune"}

func (v *verdict) model(meta cardData) {
	for _, id := range v.texts(meta, "base_model") {
		if r, err := parseRepoID(id); err != nil || r.kind != "model" {
			v.err(`"base_model" with value %q is not valid. Use a model id from https://hf.co/models.`, id)
		}
	}
	if relation, ok := meta["base_model_relation"].(string); ok && !slices.Contains(relations, relation) {
		v.err(`"base_model_relation" must be one of [%s]`, strings.Join(relations, ", "))
	}
	if index, ok := meta["model-index"]; ok {
		if _, ok := index.([]any); !ok {
			v.err(`"model-index" must be an array`)
		}
	}
}

// texts returns what meta has under key and objects to anything but texts.
func (v *verdict) texts(meta cardData, key string) []string {
	texts, faults := meta.list(key)
	for _, f := range faults {
		v.err("%s", f)
	}
	return texts
}

// validateYAML judges a card that a client is about to commit. Its answer is JSON whatever
// happens, for the Python client reads it before it looks at the status.
func validateYAML(c *call) error {
	var body struct {
		Content  string `json:"content"`
		RepoType string `json:"repoType"`
	}
	if err := c.decodeUpTo(c.fit(maxFilesJSON), &body); err != nil {
		return err
	}
	v := judgeCard(body.Content, body.RepoType)
	if len(v.Errors) > 0 {
		return v.refusal()
	}
	return c.json(v)
}

// refusal is the answer to a card that has errors.
func (v verdict) refusal() *refusal {
	messages := make([]string, len(v.Errors))
	for i, r := range v.Errors {
		messages[i] = r.Message
	}
	e := refuse(http.StatusBadRequest, "Invalid metadata in %s: %s", cardPath, strings.Join(messages, "; "))
	e.body = struct {
		Error string `json:"error"`
		verdict
	}{e.message, v}
	return e
}
