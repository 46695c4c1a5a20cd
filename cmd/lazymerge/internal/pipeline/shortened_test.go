package pipeline

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// A source that loses its end while it is merged is named with what to do, and nothing of the result stays.
func TestShortenedSource(t *testing.T) {
	config, _ := twoConfigs(t)
	model := filepath.Join(filepath.Dir(config), "b", "model.safetensors")
	dir := filepath.Join(t.TempDir(), "out")
	cut := errors.New("the model was never made shorter")
	talk := ui.New(ui.Options{})
	defer talk.Close()
	tools := Tools{UI: talk, Hub: &hub.Client{}, free: func(string) (int64, error) { // asked after the plan, before any weight is read
		cut = os.Truncate(model, 3000)
		return 1 << 40, nil
	}}
	name, text, err := ReadConfig(t.Context(), tools.UI, config, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = MergeInto(t.Context(), tools, Request{Name: name, Text: text, Tool: "test", Options: plan.Options{ShardSize: 2000}}, dir)
	if cut != nil {
		t.Fatal(cut)
	}
	found, ok := fault.Find(err, fault.Source)
	want := "source " + filepath.Dir(model) + ": model.safetensors has changed during the merge: it ends before byte "
	if !ok || !strings.HasPrefix(found.Error(), want) || !strings.Contains(found.Hint(), "nothing writes to the model") {
		t.Errorf("%v, want %q and a hint", err, want)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of the result is still there: %v", err)
	}
}
