package pipeline

import (
	"cmp"
	"fmt"
	"os"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
)

// RoomError is a disk without the room that a merge needs, found out before it is written to. It is ErrNoRoom.
type RoomError struct {
	Dir        string
	Need, Free int64 // bytes
	Advice     string
}

func (e *RoomError) Error() string {
	return fmt.Sprintf("%s: %s are needed in %s and %s are free", ErrNoRoom, ui.Bytes(e.Need), e.Dir, ui.Bytes(e.Free))
}

// Unwrap returns ErrNoRoom.
func (e *RoomError) Unwrap() error { return ErrNoRoom }

// Hint tells what to do.
func (e *RoomError) Hint() string { return e.Advice }

// needSpool refuses a push whose shards find no room while they wait for their upload.
func (m *Merge) needSpool() error {
	return m.needRoom(m.setup.spoolDir(), m.Plan.Cost.Disk,
		"name a folder on a larger disk with --work-dir, or make the shards smaller with --shard-size: two of them are there at a time")
}

// needFolder refuses a merge into a folder whose disk has not the room for all of it.
func (m *Merge) needFolder(dir string) error {
	return m.needRoom(dir, m.Plan.Cost.WriteBytes,
		"name a folder on a larger disk: all of the result is written there, so smaller shards do not help; a push needs room for two shards only")
}

// needRoom compares what will be written in dir with what is free there.
func (m *Merge) needRoom(dir string, need int64, advice string) error {
	free, err := m.setup.room(dir)
	if err != nil || free >= need {
		return nil // a system that does not tell is found out by writing
	}
	return &RoomError{dir, need, free, advice}
}

// room returns the bytes that may be written in the file system of dir.
func (s *Setup) room(dir string) (int64, error) {
	if s.free != nil {
		return s.free(dir)
	}
	return freeDisk(dir)
}

// spoolDir is where shards wait for their upload, or the folder that exists above it.
func (s *Setup) spoolDir() string {
	dir := absolute(cmp.Or(s.WorkDir, os.TempDir()))
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	return existingParent(dir)
}
