package pipeline

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/lazymerge/lazymerge/hub"
	"github.com/lazymerge/lazymerge/merge/plan"
	"github.com/lazymerge/lazymerge/merge/recipe"
)

// memoryFiles are files by name.
type memoryFiles map[string][]byte

func (f memoryFiles) Names() []string { return nil }

func (f memoryFiles) Open(_ context.Context, name string) (io.ReaderAt, int64, error) {
	data, ok := f[name]
	if !ok {
		return nil, 0, fs.ErrNotExist
	}
	return bytes.NewReader(data), int64(len(data)), nil
}

func TestSameFile(t *testing.T) {
	long := bytes.Repeat([]byte("header, weights"), 4<<10)
	changed := func(at int) []byte {
		b := bytes.Clone(long)
		b[at]++
		return b
	}
	for _, tt := range []struct {
		name         string
		ours, theirs []byte
		want         bool
	}{
		{"the same", long, bytes.Clone(long), true},
		{"another size", long, long[1:], false},
		{"another header", long, changed(9), false},
		{"other weights towards the end", long, changed(len(long)/4*3 + 1), false},
		{"a short file", []byte("ab"), []byte("ab"), true},
		{"a short file that ends otherwise", []byte("ab"), []byte("ac"), false},
		{"an empty file", nil, nil, true},
	} {
		same, err := sameFile(t.Context(), memoryFiles{"w": tt.ours}, memoryFiles{"w": tt.theirs}, "w")
		if same != tt.want || err != nil {
			t.Errorf("%s: sameFile = %v, %v; want %v", tt.name, same, err, tt.want)
		}
	}
	if _, err := sameFile(t.Context(), memoryFiles{}, memoryFiles{"w": nil}, "w"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("sameFile of a file that is not there = %v", err)
	}
}

func TestNamesThatCannotBeLookedUp(t *testing.T) {
	src := &Source{Ref: recipe.Ref{Path: "./mine"}, As: recipe.Ref{Path: "alice/mine"}, Model: &plan.Model{}}
	closed := &Setup{Hub: &hub.Client{Endpoint: "ftp://hub.test"}}
	if message, _ := closed.otherwise(t.Context(), src); !strings.HasPrefix(message, "./mine is published as alice/mine, which could not be looked up: ") {
		t.Errorf("the warning is %q", message)
	}
	offline := &Merge{setup: &Setup{Hub: &hub.Client{Offline: true}}, Recipe: &recipe.Recipe{}, Sources: []*Source{src}}
	if err := offline.checkNames(t.Context()); err != nil || len(offline.Warnings) > 0 {
		t.Errorf("offline: %v, %v; want nothing, as nobody can be asked", err, offline.Warnings)
	}
}
