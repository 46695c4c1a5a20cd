package local

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/lock"
)

func FuzzJournal(f *testing.F) {
	good, err := json.Marshal(&journal{Format: journalFormat, Result: lock.Sum(nil), Files: []lock.File{{Path: "config.json", Size: 1, SHA256: lock.Sum(nil)}, {Path: "1_Pooling/config.json", Size: 0, SHA256: lock.Sum(nil)}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	for _, path := range []string{"../x", "/x", "a/../../x", "", ".", ".lazymerge-x", "1_Pooling/config.json", "a\\\\..\\\\..\\\\b"} {
		f.Add(bytes.Replace(good, []byte("config.json"), []byte(path), 1))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		j, err := parseJournal(text)
		if err != nil {
			return
		}
		v := mover{dir: "dir", journal: j}
		seen := map[string]bool{}
		for _, file := range j.Files {
			place := v.inPlace(file.Path)
			if !strings.HasPrefix(place, "dir"+string(filepath.Separator)) || strings.HasPrefix(filepath.Base(place), workPrefix) && !strings.Contains(file.Path, "/") || seen[place] {
				t.Errorf("%q is taken to %q", file.Path, place)
			}
			seen[place] = true
		}
		again, err := json.Marshal(j)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := parseJournal(again); err != nil || !reflect.DeepEqual(back, j) {
			t.Errorf("it is read back as %v, %v", back, err)
		}
	})
}
