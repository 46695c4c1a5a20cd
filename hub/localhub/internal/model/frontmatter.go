package model

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/names"
)

const (
	CardPath       = "README.md"
	maxFrontMatter = 1 << 20 // bytes
)

// FrontMatter returns the YAML between the two lines of "---" that a card starts with, after blank
// lines at most, and what follows. The last result is false where there is none, and all of the card
// follows. The official Python client takes a card so, too (repocard.py, REGEX_YAML_BLOCK).
func FrontMatter(card string) (yaml, text string, ok bool) {
	card = strings.TrimPrefix(card, "\ufeff")
	first, rest, _ := strings.Cut(strings.TrimLeft(card, " \t\r\n\v\f"), "\n")
	if strings.TrimRight(first, " \t\r") != "---" {
		return "", card, false
	}
	length := 0
	for line := range strings.Lines(rest) {
		if strings.TrimRight(line, " \t\r\n") == "---" {
			return rest[:length], rest[length+len(line):], true
		}
		length += len(line)
	}
	return "", card, false
}

// A Card is the front matter of a card, in values that encoding/json can write.
type Card map[string]any

// parseCard returns the front matter of a card, nil where it has none.
func parseCard(card string) (Card, error) {
	text, _, ok := FrontMatter(card)
	if !ok {
		return nil, nil
	}
	if len(text) > maxFrontMatter {
		return nil, fmt.Errorf("the metadata has %d bytes; at most %d are allowed", len(text), maxFrontMatter)
	}
	var value any
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		return nil, fmt.Errorf("the metadata is not YAML: %w", err)
	}
	switch v := plainValue(value).(type) {
	case nil:
		return nil, nil
	case map[string]any:
		return v, nil
	}
	return nil, errors.New("the metadata is not a mapping of keys to values")
}

// plainValue turns what yaml.v3 gives into what JSON has.
func plainValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			v[key] = plainValue(value)
		}
		return v
	case map[any]any:
		plain := make(map[string]any, len(v))
		for key, value := range v {
			plain[fmt.Sprint(key)] = plainValue(value)
		}
		return plain
	case []any:
		for i, value := range v {
			v[i] = plainValue(value)
		}
		return v
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
	case time.Time:
		return names.Stamp(v)
	}
	return v
}

// Text returns the text under key, "" where there is none.
func (d Card) Text(key string) string {
	s, _ := d[key].(string)
	return s
}

// list returns the text or the texts under key, and a sentence for each value that is no text.
func (d Card) list(key string) (texts, faults []string) {
	switch value := d[key].(type) {
	case string:
		return []string{value}, nil
	case []any:
		for i, item := range value {
			if s, ok := item.(string); ok {
				texts = append(texts, s)
			} else {
				faults = append(faults, fmt.Sprintf(`"%s[%d]" must be a string`, key, i))
			}
		}
		return texts, faults
	}
	if _, ok := d[key]; ok {
		faults = []string{fmt.Sprintf("%q must be a string or an array of strings", key)}
	}
	return nil, faults
}

// Texts returns the text or the texts under key.
func (d Card) Texts(key string) []string {
	texts, _ := d.list(key)
	return texts
}
