package hub

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestParseListing(t *testing.T) {
	t.Parallel()
	sha := strings.Repeat("ab", 32)
	for _, tt := range []struct {
		name string
		text string
		want []File // nil is an error
	}{
		{"files of both kinds", `{"format_version":1,"files":{"b.json":{"size":2,"blob_id":"b1"},"a.safetensors":{"size":9,"blob_id":"p","lfs_sha256":"` + sha + `","lfs_size":9,"xet_hash":"x"}}}`,
			[]File{{Path: "a.safetensors", Size: 9, OID: "p", SHA256: sha}, {Path: "b.json", Size: 2, OID: "b1"}}},
		{"an empty repo", `{"format_version":1,"files":{}}`, []File{}},
		{"folders of tools are left out", `{"format_version":1,"files":{".cache/x":{"size":1,"blob_id":"a"}}}`, []File{}},
		{"an unsafe name", `{"format_version":1,"files":{"a":{"size":1,"blob_id":"a"},"../b":{"size":1,"blob_id":"a"}}}`, nil},
		{"no size", `{"format_version":1,"files":{"a":{"blob_id":"a"}}}`, nil},
		{"a size below zero", `{"format_version":1,"files":{"a":{"size":-1,"blob_id":"a"}}}`, nil},
		{"a size that is no number", `{"format_version":1,"files":{"a":{"size":"1","blob_id":"a"}}}`, nil},
		{"a sha256 that is none", `{"format_version":1,"files":{"a":{"size":1,"blob_id":"a","lfs_sha256":"../x"}}}`, nil},
		{"another format", `{"format_version":2,"files":{}}`, nil},
		{"no format", `{"files":{}}`, nil},
		{"no files", `{"format_version":1}`, nil},
		{"null", `null`, nil},
		{"a list", `[]`, nil},
		{"cut off", `{"format_version":1,"files":{"a":`, nil},
		{"nothing", ``, nil},
	} {
		files, err := parseListing([]byte(tt.text))
		if (err != nil) != (tt.want == nil) || !slices.Equal(files, tt.want) {
			t.Errorf("%s: parseListing = %+v, %v; want %+v", tt.name, files, err, tt.want)
		}
	}
}

// A listing that is believed has safe names in order, and says the same when it is written again.
func FuzzParseListing(f *testing.F) {
	f.Add([]byte(`{"format_version":1,"files":{"a/b.json":{"size":2,"blob_id":"b"},".git/x":{"size":0,"blob_id":""}}}`))
	f.Add([]byte(`{"format_version":1,"files":{"m":{"size":9,"blob_id":"p","lfs_sha256":"` + strings.Repeat("0f", 32) + `","lfs_size":9}}}`))
	f.Add([]byte(`{"format_version":1,"files":{"../a":{"size":2}}}`))
	f.Add([]byte(`{"format_version":1,"files":{"a":{"size":1e3},"a":null}}`))
	f.Add([]byte(`{"format_version":1,"files":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		files, err := parseListing(text)
		if err != nil {
			if files != nil {
				t.Fatalf("parseListing = %+v, %v; want no files with an error", files, err)
			}
			return
		}
		again := map[string]map[string]any{}
		for i, file := range files {
			if err := checkUpload(file.Path); err != nil {
				t.Fatal(err)
			}
			if i > 0 && files[i-1].Path >= file.Path {
				t.Fatalf("%q before %q", files[i-1].Path, file.Path)
			}
			if file.Size < 0 || file.SHA256 != "" && !isHex(file.SHA256, 64) {
				t.Fatalf("%+v", file)
			}
			entry := map[string]any{"size": file.Size, "blob_id": file.OID}
			if file.SHA256 != "" {
				entry["lfs_sha256"], entry["lfs_size"] = file.SHA256, file.Size
			}
			again[file.Path] = entry
			if etag := file.etag(); etag != filepath.Base(filepath.Join("x", etag)) && etag != "" {
				t.Fatalf("etag %q is no name of a file", etag)
			}
		}
		written, err := json.Marshal(map[string]any{"format_version": 1, "files": again})
		if err != nil {
			t.Fatal(err)
		}
		if reread, err := parseListing(written); err != nil || !reflect.DeepEqual(reread, files) {
			t.Fatalf("read again: %+v, %v; want %+v", reread, err, files)
		}
	})
}

// What an index names is sorted, without doubles, and cannot lead out of a folder.
func FuzzIndexFiles(f *testing.F) {
	f.Add([]byte(`{"metadata":{},"weight_map":{"a":"m-2.safetensors","b":"m-1.safetensors","c":"m-2.safetensors"}}`))
	f.Add([]byte(`{"weight_map":{"a":"../x"}}`))
	f.Add([]byte(`{"weight_map":{"a":7}}`))
	f.Add([]byte(`{"weight_map":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		names, err := indexFiles(text)
		if err != nil {
			if names != nil {
				t.Fatalf("indexFiles = %q, %v; want no names with an error", names, err)
			}
			return
		}
		for i, name := range names {
			if checkUpload(name) != nil || i > 0 && names[i-1] >= name {
				t.Fatalf("indexFiles = %q", names)
			}
			if !strings.HasPrefix(filepath.Join("root", name), "root"+string(filepath.Separator)) {
				t.Fatalf("%q leads out", name)
			}
		}
	})
}
