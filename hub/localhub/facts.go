package localhub

import "encoding/json"

// card reads the front matter of a commit's card; nil where there is none that can be read.
func (r *repo) card(t *tree) cardData {
	data := r.smallFile(t, cardPath)
	meta, err := parseCard(string(data))
	if err != nil {
		return nil
	}
	return meta
}

// smallFile returns the content of a regular file, or nil where there is none.
func (r *repo) smallFile(t *tree, path string) []byte {
	f, ok := t.file(path)
	if !ok || f.lfs() {
		return nil
	}
	c, err := r.content(f)
	if err != nil {
		return nil
	}
	data, err := c.read()
	if err != nil {
		return nil
	}
	return data
}

// modelConfig is what the Hub shows of config.json.
type modelConfig struct {
	Architectures []string `json:"architectures,omitempty"`
	ModelType     string   `json:"model_type,omitempty"`
}

func (r *repo) config(t *tree) *modelConfig {
	data := r.smallFile(t, "config.json")
	var c modelConfig
	if len(data) == 0 || json.Unmarshal(data, &c) != nil {
		return nil
	}
	return &c
}
