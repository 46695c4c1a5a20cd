// Package depottest has a depot that runs out of room, for tests.
package depottest

import (
	"errors"

	"github.com/lazymerge/lazymerge/hub/localhub/internal/depot"
)

// ErrFull is what fails.
var ErrFull = errors.New("no space left on device")

// FullDisk is a depot with room for Left changes; what follows fails with ErrFull. Where Left is negative there is room for all.
type FullDisk struct {
	depot.Depot
	Left int
}

func (f *FullDisk) change() error {
	if f.Left == 0 {
		return ErrFull
	}
	f.Left--
	return nil
}

// Write is that of the depot, while there is room.
func (f *FullDisk) Write(name string, data []byte) error {
	if err := f.change(); err != nil {
		return err
	}
	return f.Depot.Write(name, data)
}

// Adopt is that of the depot, while there is room.
func (f *FullDisk) Adopt(c depot.Content, name func(string) string) (string, error) {
	if err := f.change(); err != nil {
		return "", err
	}
	return f.Depot.Adopt(c, name)
}

// Remove is that of the depot, while there is room.
func (f *FullDisk) Remove(dir string) error {
	if err := f.change(); err != nil {
		return err
	}
	return f.Depot.Remove(dir)
}

// Spool is that of the depot, while there is room.
func (f *FullDisk) Spool() (depot.Spool, error) {
	s, err := f.Depot.Spool()
	return &fullSpool{s, f}, err
}

type fullSpool struct {
	depot.Spool
	disk *FullDisk
}

func (s *fullSpool) Write(p []byte) (int, error) {
	if err := s.disk.change(); err != nil {
		return 0, err
	}
	return s.Spool.Write(p)
}

func (s *fullSpool) Keep(name string) error {
	if err := s.disk.change(); err != nil {
		return err
	}
	return s.Spool.Keep(name)
}
