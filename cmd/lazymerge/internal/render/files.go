package render

import (
	"maps"
	"slices"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
)

// ownFiles are those of a page.
func (r Renderer) ownFiles(readme []byte, k Known) ([]source.SmallFile, error) {
	own := append(slices.Clone(r.Terms.Files), source.SmallFile{Path: lock.Readme, Data: readme}, source.SmallFile{Path: lock.Recipe, Data: r.Config})
	if r.picture != nil {
		own = append(own, source.SmallFile{Path: lock.Chart, Data: r.picture.PNG})
	}
	measured, err := EvaluationFiles(k.Evaluation)
	if err != nil {
		return nil, err
	}
	return append(own, measured...), nil
}

// EvaluationFiles are the files that hold e: all scores for us, and those that the Hub shows. There are none for nil.
func EvaluationFiles(e *card.Evaluation) ([]source.SmallFile, error) {
	if e == nil {
		return nil, nil
	}
	text, err := e.Encode()
	if err != nil {
		return nil, err
	}
	files := e.HubFiles()
	files[lock.Evaluation] = text
	var out []source.SmallFile
	for _, name := range slices.Sorted(maps.Keys(files)) {
		out = append(out, source.SmallFile{Path: name, Data: files[name]})
	}
	return out, nil
}
