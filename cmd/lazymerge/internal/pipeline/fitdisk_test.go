package pipeline

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/sample"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// TestShardsFitTheDisk plans a merge of 14.5 GB for disks of several sizes.
func TestShardsFitTheDisk(t *testing.T) {
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
	const gb = 1_000_000_000
	prepare := func(free int64, fit bool, asked int64) (*Merge, error) {
		talk := ui.New(ui.Options{})
		defer talk.Close()
		s := &Setup{Config: "-", Stdin: strings.NewReader("merge_method: passthrough\nmodels: [{model: " + model + "}]\n"), UI: talk, Hub: &hub.Client{},
			FitDisk: fit, free: func(string) (int64, error) { return free, nil }}
		s.Plan.ShardSize = asked
		return s.Prepare(t.Context())
	}
	usual, err := prepare(100*gb, true, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		free   int64
		fit    bool
		asked  int64 // shard size
		as     int64 // the shard size that gives the same plan; 0 is the default
		shards int
		warns  string // part of it
		room   bool   // for the push
	}{
		{"there is room for two shards of the default size", 10 * gb, true, 0, 0, 3, "", true},
		{"there is less", 4 * gb, true, 0, 1_800_000_000, 9, "4.0 GB that are free in DIR: the shards have 1.8 GB instead", true},
		{"there is less than two of the largest tensor", 300_000_000, true, 0, 100_000_000, 131, "300 MB that are free in DIR: the shards have 100 MB instead", false},
		{"there is next to none", 100_000_000, true, 0, 0, 3, "", false},
		{"a size was asked for", 4 * gb, true, 4 * gb, 4 * gb, 4, "", false},
		{"the result goes into a folder", 4 * gb, false, 0, 0, 3, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := prepare(tt.free, tt.fit, tt.asked)
			if err != nil {
				t.Fatal(err)
			}
			same, err := prepare(100*gb, true, tt.as)
			if err != nil {
				t.Fatal(err)
			}
			if m.Plan.Hash != same.Plan.Hash || (m.Plan.Hash == usual.Plan.Hash) != (tt.as == 0) {
				t.Errorf("the plan is %.12s, that of --shard-size %d is %.12s and the usual %.12s", m.Plan.Hash, tt.as, same.Plan.Hash, usual.Plan.Hash)
			}
			if len(m.Plan.Shards) != tt.shards {
				t.Errorf("there are %d shards, want %d", len(m.Plan.Shards), tt.shards)
			}
			var told []*recipe.Fault
			for _, w := range m.Warnings {
				if w.Code == "shard-size" {
					told = append(told, w)
				}
			}
			if want := strings.ReplaceAll(tt.warns, "DIR", m.setup.spoolDir()); (len(told) == 1) != (want != "") || want != "" && !strings.HasSuffix(told[0].Message, want) {
				t.Errorf("the warnings are %v, want %q", told, want)
			}
			if err := m.needSpool(); (err == nil) != tt.room || err != nil && !errors.Is(err, ErrNoRoom) {
				t.Errorf("needRoom = %v; room for two shards: %v", err, tt.room)
			}
		})
	}
}

func TestShardSizeForTheDisk(t *testing.T) {
	for free, want := range map[int64]int64{
		0: 0, 200_000_000: 0, 223_000_000: 100_000_000, 2_000_000_000: 900_000_000, 9_999_999_999: 4_400_000_000, 10_000_000_000: 4_500_000_000,
	} {
		if got := shardSizeFor(free); got != want {
			t.Errorf("shardSizeFor(%d) = %d, want %d", free, got, want)
		}
	}
}

func TestNoRoomIsTold(t *testing.T) {
	m := &Merge{setup: &Setup{}}
	dir := t.TempDir()
	if err := m.needRoom(dir, 1, ""); err != nil {
		t.Errorf("needRoom(1 byte) = %v", err)
	}
	if err := m.needRoom(dir, 1<<62, ""); !errors.Is(err, ErrNoRoom) {
		t.Errorf("needRoom(4 EB) = %v, want %v", err, ErrNoRoom)
	}
}
