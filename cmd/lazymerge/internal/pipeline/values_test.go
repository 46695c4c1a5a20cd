package pipeline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lazymerge/lazymerge/card"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/render"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/sample"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/hub"
)

// TestPreparedTwice prepares one request twice and renders each three times, in every order: whatever came before, the same question
// has the same answer, byte for byte.
func TestPreparedTwice(t *testing.T) {
	dir := t.TempDir()
	shape := sample.Shape{Type: "mistral", Layers: 2, Hidden: 8, Intermediate: 8, Heads: 2, KeyValues: 1, Vocabulary: 96, ShardSize: 1 << 20}
	config := "merge_method: linear\nmodels:\n"
	for i := range 2 {
		model := filepath.Join(dir, fmt.Sprint("model", i))
		if err := shape.Write(model, 1, uint64(i), []string{"apache-2.0", "mit"}[i]); err != nil {
			t.Fatal(err)
		}
		config += fmt.Sprintf("  - model: %s\n    parameters: {weight: %d}\n", model, i+1)
	}
	talk := ui.New(ui.Options{})
	defer talk.Close()
	tools := Tools{UI: talk, Hub: &hub.Client{}, Memory: 1 << 30, free: func(string) (int64, error) { return 1 << 30, nil }}
	request := Request{Name: "merge.yaml", Text: []byte(config), Tool: "test", Repo: "me/out", Publish: &Publishing{Repo: "me/out", PublishConfig: true}}
	asked := fmt.Sprintf("%+v", request)

	type question struct {
		at    render.Place
		known render.Known
	}
	questions := []question{
		{render.Place{Repo: "me/out"}, render.Known{}},
		{render.Place{Repo: "me/other", Revision: "try"}, render.Known{Norm: "x has norm 9, but its sources have 1 to 2: the model may be broken"}},
		{render.Place{Repo: "out"}, render.Known{Inherited: 7, Evaluation: &card.Evaluation{}}},
	}
	answers := make([][]byte, len(questions))
	var told []byte
	for round, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 0, 2}, {0, 2, 1}, {1, 2, 0}, {2, 0, 1}} {
		prepared, err := Prepare(t.Context(), tools, request)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range order {
			q := questions[i]
			page, err := prepared.Merge.Render(q.at, q.known)
			if err != nil {
				t.Fatal(err)
			}
			small, err := prepared.SmallFiles(t.Context(), tools, q.at, q.known, page, make([]string, len(prepared.Merge.Plan.Shards)))
			if err != nil {
				t.Fatal(err)
			}
			answer := slices.Clone(page.Card)
			for _, f := range small {
				answer = append(append(answer, f.Path...), f.Data...)
			}
			switch {
			case answers[i] == nil:
				answers[i] = answer
			case !bytes.Equal(answers[i], answer):
				t.Errorf("in round %d, order %v, question %d has another answer than before", round, order, i)
			}
		}
		report, err := json.Marshal(prepared.Report(tools))
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case told == nil:
			told = report
		case !bytes.Equal(told, report):
			t.Errorf("in round %d the report is\n%s\nand was\n%s", round, report, told)
		}
	}
	for i := range answers {
		for j := range i {
			if bytes.Equal(answers[i], answers[j]) {
				t.Errorf("questions %d and %d have the same answer, so this test shows nothing", i, j)
			}
		}
	}
	if now := fmt.Sprintf("%+v", request); now != asked {
		t.Errorf("the request is\n%s\nand was\n%s", now, asked)
	}
}
