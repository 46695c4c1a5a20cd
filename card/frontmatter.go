package card

import (
	"errors"
	"fmt"
	"regexp"

	"gopkg.in/yaml.v3"
)

// ErrFrontMatter is a README whose front matter is not a YAML mapping.
var ErrFrontMatter = errors.New("the front matter is not a YAML mapping")

// Metadata is the front matter of a card: the fields that the Hub reads.
type Metadata map[string]any

// Text returns the string under key; "" where there is none, or something else than a string.
func (m Metadata) Text(key string) string {
	s, _ := m[key].(string)
	return s
}

// Strings returns the strings under key, of a list or a single one.
func (m Metadata) Strings(key string) []string {
	switch v := m[key].(type) {
	case string:
		return []string{v}
	case []any:
		var list []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				list = append(list, s)
			}
		}
		return list
	}
	return nil
}

// frontMatterPattern is the Hub's own rule for where front matter starts and ends, so that we
// find what the Hub finds. A byte order mark is white space to the Hub's JavaScript.
//
// Source: huggingface_hub, repocard.py.
var frontMatterPattern = regexp.MustCompile(`^\x{FEFF}?\s*---[\r\n]+([\S\s]*?)[\r\n]+---(\r\n|\n|$)`)

// FrontMatter splits a README into its metadata and the Markdown below. A README without front
// matter has nil metadata and is all body. The error is an ErrFrontMatter.
func FrontMatter(readme []byte) (Metadata, []byte, error) {
	at := frontMatterPattern.FindSubmatchIndex(readme)
	if at == nil {
		return nil, readme, nil
	}
	body := readme[at[1]:]
	var doc yaml.Node
	if err := yaml.Unmarshal(readme[at[2]:at[3]], &doc); err != nil {
		return nil, body, fmt.Errorf("%w: %w", ErrFrontMatter, err)
	}
	if doc.Kind == 0 { // nothing but comments
		return Metadata{}, body, nil
	}
	if doc.Content[0].Kind != yaml.MappingNode {
		return nil, body, ErrFrontMatter
	}
	meta := Metadata{}
	if err := doc.Decode(&meta); err != nil {
		return nil, body, fmt.Errorf("%w: %w", ErrFrontMatter, err)
	}
	return meta, body, nil
}

// ReadCard takes from a source's README what a card says of the source: license, parent and
// whether it is for all audiences. The error is an ErrFrontMatter and leaves m as it was.
func (m *Model) ReadCard(readme []byte) error {
	meta, _, err := FrontMatter(readme)
	if err != nil {
		return err
	}
	m.Licenses = nil
	m.License, m.LicenseName, m.LicenseLink, m.Parent = "", meta.Text("license_name"), meta.Text("license_link"), ""
	if ids := meta.Strings("license"); len(ids) == 1 {
		m.License = ids[0]
	} else if len(ids) > 1 { // whether all of them hold or any, nothing says
		m.LicenseName, m.Licenses = "", ids
	}
	if parents := meta.Strings("base_model"); len(parents) == 1 {
		m.Parent = parents[0]
	}
	m.NotForAllAudiences = false
	for _, tag := range meta.Strings("tags") {
		m.NotForAllAudiences = m.NotForAllAudiences || tag == notForAllAudiences
	}
	return nil
}
