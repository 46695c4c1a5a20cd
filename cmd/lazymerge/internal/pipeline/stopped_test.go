package pipeline

import "testing"

func TestStoppedChanged(t *testing.T) {
	for _, tt := range []struct {
		name           string
		e              Stopped
		changed, known bool
	}{
		{"in an upload", Stopped{Opened: true, Created: true, Stored: 1}, false, true},
		{"by a commit of somebody else", Stopped{Opened: true, Moved: true, files: 8}, false, true},
		{"in the commit", Stopped{Opened: true, Doubt: true, files: 8}, false, false},
		{"after the commit of a pull request", Stopped{Opened: true, Pull: &pull{Number: 1}, Landed: true, files: 8}, true, true},
		{"where a pull request with a commit was to be shown as ready", Stopped{Pull: &pull{Number: 1}, Landed: true}, false, false},
	} {
		if changed, known := tt.e.Changed(); changed != tt.changed || known != tt.known {
			t.Errorf("%s: Changed() = %v, %v; want %v, %v", tt.name, changed, known, tt.changed, tt.known)
		}
	}
}
