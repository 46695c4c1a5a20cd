package pipeline

import (
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/local"
)

// needSpool refuses a push whose shards find no room while they wait for their upload.
func (m *Merge) needSpool() error {
	return local.NeedRoom(m.setup.room, local.SpoolDir(m.setup.WorkDir), m.Plan.Cost.Disk,
		"name a folder on a larger disk with --work-dir, or make the shards smaller with --shard-size: two of them are there at a time")
}

// needFolder refuses a merge into a folder whose disk has not the room for all of it.
func (m *Merge) needFolder(dir string) error {
	return local.NeedRoom(m.setup.room, dir, m.Plan.Cost.WriteBytes,
		"name a folder on a larger disk: all of the result is written there, so smaller shards do not help; a push needs room for two shards only")
}

// room returns the bytes that may be written in the file system of dir.
func (s *Setup) room(dir string) (int64, error) {
	if s.free != nil {
		return s.free(dir)
	}
	return local.FreeDisk(dir)
}
