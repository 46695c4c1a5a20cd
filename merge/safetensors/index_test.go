package safetensors

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

func TestReadIndexRealFiles(t *testing.T) {
	text, err := os.ReadFile("testdata/mergekit.index.json")
	if err != nil {
		t.Fatal(err)
	}
	ix, err := ReadIndex(text)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(ix.Encode()), string(text)+"\n"; got != want {
		t.Errorf("mergekit's index written again:\n%s\nwant\n%s", got, want)
	}
	if n, files := len(ix.WeightMap), ix.Files(); n != 39 || len(files) != 5 || files[4] != "model-00005-of-00005.safetensors" {
		t.Errorf("mergekit's index has %d tensors in %v, want 39 in 5 files", n, files)
	}

	text, err = os.ReadFile("testdata/transformers.index.json")
	if err != nil {
		t.Fatal(err)
	}
	if ix, err = ReadIndex(text); err != nil {
		t.Fatal(err)
	}
	var want struct {
		Metadata  map[string]json.RawMessage
		WeightMap map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(ix.WeightMap, want.WeightMap) || !reflect.DeepEqual(ix.Metadata, want.Metadata) {
		t.Errorf("transformers' index = %v, want %v", ix, want)
	}
}

func TestReadIndex(t *testing.T) {
	ix, err := ReadIndex([]byte(`{"version": [1, {"a": null}], "weight_map": {"b": "two.bin", "a": "one.bin", "c": "two.bin"}}` + "\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(ix.WeightMap, ix.Metadata, ix.Files()); got != "map[a:one.bin b:two.bin c:two.bin] map[] [one.bin two.bin]" {
		t.Errorf("ReadIndex = %s", got)
	}
}

func TestIndexEncode(t *testing.T) {
	tests := []struct {
		name string
		in   Index
		want string
	}{
		{"nothing", Index{}, "{\n  \"metadata\": {},\n  \"weight_map\": {}\n}\n"},
		{"the order of keys and tensors",
			Index{
				WeightMap: map[string]string{"layers.10.w": "b", "layers.2.w": "a", "layers.1.w": "b", "lm_head": "é\n"},
				Metadata:  map[string]json.RawMessage{"z": []byte(`{ "x" : 1 }`), "total_size": []byte("12"), "a": []byte(`"1<2"`)},
			},
			`{
  "metadata": {
    "total_size": 12,
    "a": "1<2",
    "z": {"x":1}
  },
  "weight_map": {
    "layers.1.w": "b",
    "layers.10.w": "b",
    "layers.2.w": "a",
    "lm_head": "é\n"
  }
}
`},
	}
	for _, tt := range tests {
		if got := string(tt.in.Encode()); got != tt.want {
			t.Errorf("%s: Encode =\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
	defer func() {
		if got := fmt.Sprint(recover()); !strings.Contains(got, `safetensors: metadata "a" of an index`) {
			t.Errorf("Encode of metadata that is no JSON panics with %q", got)
		}
	}()
	(&Index{Metadata: map[string]json.RawMessage{"a": []byte("{")}}).Encode()
}

func TestReadIndexRefuses(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", ``, "ends too early"},
		{"no object", `["weight_map"]`, "[ where { should be"},
		{"a text that ends too early", `{"weight_map":{"a":"b"}`, "ends too early"},
		{"a second value", `{"weight_map":{"a":"b"}} {}`, "broken near byte 26"},
		{"no UTF-8", "{\"\xff\":1}", "not UTF-8"},
		{"no weight_map", `{"metadata":{}}`, "weight_map names no tensor"},
		{"an empty weight_map", `{"weight_map":{}}`, "weight_map names no tensor"},
		{"a weight_map that is a list", `{"weight_map":[]}`, "[ where { should be"},
		{"a weight_map that is null", `{"weight_map":null}`, "null where { should be"},
		{"a weight_map twice", `{"weight_map":{"a":"b"},"weight_map":{"a":"b"}}`, `"weight_map" appears twice`},
		{"a file that is a number", `{"weight_map":{"a":1}}`, `tensor "a": a number where a string should be`},
		{"a tensor twice", `{"weight_map":{"a":"b","a":"c"}}`, `tensor "a" appears twice`},
		{"a tensor without a name", `{"weight_map":{"":"b"}}`, `tensor "": not a name`},
		{"a tensor named by half a surrogate pair", `{"weight_map":{"\udfff":"b"}}`, "is not Unicode"},
		{"files that differ in case alone", `{"weight_map":{"a":"Model.bin","b":"model.bin"}}`, `files "Model.bin" and "model.bin" differ in case alone`},
		{"metadata that is a list", `{"weight_map":{"a":"b"},"metadata":[]}`, "metadata: [ where { should be"},
		{"a key of metadata twice", `{"metadata":{"a":1,"a":2}}`, `metadata: key "a" appears twice`},
		{"a broken value", `{"metadata":{"a":tru}}`, "the JSON is broken near byte 21"},
		{"a broken value of another key", `{"b":{"a":1]}`, "the JSON is broken near byte"},
		{"a long file name", `{"weight_map":{"a":"` + strings.Repeat("b", 5000) + `"}}`, `has 5000 bytes, and the limit is 4096`},
		{"a long tensor name", `{"weight_map":{"` + strings.Repeat("b", 5000) + `":"a"}}`, `has 5000 bytes, and the limit is 4096`},
		{"large metadata", `{"metadata":{"a":"` + strings.Repeat("b", 1<<20) + `"}}`, "metadata: more than 1048576 bytes"},
		{"too many tensors", manyFiles(MaxTensors+1, 1), "more than 200000 tensors"},
		{"too many files", manyFiles(10_001, 10_001), "more than 10000 files"},
		{"very deep lists", `{"b":` + strings.Repeat("[", 1<<20), "the JSON is broken near byte"},
	}
	for _, tt := range tests {
		ix, err := ReadIndex([]byte(tt.text))
		if ix != nil || !errors.Is(err, ErrIndex) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: ReadIndex = %v, %v; want an ErrIndex with %q", tt.name, ix, err, tt.want)
		}
	}
}

// manyFiles is an index of so many tensors in so many files.
func manyFiles(tensors, files int) string {
	var text strings.Builder
	for i := range tensors {
		fmt.Fprintf(&text, `,"t%d":"f%d"`, i, i%files)
	}
	return `{"weight_map":{` + text.String()[1:] + "}}"
}

// TestFileNames: the files of an index cannot lead out of its folder, on any system.
func TestFileNames(t *testing.T) {
	for _, name := range []string{
		"model.safetensors", "model-00001-of-00002.safetensors", "pytorch_model-00001-of-00002.bin", "consolidated.00.pth",
		"my model (v2).safetensors", "..a", "a..b", "-", ".hidden", "console", "com10", "NULL.bin", ".gitattributes",
	} {
		if err := checkFile(name); err != nil {
			t.Errorf("checkFile(%q) = %v, want no error", name, err)
		}
	}
	refused := []struct{ name, want string }{
		{"", "empty"},
		{".", "ends in a dot"},
		{"..", "ends in a dot"},
		{"...", "ends in a dot"},
		{"../x", "another folder"},
		{"/etc/x", "another folder"},
		{"a/../../b", "another folder"},
		{"sub/model.safetensors", "another folder"},
		{"./x", "another folder"},
		{"x/", "another folder"},
		{`..\x`, "another folder"},
		{`\\host\share`, "another folder"},
		{`C:\x`, "another folder"},
		{"C:x", "Windows"},
		{"x:stream", "Windows"},
		{"a*b", "Windows"},
		{"a|b", "Windows"},
		{"a\x00b", "printable ASCII"},
		{"a\nb", "printable ASCII"},
		{"a\x7fb", "printable ASCII"},
		{"\x1b[2J", "printable ASCII"},
		{"‥", "printable ASCII"},            // two dot leader
		{"․․", "printable ASCII"},           // one dot leaders
		{"..∕x", "printable ASCII"},         // division slash
		{"..／x", "printable ASCII"},         // full-width slash
		{"mоdel.bin", "printable ASCII"},    // a Cyrillic letter
		{"a\u202ebin.x", "printable ASCII"}, // right to left
		{"x.", "ends in a dot"},
		{"x ", "ends in a dot or a space"},
		{" x", "begins with a space"},
		{".git", "belongs to git"},
		{".GIT", "belongs to git"},
		{".cache", "belongs to git or to a cache"},
		{"nul", "device"},
		{"CON.bin", "device"},
		{"com1.safetensors", "device"},
		{"aux .bin", "device"},
		{strings.Repeat("x", 256), "longer than 255"},
	}
	for _, tt := range refused {
		if err := checkFile(tt.name); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("checkFile(%q) = %v, want an error with %q", tt.name, err, tt.want)
		}
		text, _ := json.Marshal(map[string]any{"weight_map": map[string]string{"w": tt.name}})
		if _, err := ReadIndex(text); !errors.Is(err, ErrIndex) || !strings.Contains(err.Error(), `tensor "w"`) {
			t.Errorf("ReadIndex with the file %q = %v, want an ErrIndex that names the tensor", tt.name, err)
		}
	}
}
