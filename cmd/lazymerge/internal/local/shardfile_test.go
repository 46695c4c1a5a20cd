package local

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// Several shards of a folder may be open at once, each in a goroutine of its own; one that is aborted leaves nothing.
func TestFolderSinkAtOnce(t *testing.T) {
	sink := &FolderSink{dir: t.TempDir(), every: 90_000}
	var wg sync.WaitGroup
	var want []string
	for i := range 8 {
		name := fmt.Sprint("shard", i)
		if i != 3 {
			want = append(want, name)
		}
		wg.Go(func() {
			w, err := sink.Create(t.Context(), name, 300_000)
			if err != nil {
				t.Error(err)
				return
			}
			for range 3 {
				_, writeErr := w.Write(slices.Repeat([]byte{byte(i)}, 100_000))
				err = errors.Join(err, writeErr)
			}
			if i == 3 {
				err = errors.Join(err, w.Abort())
			} else {
				err = errors.Join(err, w.Commit([sha256.Size]byte{}))
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := sink.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := treeOf(t, sink.dir); !slices.Equal(got, want) {
		t.Errorf("the folder has %v, want %v", got, want)
	}
	for i, name := range want {
		data, err := os.ReadFile(filepath.Join(sink.dir, name))
		if err != nil || len(data) != 300_000 || fmt.Sprint("shard", data[0]) != name {
			t.Errorf("%d: %s has %d bytes, %v", i, name, len(data), err)
		}
	}
}
