package pipeline

import (
	"errors"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
)

func TestNoLock(t *testing.T) {
	for _, tt := range []struct {
		branches   []string
		want, hint string
	}{
		{nil, "no merge to compare with: it has no lazymerge.lock.json, so lazymerge did not make it", ""},
		{[]string{"v1"}, "no merge to compare with: it has no lazymerge.lock.json, and its branch v1 has one", "look there with --revision v1"},
		{[]string{"a", "b", "c"}, "no merge to compare with: it has no lazymerge.lock.json, and its branches a, b and c have one", "name one of them, as in --revision a"},
	} {
		err := lock.Absent(tt.branches)
		if hint := fault.Hint(err); err.Error() != tt.want || hint != tt.hint || !errors.Is(err, fault.Lock) {
			t.Errorf("lock.Absent(%q) = %s, hint %q", tt.branches, err, hint)
		}
	}
}
