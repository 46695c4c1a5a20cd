package pipeline

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
)

// A row of shards that are there already says so while the merge goes on, and moves.
func TestRowOfWhatIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		u := ui.New(ui.Options{Err: &out})
		bar := u.Bar("upload", 9_000_000_000, ui.Unit{Verb: "sent"})
		spared := sparing(bar, 3)
		for there := range 3 {
			time.Sleep(time.Minute)
			spared(3_000_000_000, there+1)
		}
		bar.Note(thereWords(3, 3))
		bar.Done()
		const want = `upload   0 B of 9.0 GB sent
upload   0 B of 6.0 GB sent, 3 shards, 1 already there, 1m00s
upload   0 B of 3.0 GB sent, 3 shards, 2 already there, 2m00s
upload   0 B sent, 3 shards, 3 already there, 3m00s
upload   0 B sent, 3 shards, 3 already there, 3m00s
`
		if out.String() != want {
			t.Errorf("lines:\n%swant:\n%s", out.String(), want)
		}
	})
}
