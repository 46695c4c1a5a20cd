// Package model tells what the files of a repo say of the model: its card, its config and the headers of its weights.
package model

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
	"github.com/lazymerge/lazymerge/hub/localhub/internal/refusal"
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

// Judge checks the metadata of a model's card: that it is a mapping, and the types and
// closed lists of the keys that a model of ours has.
func Judge(card, kind string) verdict {
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

func (v *verdict) license(meta Card) {
	for _, name := range v.texts(meta, "license") {
		if !slices.Contains(Licenses, name) {
			v.err(`"license" must be one of [%s]`, strings.Join(Licenses, ", "))
			return
		}
		if name == "other" && meta["license_name"] == nil {
			v.warn(`"license" is other; name it with "license_name" and "license_link"`)
		}
	}
}

var relations = []string{"adapter", "merge", "quantized", "finetune"}

func (v *verdict) model(meta Card) {
	for _, id := range v.texts(meta, "base_model") {
		if r, err := names.ParseRepoID(id); err != nil || r.Kind != "model" {
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
func (v *verdict) texts(meta Card, key string) []string {
	texts, faults := meta.list(key)
	for _, f := range faults {
		v.err("%s", f)
	}
	return texts
}

// refusal is the answer to a card that has errors.
func (v verdict) Refusal() *refusal.Refusal {
	messages := make([]string, len(v.Errors))
	for i, r := range v.Errors {
		messages[i] = r.Message
	}
	e := refusal.New(http.StatusBadRequest, "Invalid metadata in %s: %s", CardPath, strings.Join(messages, "; "))
	e.Body = struct {
		Error string `json:"error"`
		verdict
	}{e.Message, v}
	return e
}
