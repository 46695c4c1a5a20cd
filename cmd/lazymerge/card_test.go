package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/lazymerge/lazymerge/card/chart"
	"github.com/lazymerge/lazymerge/cmd/lazymerge/internal/ui"
)

// A card that has no picture is no failure: what is said takes the file's place.
func TestChartOfACardWithoutAPicture(t *testing.T) {
	for _, tt := range []struct {
		name          string
		picture       *chart.Picture
		written, says string
	}{
		{"a picture", &chart.Picture{PNG: []byte("png")}, "png", ""},
		{"none", nil, "", "warning  p.png not written: there is no picture for method melt\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			var told bytes.Buffer
			a := &app{ui: ui.New(ui.Options{Err: &told})}
			if err := a.writePicture(t.Context(), "melt", tt.picture, "p.png"); err != nil {
				t.Fatal(err)
			}
			a.ui.Close()
			if got, err := os.ReadFile("p.png"); string(got) != tt.written || (err == nil) != (tt.picture != nil) {
				t.Errorf("the file has %q, %v; want %q", got, err, tt.written)
			}
			if told.String() != tt.says || (a.done != "") != (tt.picture != nil) {
				t.Errorf("it says %q and is done with %q, want %q", &told, a.done, tt.says)
			}
		})
	}
}
