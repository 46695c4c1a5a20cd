package pipeline

import (
	"errors"
	"os"
	"runtime"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/render"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/sample"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
)

// What is refused for want of room names a folder that is still there when the message is read, and what helps there.
func TestNoRoomSaysWhatHelps(t *testing.T) {
	dir := t.TempDir()
	tools := Tools{WorkDir: dir, free: func(string) (int64, error) { return 12_600_000, nil }}
	p := Prepared{Merge: render.Merge{Plan: &plan.Plan{Cost: &plan.Cost{Disk: 13_700_000, WriteBytes: 27_400_000}}}}
	for _, tt := range []struct {
		name       string
		err        error
		text, hint string
	}{
		{"a push", p.needSpool(tools), "not enough disk space: 13.7 MB needed in " + dir + ", 12.6 MB free",
			"use a larger disk with --work-dir, or smaller shards with --shard-size: two are on disk at a time"},
		{"a merge into a folder", p.needFolder(tools, "out"), "not enough disk space: 27.4 MB needed in out, 12.6 MB free",
			"use a folder on a larger disk: it holds the whole result, so smaller shards do not help; a push only needs room for two shards"},
	} {
		room, ok := fault.Find(tt.err, fault.NoRoom)
		if !ok || room.Error() != tt.text || room.Hint() != tt.hint {
			t.Errorf("%s: %v, want %q and the hint %q", tt.name, tt.err, tt.text, tt.hint)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("asking has left %v, %v", entries, err)
	}
}

// TestPlansDoNotDependOnTheDisk plans a merge of 14.5 GB for disks of several sizes: the plan is the same for all, and only the
// push finds no room.
func TestPlansDoNotDependOnTheDisk(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files of zeros take room here")
	}
	shape, ok := sample.Find("mistral-7b")
	if !ok {
		t.Fatal("there is no such shape")
	}
	model := t.TempDir()
	if err := shape.WriteHollow(model, "apache-2.0"); err != nil {
		t.Fatal(err)
	}
	hash := ""
	for free, room := range map[int64]bool{100_000_000_000: true, 2_000_000_000: true, 1_000_000_000: false, 0: false} {
		talk := ui.New(ui.Options{})
		defer talk.Close()
		tools := Tools{UI: talk, Hub: &hub.Client{}, free: func(string) (int64, error) { return free, nil }}
		p, err := Prepare(t.Context(), tools, Request{Name: "stdin", Text: []byte("merge_method: passthrough\nmodels: [{model: " + model + "}]\n")})
		if err != nil {
			t.Fatal(err)
		}
		m := p.Merge
		if hash == "" {
			hash = m.Plan.Hash
		}
		if m.Plan.Hash != hash || len(m.Plan.Shards) != 22 || m.Plan.ShardSize != 730_000_000 {
			t.Errorf("with %d bytes free the plan is %.12s with %d shards of %d bytes, and was %.12s", free, m.Plan.Hash, len(m.Plan.Shards), m.Plan.ShardSize, hash)
		}
		if err := p.needSpool(tools); (err == nil) != room || err != nil && !errors.Is(err, fault.NoRoom) {
			t.Errorf("with %d bytes free needSpool = %v; room for two shards: %v", free, err, room)
		}
	}
}
