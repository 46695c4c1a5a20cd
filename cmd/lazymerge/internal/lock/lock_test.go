package lock

import (
	"errors"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/fault"
)

func TestAbsent(t *testing.T) {
	for _, tt := range []struct {
		branches   []string
		want, hint string
	}{
		{nil, "no merge to compare with: it has no lazymerge.lock.json, so it was not made by lazymerge", ""},
		{[]string{"v1"}, "no merge to compare with: it has no lazymerge.lock.json, and its branch v1 has one", "look there with --revision v1"},
		{[]string{"a", "b", "c"}, "no merge to compare with: it has no lazymerge.lock.json, and its branches a, b and c have one", "use one of them, such as --revision a"},
	} {
		err := Absent(tt.branches)
		if hint := fault.Hint(err); err.Error() != tt.want || hint != tt.hint || !errors.Is(err, fault.Lock) {
			t.Errorf("Absent(%q) = %s, hint %q", tt.branches, err, hint)
		}
	}
}
