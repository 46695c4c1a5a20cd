package main

import "testing"

func TestSizeFlag(t *testing.T) {
	for _, tt := range []struct {
		text string
		want int64 // -1 is a fault
	}{
		{"1GB", 1e9}, {"1 GB", 1e9}, {"1gb", 1e9}, {"1G", 1e9}, {"1GiB", 1 << 30}, {"1.5GB", 15e8}, {"500MB", 500e6}, {"2M", 2e6}, {"1TB", 1e12},
		{"10kB", 10e3}, {"0", 0}, {"1000000", 1e6},
		{"5B", 5e9}, {"0.5B", 5e8}, // mergekit's billion
		{"", -1}, {"B", -1}, {"GB", -1}, {"lots", -1}, {"-1GB", -1}, {"1XB", -1}, {"9999999TB", -1}, {"1GB2", -1}, {"512", -1},
	} {
		var s size
		err := s.Set(tt.text)
		switch {
		case tt.want < 0:
			if err == nil || s.set {
				t.Errorf("Set(%q) = %d, %v; want a fault", tt.text, s.bytes, err)
			}
		case err != nil || s.bytes != tt.want || !s.set:
			t.Errorf("Set(%q) = %d, %v; want %d", tt.text, s.bytes, err, tt.want)
		}
	}
}

func TestSizeFlagSaysWhatToWrite(t *testing.T) {
	for text, want := range map[string]string{
		"5":    "5 would be bytes; add a unit, for example 5GB",
		" 2.5": "2.5 would be bytes; add a unit, for example 2.5GB",
		"0.5":  "0.5 would be bytes; add a unit, for example 0.5GB",
		"500":  "500 would be bytes; add a unit, for example 500MB",
		"lots": `"lots" is not a size; write 500MB or 2GB, for example`,
	} {
		if err := new(size).Set(text); err == nil || err.Error() != want {
			t.Errorf("Set(%q) = %v, want %s", text, err, want)
		}
	}
}
