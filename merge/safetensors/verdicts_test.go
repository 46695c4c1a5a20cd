package safetensors

import (
	"encoding/json"
	"os"
	"testing"
)

// differences are the headers that the reference reader opens and that we refuse, by the names that they have in
// testdata/verdicts.py, each with the reason. There is none of the other kind but one.
var differences = map[string]string{
	"space before":              "the specification wants { as the first byte, and older readers do too",
	"dim 2^63 with 0":           "no library has such a tensor",
	"dim 2^64-1 with 0":         "no library has such a tensor",
	"65 dims":                   "neither numpy nor PyTorch has such a tensor",
	"F4":                        "not a type that merges can read; the error says so",
	"E8M0":                      "not a type that merges can read; the error says so",
	"F6_E2M3":                   "not a type that merges can read; the error says so",
	"FNUZ":                      "not a type that merges can read; the error says so",
	"tensor list form":          "an accident of the reference's JSON library; no writer writes it",
	"tensor twice same":         "which of two entries counts is nothing that the format says",
	"tensor twice empty":        "which of two entries counts is nothing that the format says",
	"tensor twice second valid": "which of two entries counts is nothing that the format says",
	"meta key twice":            "which of two entries counts is nothing that the format says",
	"no name":                   "no library names a tensor so",
	"deep 200":                  "the other way around: what is in keys that nobody knows does not matter here, however deep it is",
}

// TestVerdictsOfTheReference opens what the reference implementation opens and refuses what it refuses, but for the
// differences above.
func TestVerdictsOfTheReference(t *testing.T) {
	text, err := os.ReadFile("testdata/verdicts.json")
	if err != nil {
		t.Fatal(err)
	}
	var verdicts struct {
		Headers []struct {
			Name, Header, Error string
			Data                int
			Opens               bool
		}
	}
	if err := json.Unmarshal(text, &verdicts); err != nil {
		t.Fatal(err)
	}
	if len(verdicts.Headers) < 80 {
		t.Errorf("%d headers, want 80 or more", len(verdicts.Headers))
	}
	for _, v := range verdicts.Headers {
		_, err := read(file(v.Header, v.Data))
		_, differs := differences[v.Name]
		if (err == nil) != v.Opens != differs {
			t.Errorf("%s: ReadHeader = %v, the reference opens it: %v (%s); a known difference: %v", v.Name, err, v.Opens, v.Error, differs)
		}
	}
}
