package pipeline

import (
	"cmp"
	"fmt"
	"os"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/say"
)

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
	return roomFault(fmt.Errorf("%s are needed in %s and %s are free", say.Bytes(need), dir, say.Bytes(free)), advice)
}

// roomFault is a disk without the room that is needed.
func roomFault(err error, advice string) error {
	return &fault.Fault{Code: fault.NoRoom, Subject: "not enough room on the disk", Err: err, Advice: advice}
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
