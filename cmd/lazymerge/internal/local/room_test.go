package local

import (
	"errors"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
)

func TestNoRoomIsTold(t *testing.T) {
	dir := t.TempDir()
	if err := NeedRoom(FreeDisk, dir, 1, ""); err != nil {
		t.Errorf("NeedRoom(1 byte) = %v", err)
	}
	if err := NeedRoom(FreeDisk, dir, 1<<62, ""); !errors.Is(err, fault.NoRoom) {
		t.Errorf("NeedRoom(4 EB) = %v, want %v", err, fault.NoRoom)
	}
}
