package privacy

import "testing"

func TestMachinePath(t *testing.T) {
	for text, want := range map[string]bool{
		"/home/bob/models/mine": true, "/tmp/x": true, "~/models": true, `C:\models`: true, "D:/models": true, `\\nas\models`: true,
		"alice/mine": false, "/": false, "/s": false, "./mine": false, "https://hub.test/a": false, "</s>": false, "/INST/ you are": true,
		"{% if a %}/home/bob/{% endif %}": false, "": false,
	} {
		if got := machinePath.MatchString(text); got != want {
			t.Errorf("%q is a path of a machine: %v, want %v", text, got, want)
		}
	}
}
