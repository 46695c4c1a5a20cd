package pipeline

import (
	"errors"
	"os"
	"testing"

	"github.com/lazymerge/lazymerge/merge/plan"
)

// What is refused for want of room names a folder that is still there when the message is read, and what helps there.
func TestRoomErrorSaysWhatHelps(t *testing.T) {
	dir := t.TempDir()
	m := &Merge{
		setup: &Setup{WorkDir: dir, free: func(string) (int64, error) { return 12_600_000, nil }},
		Plan:  &plan.Plan{Cost: &plan.Cost{Disk: 13_700_000, WriteBytes: 27_400_000}},
	}
	for _, tt := range []struct {
		name       string
		err        error
		text, hint string
	}{
		{"a push", m.needSpool(), "not enough room on the disk: 13.7 MB are needed in " + dir + " and 12.6 MB are free",
			"name a folder on a larger disk with --work-dir, or make the shards smaller with --shard-size: two of them are there at a time"},
		{"a merge into a folder", m.needFolder("out"), "not enough room on the disk: 27.4 MB are needed in out and 12.6 MB are free",
			"name a folder on a larger disk: all of the result is written there, so smaller shards do not help; a push needs room for two shards only"},
	} {
		room, ok := errors.AsType[*RoomError](tt.err)
		if !ok || !errors.Is(tt.err, ErrNoRoom) || room.Error() != tt.text || room.Hint() != tt.hint {
			t.Errorf("%s: %v, want %q and the hint %q", tt.name, tt.err, tt.text, tt.hint)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("asking has left %v, %v", entries, err)
	}
}
