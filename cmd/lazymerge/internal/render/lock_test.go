package render

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/source"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

func TestLock(t *testing.T) {
	m := Merge{
		Tool:   "1.2.3",
		Recipe: &recipe.Recipe{File: "/home/me/merge.yaml"},
		Config: []byte("merge_method: linear\n"),
		Sources: []*source.Source{
			{Model: &plan.Model{Identity: plan.Identity{Repo: "alice/a", Commit: strings.Repeat("1", 40)}}},
			{Model: &plan.Model{Identity: plan.Identity{Digest: strings.Repeat("2", 64)}}},
		},
		Plan: &plan.Plan{
			Hash:   strings.Repeat("ab", 32),
			Shards: []plan.Shard{{Name: "model.safetensors", Size: 123}}, ShardSize: -1,
		},
	}
	text, err := m.Lock(Place{Repo: "a/b"}, Known{}, []string{strings.Repeat("c", 64)}, []source.SmallFile{{Path: "config.json", Data: []byte("{}")}, {Path: "README.md"}})
	if err != nil {
		t.Fatal(err)
	}
	var got lock.Lock
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	want := []lock.File{
		{Path: "model.safetensors", Size: 123, SHA256: strings.Repeat("c", 64)},
		// printf '{}' | sha256sum, and of nothing
		{Path: "config.json", Size: 2, SHA256: "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},
		{Path: "README.md", Size: 0, SHA256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	}
	if !slices.Equal(got.Files, want) {
		t.Errorf("files %v, want %v", got.Files, want)
	}
	if got.Format != 1 || got.Tool != "1.2.3" || got.Numeric != plan.Numeric || got.Plan != m.Plan.Hash || got.Config != lock.Sum(m.Config) {
		t.Errorf("lock %+v", got)
	}
	if got.Options.ShardSize != -1 {
		t.Errorf("shard size %d, want the plan's", got.Options.ShardSize)
	}
	if !slices.Equal(got.Sources, []lock.Pin{{Repo: "alice/a", Commit: strings.Repeat("1", 40)}, {Digest: strings.Repeat("2", 64)}}) {
		t.Errorf("sources %v", got.Sources)
	}
	for _, private := range []string{"/home/me", "merge.yaml"} {
		if strings.Contains(string(text), private) {
			t.Errorf("the lock holds %s", private)
		}
	}
	if !strings.HasSuffix(string(text), "}\n") {
		t.Error("the lock does not end in a newline")
	}
}
