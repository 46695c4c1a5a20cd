package license

import (
	"testing"
)

func TestTextOfALicense(t *testing.T) {
	var files []termsFile
	for i, names := range [][]string{{"LICENSE", "LICENSE-MODEL"}, {"NOTICE"}, {"LICENSE-CODE", "COPYING"}} {
		for _, name := range names {
			files = append(files, termsFile{source: i, name: name, kind: stem(name), path: name})
		}
	}
	for _, tt := range []struct {
		source     int
		link, want string
	}{
		{0, "", "LICENSE"}, {0, "LICENSE-MODEL", "LICENSE-MODEL"}, {0, "https://example.org", "LICENSE"}, {1, "", ""}, {2, "", "COPYING"}, {3, "LICENSE", ""},
	} {
		if got := textOf(files, tt.source, tt.link); got != tt.want {
			t.Errorf("the text of source %d, linked to %q, is %q, want %q", tt.source, tt.link, got, tt.want)
		}
	}
}
