package card

import "testing"

// What each of these is without quotes was asked of PyYAML 6.0.3 (YAML 1.1), js-yaml (1.2) and yaml.v3.
func TestScalar(t *testing.T) {
	for in, want := range map[string]string{
		"mistralai/Mistral-7B-v0.1": "mistralai/Mistral-7B-v0.1",
		"cc-by-nc-4.0":              "cc-by-nc-4.0",
		"01-ai/Yi-34B":              "01-ai/Yi-34B",
		"no":                        `"no"`,
		"On":                        `"On"`,
		"y":                         `"y"`,
		"null":                      `"null"`,
		"1e5":                       `"1e5"`,
		"0123":                      `"0123"`,
		"1_000":                     `"1_000"`,
		"1:30":                      `"1:30"`,
		"2024-01-01":                `"2024-01-01"`,
		"=":                         `"="`,
		"<<":                        `"<<"`,
		"a: b #c":                   `"a: b #c"`,
		"a\"b\\c":                   `"a\"b\\c"`,
		"https://e.org/LICENSE":     `"https://e.org/LICENSE"`,
	} {
		var h headerWriter
		if got := h.scalar(in); got != want || h.err != nil {
			t.Errorf("scalar(%q) = %s, %v; want %s", in, got, h.err, want)
		}
	}
}
